import type { Group } from './catalogue.mjs';

export function toTypeScript(groups: Group[]): string;
export function toMarkdown(groups: Group[]): string;
