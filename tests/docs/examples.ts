/**
 * The examples of a documentation page.
 *
 * A fence whose language is `mlld`, or whose file is called `main.mld.md`, is a script. What it prints follows in a fence
 * `output`; what it says on standard error in a fence `stderr`; an error it ends with in a fence `error`, of which every
 * line must occur in what is printed. A fence with a name after its language is a file beside the scripts that follow it
 * in the same section.
 */

export interface Example {
  /** Line of the opening fence, for the test's name. */
  line: number;
  /** The heading it stands under. */
  heading: string;
  script: string;
  source: string;
  files: Record<string, string>;
  output: string;
  /** Expected on standard error, exactly; absent when nothing is said about it. */
  stderr?: string;
  /** Lines the error must contain; the run must fail. */
  error?: string[];
}

interface Fence {
  line: number;
  language: string;
  name: string;
  text: string;
}

/** Every example of a page, in order. */
export function examplesOf(markdown: string): Example[] {
  const examples: Example[] = [];
  let heading = '';
  let files: Record<string, string> = {};
  for (const part of parts(markdown)) {
    if (typeof part === 'string') {
      heading = part;
      files = {};
      continue;
    }
    const { language, name, text, line } = part;
    const last = examples.at(-1);
    if (language === 'output' && last) last.output = text;
    else if (language === 'stderr' && last) last.stderr = text;
    else if (language === 'error' && last) last.error = text.split('\n').filter((expected) => expected.trim() !== '');
    else if (isScript(part))
      examples.push({ line, heading, script: name || 'main.mld', source: text, files: { ...files }, output: '' });
    else if (name) files[name] = text;
  }
  return examples;
}

const isScript = ({ language, name }: Fence): boolean =>
  (language === 'mlld' && name === '') || name.startsWith('main.');

/** Headings and fences of a page, in order. */
function* parts(markdown: string): Generator<string | Fence> {
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const heading = /^#+ (.*)/.exec(lines[at]!);
    if (heading) yield heading[1]!;
    const fence = /^(`{3,})(\S+)(?: (\S+))?$/.exec(lines[at]!);
    if (!fence) continue;
    const [, ticks, language, name = ''] = fence;
    const end = lines.indexOf(ticks!, at + 1);
    if (end < 0) throw new Error(`the fence of line ${at + 1} is not closed`);
    const text = lines
      .slice(at + 1, end)
      .map((line) => `${line}\n`)
      .join('');
    yield { line: at + 1, language: language!, name, text };
    at = end;
  }
}
