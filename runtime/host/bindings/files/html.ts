/** HTML to Markdown: the readable part of a page under its title (language.md 9.2). */

import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import TurndownService from 'turndown/lib/turndown.cjs.js';

type ParsedDocument = ReturnType<typeof parseHTML>['document'];

export interface Page {
  markdown: string;
  metadata: { title?: string; description?: string };
}

/**
 * Converts a page. The article is extracted first; a page without one is converted whole.
 * Scripts and styles never reach the Markdown.
 */
export function htmlToMarkdown(html: string): Page {
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
