export interface Entry {
  key: string;
  line: number;
  text: string;
  class?: string;
  code?: string;
  hint?: string;
  params: string[];
  explanation: string;
}

export interface Group {
  file: string;
  title: string;
  intro: string;
  entries: Entry[];
}

export function readCatalogue(directory: string): Group[];
export function readGroup(file: string, source: string, problems: string[]): Group;
