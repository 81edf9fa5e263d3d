import { expect, test } from 'vitest';
import { parse } from '../../../compiler/parse/index.js';

/** The types of the parts of the command in `run cmd { … }`. */
function parts(command: string): string[] {
  const { ast, diagnostics } = parse(`run cmd { ${command} }`, 'test.mld');
  expect(diagnostics).toEqual([]);
  const statement = ast?.type === 'Program' ? ast.body[0] : undefined;
  if (statement?.type !== 'RunStatement' || statement.value.type !== 'CommandExpression') throw new Error('no command');
  return statement.value.parts.map((part) => part.type);
}

test('a file named inside double quotes of a command is loaded', () => {
  expect(parts('echo "Content: <notes.txt>"')).toContain('TemplateFileRef');
});

test.each([
  'echo "<b>bold</b>"',
  'echo "<ann@example.org>"',
  'echo "<https://example.org/x.html>"',
  "echo '<notes.txt>'",
  'test "1 < 2.5"',
])('angle brackets that name no file stay text: %s', (command) => {
  expect(parts(command)).not.toContain('TemplateFileRef');
});
