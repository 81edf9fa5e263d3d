/** Modules over the network (language.md 11): a server on loopback, and a cache of the test's own. */

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { directory, mlldc, type Outcome } from './harness.js';

const TOOLS = 'exe @greet(name) = `Hello @name!`\nvar @kind = "tools"\nexport { @greet, @kind }\n';

let server: http.Server;
let origin: string;
let cache: string;
let project: string;
/** What the server has, by path; a function may look at the request. */
let pages: Record<string, string | ((request: http.IncomingMessage, response: http.ServerResponse) => void)>;
let requests: string[];

beforeEach(async () => {
  pages = { '/tools.mld': TOOLS };
  requests = [];
  server = http.createServer((request, response) => {
    requests.push(request.url!);
    const page = pages[request.url!];
    if (page === undefined) response.writeHead(404).end();
    else if (typeof page === 'function') page(request, response);
    else response.writeHead(200, { 'content-type': 'text/plain' }).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cache = directory();
  project = directory({ 'package.json': '{}' });
});

afterEach(() => close());

function close(): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files))
    fs.writeFileSync(path.join(project, name), text.replaceAll('ORIGIN', origin));
}

function command(...args: string[]): Promise<Outcome> {
  return mlldc(args, { cwd: project, env: { MLLDC_CACHE: cache } });
}

async function run(source: string): Promise<Outcome> {
  write({ 'main.mld': source });
  return command('run', 'main.mld');
}

async function printed(source: string): Promise<string> {
  const { stdout, stderr, code } = await run(source);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const lock = (): { modules: Record<string, { integrity: string; sourceUrl: string; version: string | null }> } =>
  JSON.parse(fs.readFileSync(path.join(project, 'mlld-lock.json'), 'utf8'));

describe('imports of URLs', () => {
  it('binds what the module exports, with where it came from', async () => {
    const source =
      'import { greet, kind } from "ORIGIN/tools.mld"\nshow @greet("Ada")\nshow @kind.mx.taint\nshow @kind.mx.sources';
    expect(await printed(source)).toBe(`Hello Ada!\n["src:network"]\n["${origin}/tools.mld"]\n`);
  });

  it('follows the relative imports of a module, and reads JSON and markdown', async () => {
    pages['/lib/a.mld'] =
      'import { b } from "./b.mld.md"\nimport { port } from "../data.json"\nvar @a = `a, @b, @port`\n';
    pages['/lib/b.mld.md'] = '# Title\n\n/var @b = "b"\n';
    pages['/data.json'] = '{ "port": 80 }';
    expect(await printed('import { a } from "ORIGIN/lib/a.mld"\nshow @a')).toBe('a, b, 80\n');
  });

  it('asks once while the copy is good, and uses it when there is no network', async () => {
    const source = 'import { kind } from "ORIGIN/tools.mld"\nshow @kind';
    await printed(source);
    await printed(source);
    expect(requests).toEqual(['/tools.mld']);
    await close();
    expect(await printed(source)).toBe('tools\n');
  });

  it('asks again when the time of cached(…) is over, and says so when only the old copy can be had', async () => {
    const source = 'import cached(1ms) { kind } from "ORIGIN/tools.mld"\nshow @kind';
    await printed(source);
    pages['/tools.mld'] = TOOLS.replace('"tools"', '"new tools"');
    expect(await printed(source)).toBe('new tools\n');
    await close();
    const offline = await run(source);
    expect(offline.stdout).toBe('new tools\n');
    expect(offline.stderr).toContain(`${origin}/tools.mld cannot be reached; an older copy from the cache is used`);
  });

  it('asks every time for live, and never again for static', async () => {
    await printed('import static { kind } from "ORIGIN/tools.mld"\nshow @kind');
    pages['/tools.mld'] = TOOLS.replace('"tools"', '"new tools"');
    expect(await printed('import static { kind } from "ORIGIN/tools.mld"\nshow @kind')).toBe('tools\n');
    expect(await printed('import live { kind } from "ORIGIN/tools.mld"\nshow @kind')).toBe('new tools\n');
    await close();
    const { code, stderr } = await run('import live { kind } from "ORIGIN/tools.mld"\nshow @kind');
    expect(code).toBe(1);
    expect(stderr).toMatch(/Failed to load .*tools\.mld: 127\.0\.0\.1:\d+ cannot be reached/);
  });

  it('asks for nothing when the script has errors of its own', async () => {
    const { code } = await run(
      'import { greet } from "ORIGIN/tools.mld"\nimport { x } from "./none.mld"\nshow @greet("x")',
    );
    expect(code).toBe(1);
    expect(requests).toEqual([]);
  });

  it.each([
    ['a missing page', '/none.mld', '127.0.0.1:\\d+ answered 404'],
    ['a web page', '/page', 'the answer is a web page, not a module'],
    ['an endless redirect', '/loop', 'more than 5 redirects'],
    ['a redirect to plain http elsewhere', '/away', 'code is not loaded over plain http'],
    ['a redirect to a file', '/file', 'file: addresses are not loaded'],
  ])('refuses %s', async (_, page, cause) => {
    pages['/page'] = (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>');
    const redirect = (location: string) => (_request: unknown, response: http.ServerResponse) =>
      response.writeHead(302, { location }).end();
    pages['/loop'] = redirect('/loop');
    pages['/away'] = redirect('http://example.invalid/tools.mld');
    pages['/file'] = redirect('file:///etc/passwd');
    const { code, stdout, stderr } = await run(`import { greet } from "ORIGIN${page}"\nshow "ran"`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`Failed to load .*: ${cause}`));
    expect(stderr).toContain('main.mld:1');
  });

  it('refuses plain http on an open network without asking anybody', async () => {
    const { code, stderr } = await run('import { x } from "http://example.invalid/tools.mld"\nshow @x');
    expect(code).toBe(1);
    expect(stderr).toContain('code is not loaded over plain http unless mlld-lock.json has its hash');
  });

  it('does not let a module of the network import files of this machine', async () => {
    pages['/spy.mld'] = 'import { key } from @root/secrets.mld\nvar @x = @key\n';
    write({ 'secrets.mld': 'var @key = "k"\n' });
    const { code, stderr } = await run('import { x } from "ORIGIN/spy.mld"\nshow @x');
    expect(code).toBe(1);
    expect(stderr.replace(/\s+/g, ' ')).toContain(
      'A module of the network cannot import @root/secrets.mld: it is a file of this machine',
    );
  });

  it('resolves an absolute path inside a module against its address', async () => {
    pages['/spy.mld'] = 'import { key } from "/etc/hosts.mld"\nvar @x = @key\n';
    await run('import { x } from "ORIGIN/spy.mld"\nshow @x');
    expect(requests).toEqual(['/spy.mld', '/etc/hosts.mld']);
  });

  it('reports a cycle with its chain', async () => {
    pages['/a.mld'] = 'import { b } from "./b.mld"\nvar @a = "a"\n';
    pages['/b.mld'] = 'import { a } from "./a.mld"\nvar @b = "b"\n';
    const { code, stderr } = await run('import { a } from "ORIGIN/a.mld"\nshow @a');
    expect(code).toBe(1);
    expect(stderr).toContain(`Circular import detected: ${origin}/a.mld`);
    expect(stderr.replace(/\s+/g, ' ')).toContain(`${origin}/a.mld → ${origin}/b.mld → ${origin}/a.mld`);
  });

  it('puts what was fetched into the bundle', async () => {
    write({ 'main.mld': 'import { greet } from "ORIGIN/tools.mld"\nshow @greet("Ada")' });
    expect((await command('build', 'main.mld')).code).toBe(0);
    await close();
    fs.rmSync(cache, { recursive: true });
    expect((await command('run', 'main.mjs')).stdout).toBe('Hello Ada!\n');
  });

  it('does not trust a cache that was changed', async () => {
    const source = 'import { kind } from "ORIGIN/tools.mld"\nshow @kind';
    await printed(source);
    const hash = sha(TOOLS);
    fs.writeFileSync(path.join(cache, 'content', hash.slice(0, 2), hash), TOOLS.replace('"tools"', '"evil"'));
    expect(await printed(source)).toBe('tools\n');
  });
});

describe('template files over the network', () => {
  it('are found beside the module that names them, and locked with it', async () => {
    pages['/lib/a.mld'] = 'exe @letter(name) = template "./letters/hello.att"\nexe @note(x) = template "../note.mtt"\n';
    pages['/lib/letters/hello.att'] = 'Dear @name,\n';
    pages['/note.mtt'] = '{{x}} @x';
    const source = 'import { letter, note } from "ORIGIN/lib/a.mld"\nshow @letter("Ada")\nshow @note("n")';
    expect(await printed(source)).toBe('Dear Ada,\nn @x\n');
    expect((await command('install', 'main.mld')).code).toBe(0);
    expect(Object.keys(lock().modules)).toEqual(
      ['/lib/a.mld', '/lib/letters/hello.att', '/note.mtt'].map((page) => origin + page),
    );
  });

  it('say where they came from', async () => {
    pages['/hello.att'] = 'Hello @name';
    const source =
      'exe @f(name) = template "ORIGIN/hello.att"\nvar @x = @f("Ada")\nshow @x\nshow `@x.mx.taint @x.mx.sources`';
    expect(await printed(source)).toBe(`Hello Ada\n["src:template","src:network"] ["${origin}/hello.att"]\n`);
  });

  it.each([
    ['exe @f() = template "./none.att"', /Failed to load .*none\.att: .* answered 404/],
    ['exe @f() = template "@root/package.json"', /cannot import @root\/package\.json: it is a file of this machine/],
    ['exe @f() = template "file:///etc/hostname"', /file: addresses are not loaded/],
    ['import templates from "./letters" as @t(name)', /A collection of templates is a directory of this machine/],
  ])('refuses %s in a module of the network', async (line, message) => {
    pages['/a.mld'] = `${line}\nvar @x = 1\n`;
    const { code, stderr } = await run('import { x } from "ORIGIN/a.mld"\nshow @x');
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});

describe('the lock file', () => {
  const source = 'import { kind } from "ORIGIN/tools.mld"\nshow @kind';

  it('is written by install, and then decides', async () => {
    write({ 'main.mld': source });
    const { code, stdout } = await command('install', 'main.mld');
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${origin}/tools.mld  ${origin}/tools.mld\n` });
    expect(lock().modules[`${origin}/tools.mld`]).toMatchObject({
      integrity: `sha256:${sha(TOOLS)}`,
      sourceUrl: `${origin}/tools.mld`,
    });
    pages['/tools.mld'] = 'var @kind = "evil"\n';
    expect(await printed(source)).toBe('tools\n');
  });

  it('refuses content with another hash, and runs nothing of it', async () => {
    write({ 'main.mld': source });
    await command('install', 'main.mld');
    fs.rmSync(cache, { recursive: true });
    pages['/tools.mld'] = 'var @kind = "evil"\n';
    const { code, stdout, stderr } = await run(source);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`Integrity check failed for ${origin}/tools.mld: expected sha256:${sha(TOOLS)}`);
    expect((await command('install', 'main.mld')).code).toBe(1);
    expect((await command('install', '--update', 'main.mld')).code).toBe(0);
    expect(await printed(source)).toBe('evil\n');
  });

  it.each([
    ['not JSON', '{', 'not valid JSON'],
    ['a newer version', '{ "lockfileVersion": 2 }', 'lockfileVersion 2 is not the one this mlldc reads'],
    [
      'an entry without a hash',
      '{ "modules": { "@a/b": { "sourceUrl": "https://x.org/" } } }',
      "the entry of @a/b must have an 'integrity'",
    ],
  ])('stops the run when it is %s', async (_, text, problem) => {
    write({ 'mlld-lock.json': text });
    const { code, stdout, stderr } = await run(source);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(problem);
    expect(requests).toEqual([]);
  });
});

describe('resolver prefixes', () => {
  function configure(prefixes: unknown[]): void {
    write({ 'mlld-config.json': JSON.stringify({ resolverPrefixes: prefixes }) });
  }

  it('HTTP: a base address, extensions tried, headers for it alone', async () => {
    const seen: (string | undefined)[] = [];
    pages['/m/tools.mld'] = (request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200).end(TOOLS);
    };
    configure([
      { prefix: '@lib/', resolver: 'HTTP', config: { baseUrl: 'ORIGIN/m', headers: { authorization: 'Bearer t' } } },
    ]);
    expect(await printed('import { kind } from @lib/tools\nshow @kind')).toBe('tools\n');
    expect(seen).toEqual(['Bearer t']);
  });

  it('sends headers to no other origin', async () => {
    const other = http.createServer((request, response) =>
      response.end(`var @kind = "${request.headers.authorization ?? 'none'}"`),
    );
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/x.mld`;
    pages['/m/tools.mld'] = (_request, response) => response.writeHead(302, { location }).end();
    configure([
      { prefix: '@lib/', resolver: 'HTTP', config: { baseUrl: 'ORIGIN/m', headers: { authorization: 'Bearer t' } } },
    ]);
    expect(await printed('import { kind } from @lib/tools\nshow @kind')).toBe('none\n');
    other.close();
  });

  it('GITHUB: repository, branch and base path', async () => {
    pages['/me/mods/v1/src/tools.mld'] = TOOLS;
    configure([
      {
        prefix: '@gh/',
        resolver: 'GITHUB',
        config: { repository: 'me/mods', branch: 'v1', basePath: 'src', baseUrl: 'ORIGIN' },
      },
    ]);
    expect(await printed('import { kind } from @gh/tools\nshow @kind')).toBe('tools\n');
  });

  it('LOCAL: a directory', async () => {
    fs.mkdirSync(path.join(project, 'shared'));
    write({ 'shared/tools.mld': TOOLS });
    configure([{ prefix: '@lib/', resolver: 'LOCAL', config: { basePath: './shared' } }]);
    expect(await printed('import { kind } from @lib/tools\nshow @kind')).toBe('tools\n');
  });

  it.each([
    ['an unknown resolver', { resolver: 'FTP' }, 'names an unknown resolver, FTP'],
    ['HTTP without an address', { resolver: 'HTTP' }, 'must have "baseUrl"'],
    ['a repository that is none', { resolver: 'GITHUB', config: { repository: 'x' } }, 'must be "owner/repository"'],
  ])('stops at %s', async (_, entry, problem) => {
    configure([{ prefix: '@lib/', ...entry }]);
    const { code, stderr } = await run('show "x"');
    expect(code).toBe(1);
    expect(stderr).toContain(problem);
  });
});

describe('modules that lead to ever more modules', () => {
  const chained = (next: string) => `import { version } from "./${next}.mld"\nexport { @version }\n`;

  it('end, however long the chain', async () => {
    for (let link = 0; link < 60; link++) pages[`/${link}.mld`] = chained(String(link + 1));
    const { code, stderr } = await run('import { version } from "ORIGIN/0.mld"\nshow @version');
    expect([code, requests.length]).toEqual([1, 50]);
    expect(stderr.replace(/\s+/g, ' ')).toContain(`through more than 50 of them, on to ${origin}/50.mld`);
  });

  it('end, however many one names', async () => {
    const names = Array.from({ length: 1001 }, (_, i) => `import { version as @v${i} } from "./m${i}.mld"`);
    pages['/many.mld'] = `${names.join('\n')}\nvar @version = "1"\nexport { @version }\n`;
    const { code, stderr } = await run('import { version } from "ORIGIN/many.mld"\nshow @version');
    expect([code, requests.length]).toEqual([1, 1]);
    expect(stderr).toContain('lead to more than 1000 modules');
  });
});

describe('registry modules', () => {
  beforeEach(() => {
    write({
      'mlld-config.json': JSON.stringify({
        resolvers: {
          prefixes: [{ prefix: '@acme/', resolver: 'REGISTRY', config: { registryUrl: 'ORIGIN/registry' } }],
        },
      }),
    });
    pages['/tools-1.1.0.mld'] = 'var @version = "1.1.0"\n';
    pages['/tools-2.0.0.mld'] = 'var @version = "2.0.0"\n';
    const source = (version: string) => ({
      type: 'url',
      url: `${origin}/tools-${version}.mld`,
      contentHash: sha(`var @version = "${version}"\n`),
    });
    const entry = {
      version: '2.0.0',
      availableVersions: ['1.0.0', '1.1.0', '2.0.0'],
      tags: { old: '1.1.0' },
      source: source('2.0.0'),
    };
    pages['/registry/modules.json'] = JSON.stringify({ modules: { '@acme/tools': entry } });
    pages['/registry/modules/acme/tools/1.1.0.json'] = JSON.stringify({ source: source('1.1.0') });
  });

  const asked = (reference: string): string => `import { version } from ${reference}\nshow @version`;

  it.each([
    ['the latest version', '@acme/tools', '2.0.0'],
    ['a range', '@acme/tools@^1.0.0', '1.1.0'],
    ['a version', '@acme/tools@1.1.0', '1.1.0'],
    ['a tag', '@acme/tools@old', '1.1.0'],
  ])('finds %s', async (_, reference, version) => {
    expect(await printed(asked(reference))).toBe(`${version}\n`);
  });

  it('refuses content that is not what the registry says', async () => {
    pages['/tools-2.0.0.mld'] = 'var @version = "evil"\n';
    const { code, stderr } = await run(asked('@acme/tools'));
    expect(code).toBe(1);
    expect(stderr).toContain('Integrity check failed for @acme/tools');
  });

  it('takes a hash that cannot be read for one that nothing has', async () => {
    const registry = JSON.parse(pages['/registry/modules.json'] as string);
    registry.modules['@acme/tools'].source.contentHash = { toString: null };
    pages['/registry/modules.json'] = JSON.stringify(registry);
    const { code, stderr } = await run(asked('@acme/tools'));
    expect([code, stderr.includes('Integrity check failed for @acme/tools')]).toEqual([1, true]);
  });

  it('uses the locked version, and refuses an import that asks for another', async () => {
    write({ 'main.mld': asked('@acme/tools@1.1.0') });
    await command('install', 'main.mld');
    expect(lock().modules['@acme/tools']).toMatchObject({ version: '1.1.0' });
    requests.length = 0;
    expect(await printed(asked('@acme/tools'))).toBe('1.1.0\n');
    expect(requests).toEqual([]);
    const { code, stderr } = await run(asked('@acme/tools@^2.0.0'));
    expect(code).toBe(1);
    expect(stderr).toContain('mlld-lock.json has @acme/tools at 1.1.0, but the import asks for ^2.0.0');
  });

  it.each([
    ['no such module', '@acme/none', 'the registry has no module @acme/none'],
    [
      'no such version',
      '@acme/tools@^9.0.0',
      'no version of @acme/tools matches ^9.0.0; there are 1.0.0, 1.1.0, 2.0.0',
    ],
  ])('says when there is %s', async (_, reference, cause) => {
    const { code, stderr } = await run(asked(reference));
    expect(code).toBe(1);
    expect(stderr.replace(/\s+/g, ' ')).toContain(`from registry: ${cause}`);
  });
});

describe('imported templates', () => {
  const filled = async (module: string, main: string): Promise<string> => {
    write({ 'lib.mld': module });
    return printed(main);
  };

  it('are filled from the importing module where they are used, also from variables defined later', async () => {
    const module = 'var @own = "x"\nvar @page = :::<{{title}}> {{own}} {{none}}:::\n';
    const main =
      'import { page } from "./lib.mld"\nvar @title = "Hi"\nshow @page\nshow `[@page]`\nexe @id(t) = @t\nshow @id(@page)';
    expect(await filled(module, main)).toBe('<Hi> x {{none}}\n[<Hi> x {{none}}]\n<Hi> x {{none}}\n');
  });

  it('keep the labels of what fills them', async () => {
    const module = 'var @page = :::<{{key}}>:::\n';
    expect(await filled(module, 'import { page } from "./lib.mld"\nvar secret @key = "k"\nshow @page.mx.labels')).toBe(
      '["secret"]\n',
    );
  });

  it('never fill placeholders in data', async () => {
    const module = 'var @data = "{{key}}"\nvar @page = :::<{{data}}> {{more}}:::\n';
    const main =
      'import { page, data } from "./lib.mld"\nvar @key = "k"\nvar @more = "{{key}}"\nshow @page\nshow @data';
    expect(await filled(module, main)).toBe('<{{key}}> {{key}}\n{{key}}\n');
  });
});
