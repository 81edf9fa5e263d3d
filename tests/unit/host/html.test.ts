import { expect, test } from 'vitest';
import { htmlToMarkdown } from '../../../runtime/host/bindings/files/html.js';

test('a page that takes for ever ends in time', () => {
  const page = `<pre>x${'\n'.repeat(8_000)}y</pre>`.repeat(3) + '<div>'.repeat(2_000);
  expect(() => htmlToMarkdown(page, 'Failed to load URL: x', 200)).toThrow(
    'Failed to load URL: x\n\nThe page cannot be turned into Markdown: that takes longer than 0.2 s',
  );
  expect(htmlToMarkdown('<p>after that</p>', '').markdown).toBe('after that');
});
