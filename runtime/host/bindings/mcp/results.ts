/**
 * What servers send, read with care: nothing in it is trusted to have the shape the protocol
 * promises, and what is missing is filled in where that is harmless.
 */

import { isRecord } from '../../../shared/record.js';
import type { JsonSchema } from './arguments.js';

/** A tool as a server describes it. All of it is untrusted text. */
export interface ToolInfo {
  /** The name on the wire. */
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonSchema;
}

export interface Media {
  /** Base64. */
  readonly data: string;
  readonly mimeType: string;
}

export interface ToolResult {
  /** All text parts, concatenated. */
  readonly text: string;
  /** `structuredContent`, when the tool returns it. */
  readonly structured?: Readonly<Record<string, unknown>>;
  readonly images?: readonly Media[];
  readonly audio?: readonly Media[];
  /** Embedded resources and resource links, as sent. */
  readonly resources?: readonly Readonly<Record<string, unknown>>[];
  readonly isError: boolean;
}

/** The error text of a result with `isError` (security.md 8.2). */
export function failureText(tool: string, result: ToolResult): string {
  return result.text || `MCP tool '${tool}' failed`;
}

/** Tools of one page of `tools/list`; entries without a name are left out. */
export function readTools(page: Readonly<Record<string, unknown>>): ToolInfo[] {
  const tools = Array.isArray(page.tools) ? page.tools.filter(isRecord) : [];
  return tools.flatMap((tool) => {
    if (typeof tool.name !== 'string' || tool.name === '') return [];
    const description = typeof tool.description === 'string' ? tool.description : '';
    const inputSchema = isRecord(tool.inputSchema) ? tool.inputSchema : { type: 'object', properties: {} };
    return [{ name: tool.name, description, inputSchema }];
  });
}

/** The result of `tools/call`, or null when it is not one. */
export function readResult(answer: Readonly<Record<string, unknown>>): ToolResult | null {
  const structured = isRecord(answer.structuredContent) ? answer.structuredContent : undefined;
  if (!Array.isArray(answer.content) && !structured) return null;
  const parts = Array.isArray(answer.content) ? answer.content.filter(isRecord) : [];
  const media = (type: string) =>
    parts.flatMap((part) =>
      part.type === type && typeof part.data === 'string'
        ? [
            {
              data: part.data,
              mimeType: typeof part.mimeType === 'string' ? part.mimeType : 'application/octet-stream',
            },
          ]
        : [],
    );
  const images = media('image');
  const audio = media('audio');
  const resources = parts.filter((part) => part.type === 'resource' || part.type === 'resource_link');
  return {
    text: parts.map((part) => (part.type === 'text' && typeof part.text === 'string' ? part.text : '')).join(''),
    ...(structured && { structured }),
    ...(images.length > 0 && { images }),
    ...(audio.length > 0 && { audio }),
    ...(resources.length > 0 && { resources }),
    isError: answer.isError === true,
  };
}
