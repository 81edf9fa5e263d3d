import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Decider } from '../../runtime/host/monitor/index.js';
import { openDoor } from './support.js';

let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = request.url!;
    if (path === '/data.json') response.setHeader('content-type', 'application/json; charset=utf-8').end('{"a":"é"}');
    else if (path === '/page')
      response
        .setHeader('content-type', 'text/html')
        .end('<html><head><title>Page</title></head><body><p>Hello there</p></body></html>');
    else if (path === '/latin')
      response.setHeader('content-type', 'text/plain; charset=iso-8859-1').end(Buffer.from([0xe9]));
    else if (path === '/missing') response.writeHead(404).end('gone');
    else if (path === '/hop') response.writeHead(302, { location: '/data.json' }).end();
    else if (path === '/loop') response.writeHead(302, { location: '/loop' }).end();
    else if (path === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    else if (path === '/big') response.end('x'.repeat(100_000));
    else if (path === '/slow') response.write('start');
    else if (path === '/metadata') response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end();
    else if (path.startsWith('/coded/')) coded(path.slice(7), response);
    else response.end('plain');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
/** `hello`, or a megabyte, wrapped as the path says. */
function coded(codings: string, response: ServerResponse) {
  const wrap: Record<string, (data: Buffer) => Buffer> = {
    gzip: gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
  };
  const [what, ...names] = codings.split(',');
  const data = names.reduce<Buffer>(
    (data, name) => wrap[name]?.(data) ?? data,
    what === 'bomb' ? Buffer.alloc(1 << 20, 'x') : Buffer.from(what!),
  );
  response.setHeader('content-encoding', names.join(', ')).end(data);
}

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('net.fetch', () => {
  test('answers text with the metadata of the page', async () => {
    const door = openDoor();
    const reply = await door.ask('net.fetch', { url: `${origin}/data.json` });
    expect(reply).toMatchObject({
      value: {
        url: `${origin}/data.json`,
        domain: '127.0.0.1',
        status: 200,
        ok: true,
        contentType: 'application/json',
        text: '{"a":"é"}',
      },
      mark: { taint: ['src:network'], sources: [`${origin}/data.json`] },
    });
    expect((await door.value('net.fetch', { url: `${origin}/latin` })).text).toBe('é');
    expect(await door.value('net.fetch', { url: `${origin}/missing` })).toMatchObject({
      status: 404,
      ok: false,
      text: 'gone',
    });
  });

  test('turns HTML into Markdown', async () => {
    const door = openDoor();
    expect(await door.value('net.fetch', { url: `${origin}/page` })).toMatchObject({
      text: '# Page\n\nHello there',
      title: 'Page',
      html: expect.stringContaining('<p>'),
    });
  });

  test('follows redirects, each with the consent of the monitor', async () => {
    const asked: string[] = [];
    const decider: Decider = (_operation, _request, { subjects }) => {
      for (const subject of subjects) if (subject.kind === 'url') asked.push(subject.url);
      return asked.length > 3 ? { code: 'NO', message: 'enough' } : null;
    };
    const door = openDoor({ deciders: { capability: [decider] } });
    expect(await door.value('net.fetch', { url: `${origin}/hop` })).toMatchObject({
      url: `${origin}/data.json`,
      status: 200,
    });
    expect(asked).toEqual([`${origin}/hop`, `${origin}/data.json`]);
    expect(await door.denial('net.fetch', { url: `${origin}/loop` })).toEqual({ code: 'NO', message: 'enough' });
    expect(await openDoor().error('net.fetch', { url: `${origin}/loop` })).toMatchObject({ code: 'NETWORK_REDIRECTS' });
  });

  test.each(['file:///etc/passwd', 'ftp://host/x', 'not a url', 'http://user:pw@127.0.0.1/', 'javascript:1'])(
    'refuses %s',
    async (url) => {
      expect(await openDoor().error('net.fetch', { url })).toMatchObject({ code: 'NETWORK_URL_INVALID' });
    },
  );

  test('does not follow a redirect out of the web', async () => {
    expect(await openDoor().error('net.fetch', { url: `${origin}/file` })).toMatchObject({
      code: 'NETWORK_URL_INVALID',
    });
  });

  test('has limits of size and time, and ends with the run', async () => {
    expect(await openDoor({ limits: { file: 10_000 } }).error('net.fetch', { url: `${origin}/big` })).toMatchObject({
      code: 'NETWORK_TOO_LARGE',
    });
    expect(await openDoor().error('net.fetch', { url: `${origin}/slow`, timeout: 100 })).toMatchObject({
      code: 'NETWORK_TIMEOUT',
    });
    expect(await openDoor().error('net.fetch', { url: 'http://127.0.0.1:1/' })).toMatchObject({
      code: 'NETWORK_FAILED',
    });
    const door = openDoor();
    const waiting = door.ask('net.fetch', { url: `${origin}/slow` });
    await door.close();
    expect(await waiting).toMatchObject({ error: { code: 'RUN_CLOSED' } });
  });

  test.each(['gzip', 'deflate', 'br', 'gzip,br', 'constructor'])('decodes %s', async (codings) => {
    expect((await openDoor().value('net.fetch', { url: `${origin}/coded/hello,${codings}` })).text).toBe('hello');
  });

  test('measures what was decoded', async () => {
    const door = openDoor({ limits: { file: 100_000 } });
    for (const codings of ['gzip', 'br', 'gzip,gzip,gzip'])
      expect(await door.error('net.fetch', { url: `${origin}/coded/bomb,${codings}` })).toMatchObject({
        code: 'NETWORK_TOO_LARGE',
      });
  });

  test('is not sent to where only this machine can reach', async () => {
    const error = await openDoor().error('net.fetch', { url: `${origin}/metadata` });
    expect(error).toMatchObject({ code: 'NETWORK_LOCAL_ADDRESS' });
    expect(error.message).toContain('redirects to 169.254.169.254, an address of this machine or its link');
  });
});
