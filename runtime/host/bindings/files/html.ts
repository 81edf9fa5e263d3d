/** HTML to Markdown: the readable part of a page under its title (language.md 9.2). */

import vm from 'node:vm';
import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import TurndownService from 'turndown/lib/turndown.cjs.js';
import { HostError } from '../types.js';

type ParsedDocument = ReturnType<typeof parseHTML>['document'];

export interface Page {
  markdown: string;
  metadata: { title?: string; description?: string };
}

/** How long a page may take. Real ones take a fraction of a second; made-up ones take hours, a few kilobytes of them. */
const MAX_MS = 10_000;

/**
 * Converts a page, in bounded time: the libraries need the square of some pages' length, or more.
 *
 * @param loading what failed if this fails, for messages: `Failed to load …`
 * @throws HostError HTML_TOO_COMPLEX
 */
export function htmlToMarkdown(html: string, loading: string, maxMs = MAX_MS): Page {
  let page: Page | undefined;
  const work = (): void => {
    page = convert(html);
  };
  try {
    // Only what is run as a script can be ended while it computes.
    vm.runInNewContext('work()', { work }, { timeout: maxMs });
  } catch (error) {
    const isLate = (error as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    if (!isLate && !(error instanceof RangeError)) throw error;
    const why = isLate ? `that takes longer than ${maxMs / 1000} s` : 'its elements are nested too deeply';
    throw new HostError('Mlld', 'HTML_TOO_COMPLEX', `${loading}\n\nThe page cannot be turned into Markdown: ${why}`);
  }
  return page!;
}

/**
 * The article is extracted first; a page without one is converted whole.
 * Scripts and styles never reach the Markdown.
 */
function convert(html: string): Page {
  const { document } = parsePage(html);
  const metadata = metadataOf(document);
  const article = readArticle(html);
  const parts: string[] = [];
  const heading = article?.title || metadata.title;
  if (heading) parts.push(`# ${heading}`);
  if (article?.byline) parts.push(`*By ${article.byline}*`);
  const body = converter()
    .turndown(article?.content ?? document.body?.innerHTML ?? html)
    .trim();
  if (body) parts.push(body);
  return { markdown: parts.join('\n\n'), metadata };
}

/** The parser builds a document from what is there; a fragment needs the page around it. */
function parsePage(html: string) {
  return parseHTML(/<(?:html|body)[\s>]/i.test(html) ? html : `<html><head></head><body>${html}</body></html>`);
}

function readArticle(html: string) {
  // Readability takes the document apart, so it gets one of its own.
  const { document } = parsePage(html);
  return document.body ? new Readability(document).parse() : null;
}

function metadataOf(document: ParsedDocument): Page['metadata'] {
  const meta = (selector: string) => document.querySelector(selector)?.getAttribute('content')?.trim();
  const title = document.querySelector('title')?.textContent?.trim() || meta('meta[property="og:title"]');
  const description = meta('meta[name="description"]') || meta('meta[property="og:description"]');
  return { ...(title ? { title } : {}), ...(description ? { description } : {}) };
}

function converter() {
  const service = new TurndownService({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' });
  return service.remove(['script', 'style', 'noscript']);
}
