/**
 * `URL` and `URLSearchParams` of a cell, for ASCII hosts. Like every function of this folder they are
 * evaluated inside the cell, as text.
 */

export function makeUrlSearchParams(): unknown {
  const decode = (text: string): string => {
    const spaced = text.replace(/\+/g, ' ');
    try {
      return decodeURIComponent(spaced);
    } catch {
      return spaced;
    }
  };
  const encode = (text: string): string =>
    encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'))
      .replace(/%20/g, '+')
      .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

  return class URLSearchParams {
    #pairs: [string, string][] = [];
    /** Told when the parameters of a `URL` change. */
    #onChange: ((text: string) => void) | undefined;

    constructor(init: unknown = '', onChange?: (text: string) => void) {
      this.#onChange = onChange;
      if (typeof init === 'object' && init !== null) {
        const pairs = Symbol.iterator in init ? [...(init as Iterable<[unknown, unknown]>)] : Object.entries(init);
        this.#pairs = pairs.map(([name, value]) => [String(name), String(value)]);
      } else {
        this.#parse(String(init));
      }
    }

    #parse(text: string): void {
      for (const part of text.replace(/^\?/, '').split('&')) {
        if (part === '') continue;
        const at = part.indexOf('=');
        this.#pairs.push(at < 0 ? [decode(part), ''] : [decode(part.slice(0, at)), decode(part.slice(at + 1))]);
      }
    }

    #change(pairs: [string, string][]): void {
      this.#pairs = pairs;
      this.#onChange?.(this.toString());
    }

    get size(): number {
      return this.#pairs.length;
    }

    get(name: string): string | null {
      return this.#pairs.find(([key]) => key === String(name))?.[1] ?? null;
    }

    getAll(name: string): string[] {
      return this.#pairs.filter(([key]) => key === String(name)).map(([, value]) => value);
    }

    has(name: string, value?: string): boolean {
      return this.#pairs.some(
        ([key, member]) => key === String(name) && (value === undefined || member === String(value)),
      );
    }

    append(name: string, value: unknown): void {
      this.#change([...this.#pairs, [String(name), String(value)]]);
    }

    set(name: string, value: unknown): void {
      const at = this.#pairs.findIndex(([key]) => key === String(name));
      const kept = this.#pairs.filter(([key], index) => key !== String(name) || index === at);
      const pair: [string, string] = [String(name), String(value)];
      this.#change(at < 0 ? [...kept, pair] : kept.map((old, index) => (index === at ? pair : old)));
    }

    delete(name: string, value?: string): void {
      this.#change(
        this.#pairs.filter(
          ([key, member]) => key !== String(name) || (value !== undefined && member !== String(value)),
        ),
      );
    }

    sort(): void {
      this.#change([...this.#pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    }

    forEach(fn: (value: string, name: string, params: unknown) => void): void {
      for (const [name, value] of this.#pairs) fn(value, name, this);
    }

    entries(): IterableIterator<[string, string]> {
      return this.#pairs.map(([name, value]): [string, string] => [name, value])[Symbol.iterator]();
    }

    keys(): IterableIterator<string> {
      return this.#pairs.map(([name]) => name)[Symbol.iterator]();
    }

    values(): IterableIterator<string> {
      return this.#pairs.map(([, value]) => value)[Symbol.iterator]();
    }

    [Symbol.iterator](): IterableIterator<[string, string]> {
      return this.entries();
    }

    toString(): string {
      return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
    }
  };
}

export function makeUrl(): unknown {
  interface Parts {
    scheme: string;
    /** Absent for URLs like `mailto:a@b`. */
    authority: { user: string; password: string; host: string; port: string } | undefined;
    path: string;
    query: string | undefined;
    fragment: string | undefined;
  }

  const ports: Record<string, string> = { http: '80', https: '443', ws: '80', wss: '443', ftp: '21', file: '' };
  const isSpecial = (scheme: string): boolean => Object.hasOwn(ports, scheme);

  const percentEncode = (text: string, pattern: RegExp): string =>
    text
      .replace(/\p{Surrogate}/gu, '\ufffd')
      .replace(pattern, (char) =>
        /[^\x21-\x7e]/.test(char) && char > '\x7f'
          ? encodeURIComponent(char)
          : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
      );
  const escapePath = (text: string): string => percentEncode(text, /[\u0000-\u0020"#<>?`{}\u007f]|[^\u0000-\u007f]+/g);
  const escapeQuery = (text: string): string => percentEncode(text, /[\u0000-\u0020"#'<>\u007f]|[^\u0000-\u007f]+/g);
  const escapeFragment = (text: string): string => percentEncode(text, /[\u0000-\u0020"<>`\u007f]|[^\u0000-\u007f]+/g);
  const escapeUser = (text: string): string =>
    percentEncode(text, /[\u0000-\u0020"#/:;<=>?@[\\\]^`{|}\u007f]|[^\u0000-\u007f]+/g);

  function normalPath(path: string): string {
    const result: string[] = [];
    const segments = path.split('/').slice(1);
    segments.forEach((segment, index) => {
      const plain = segment.replace(/%2e/gi, '.');
      const isLast = index === segments.length - 1;
      if (plain === '..') result.pop();
      if (plain !== '.' && plain !== '..') result.push(segment);
      else if (isLast) result.push('');
    });
    return `/${result.join('/')}`;
  }

  function readAuthority(text: string, scheme: string): Parts['authority'] | null {
    const at = text.lastIndexOf('@');
    const [user = '', ...password] = at < 0 ? [''] : text.slice(0, at).split(':');
    const match = /^(\[[0-9a-f:.]+\]|[^:\s<>^|%?#@\\[\]/]*)(?::(\d*))?$/i.exec(text.slice(at + 1));
    if (!match) return null;
    const host = match[1]!.toLowerCase();
    const port = match[2] ? String(Number(match[2])) : '';
    if (Number(port) > 65535 || /[^\x21-\x7e]/.test(host) || (host === '' && isSpecial(scheme) && scheme !== 'file'))
      return null;
    return {
      user: escapeUser(user),
      password: escapeUser(password.join(':')),
      host,
      port: port === ports[scheme] ? '' : port,
    };
  }

  function parse(input: string, base: Parts | undefined): Parts | null {
    const text = input.replace(/^[\u0000-\u0020]+|[\u0000-\u0020]+$/g, '').replace(/[\t\n\r]/g, '');
    const [, scheme = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):)?(.*)$/is.exec(text)!;
    const name = scheme.toLowerCase() || base?.scheme;
    if (name === undefined) return null;
    const [, before = '', query, fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(rest)!;
    const place = isSpecial(name) ? before.replace(/\\/g, '/') : before;
    const tail = {
      query: query === undefined ? undefined : escapeQuery(query),
      fragment: fragment === undefined ? undefined : escapeFragment(fragment),
    };
    const hasAuthority =
      isSpecial(name) && scheme && (name !== base?.scheme || place.startsWith('//')) ? true : place.startsWith('//');
    if (hasAuthority) {
      const [, host = '', path = ''] = /^\/*([^/]*)(.*)$/s.exec(name === 'file' ? place.replace(/^\/\//, '') : place)!;
      const isLocal = name === 'file' && place.startsWith('///');
      const authority = readAuthority(isLocal ? '' : host, name);
      if (!authority) return null;
      const full = isLocal ? place.slice(2) : path;
      return {
        scheme: name,
        authority,
        path: isSpecial(name) || full ? normalPath(escapePath(full || '/')) : '',
        ...tail,
      };
    }
    if (scheme && !(isSpecial(name) && name === base?.scheme)) {
      const path = place.startsWith('/') ? normalPath(escapePath(place)) : place;
      return { scheme: name, authority: undefined, path, ...tail };
    }
    if (!base || (!base.path.startsWith('/') && base.authority === undefined && place !== '')) return null;
    const { authority } = base;
    if (place === '')
      return { scheme: name, authority, path: base.path, query: tail.query ?? base.query, fragment: tail.fragment };
    const path = place.startsWith('/') ? place : base.path.replace(/[^/]*$/, '') + place;
    return { scheme: name, authority, path: normalPath(escapePath(path)), ...tail };
  }

  const Params = (
    globalThis as unknown as { URLSearchParams: new (init: string, onChange: (text: string) => void) => object }
  ).URLSearchParams;

  return class URL {
    #parts: Parts;
    readonly searchParams: object;

    constructor(input: unknown, base?: unknown) {
      const from = base === undefined ? undefined : parse(String(base), undefined);
      const parts = from === null ? null : parse(String(input), from);
      if (!parts) throw new TypeError('Invalid URL');
      this.#parts = parts;
      this.searchParams = new Params(parts.query ?? '', (text) => {
        parts.query = text === '' ? undefined : text;
      });
    }

    static canParse(input: unknown, base?: unknown): boolean {
      const from = base === undefined ? undefined : parse(String(base), undefined);
      return from !== null && parse(String(input), from) !== null;
    }

    get protocol(): string {
      return `${this.#parts.scheme}:`;
    }
    get username(): string {
      return this.#parts.authority?.user ?? '';
    }
    get password(): string {
      return this.#parts.authority?.password ?? '';
    }
    get hostname(): string {
      return this.#parts.authority?.host ?? '';
    }
    get port(): string {
      return this.#parts.authority?.port ?? '';
    }
    get host(): string {
      return this.hostname + (this.port && `:${this.port}`);
    }
    get origin(): string {
      return isSpecial(this.#parts.scheme) && this.#parts.scheme !== 'file' ? `${this.protocol}//${this.host}` : 'null';
    }
    get pathname(): string {
      return this.#parts.path;
    }
    set pathname(value: string) {
      this.#parts.path = normalPath(escapePath(`/${String(value).replace(/^\//, '')}`));
    }
    get search(): string {
      return this.#parts.query ? `?${this.#parts.query}` : '';
    }
    get hash(): string {
      return this.#parts.fragment ? `#${this.#parts.fragment}` : '';
    }
    set hash(value: string) {
      this.#parts.fragment = value === '' ? undefined : escapeFragment(String(value).replace(/^#/, ''));
    }
    get href(): string {
      const { authority, path, query, fragment } = this.#parts;
      const login = this.username + (this.password && `:${this.password}`);
      const place = authority ? `//${login && `${login}@`}${this.host}` : '';
      return (
        this.protocol +
        place +
        path +
        (query === undefined ? '' : `?${query}`) +
        (fragment === undefined ? '' : `#${fragment}`)
      );
    }

    toString(): string {
      return this.href;
    }
    toJSON(): string {
      return this.href;
    }
  };
}
