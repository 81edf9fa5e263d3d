/** Text encodings of a cell. Like every function of this folder they are evaluated inside the cell, as text. */

export function makeTextEncoder(): unknown {
  return class TextEncoder {
    readonly encoding = 'utf-8';

    encode(input: unknown = ''): Uint8Array {
      const text = String(input);
      const bytes = new Uint8Array(text.length * 3);
      let end = 0;
      for (const char of text) {
        let code = char.codePointAt(0)!;
        if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
        if (code < 0x80) bytes[end++] = code;
        else if (code < 0x800) {
          bytes[end++] = 0xc0 | (code >> 6);
          bytes[end++] = 0x80 | (code & 0x3f);
        } else if (code < 0x10000) {
          bytes[end++] = 0xe0 | (code >> 12);
          bytes[end++] = 0x80 | ((code >> 6) & 0x3f);
          bytes[end++] = 0x80 | (code & 0x3f);
        } else {
          bytes[end++] = 0xf0 | (code >> 18);
          bytes[end++] = 0x80 | ((code >> 12) & 0x3f);
          bytes[end++] = 0x80 | ((code >> 6) & 0x3f);
          bytes[end++] = 0x80 | (code & 0x3f);
        }
      }
      return bytes.slice(0, end);
    }
  };
}

export function makeTextDecoder(): unknown {
  interface Options {
    fatal?: boolean;
    ignoreBOM?: boolean;
  }
  const names = ['utf-8', 'utf8', 'unicode-1-1-utf-8'];

  return class TextDecoder {
    readonly encoding = 'utf-8';
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;

    constructor(label: unknown = 'utf-8', { fatal = false, ignoreBOM = false }: Options = {}) {
      if (!names.includes(String(label).trim().toLowerCase())) {
        throw new RangeError(`The "${label}" encoding is not supported`);
      }
      this.fatal = fatal;
      this.ignoreBOM = ignoreBOM;
    }

    decode(input: ArrayBuffer | ArrayBufferView = new ArrayBuffer(0)): string {
      const bytes = ArrayBuffer.isView(input)
        ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
        : new Uint8Array(input);
      const parts: string[] = [];
      const start = !this.ignoreBOM && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
      for (let i = start; i < bytes.length; ) {
        const lead = bytes[i++]!;
        if (lead < 0x80) {
          parts.push(String.fromCharCode(lead));
          continue;
        }
        const more =
          lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0;
        let code = lead & (0x3f >> more);
        // The range of the second byte rules out surrogates, overlong forms and what is beyond Unicode.
        let low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
        let high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
        let read = 0;
        while (read < more && bytes[i]! >= low && bytes[i]! <= high) {
          code = (code << 6) | (bytes[i++]! & 0x3f);
          read++;
          low = 0x80;
          high = 0xbf;
        }
        if (more > 0 && read === more) parts.push(String.fromCodePoint(code));
        else if (this.fatal) throw new TypeError('The encoded data was not valid for encoding utf-8');
        else parts.push('\ufffd');
      }
      return parts.join('');
    }
  };
}

export function makeBtoa(): unknown {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return function btoa(input: unknown): string {
    const text = String(input);
    let result = '';
    for (let i = 0; i < text.length; i += 3) {
      const codes = [text.charCodeAt(i), text.charCodeAt(i + 1), text.charCodeAt(i + 2)];
      if (codes.some((code) => code > 0xff)) throw new Error('Invalid character');
      // Past the end the code is NaN, which the operators take for 0.
      const bits = (codes[0]! << 16) | (codes[1]! << 8) | codes[2]!;
      const left = text.length - i;
      result += digits[bits >> 18]! + digits[(bits >> 12) & 63];
      result += left > 1 ? digits[(bits >> 6) & 63] : '=';
      result += left > 2 ? digits[bits & 63] : '=';
    }
    return result;
  };
}

export function makeAtob(): unknown {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return function atob(input: unknown): string {
    let text = String(input).replace(/[\t\n\f\r ]/g, '');
    if (text.length % 4 === 0) text = text.replace(/={1,2}$/, '');
    if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text))
      throw new Error('The string to be decoded is not correctly encoded.');
    let result = '';
    let bits = 0;
    let count = 0;
    for (const char of text) {
      bits = ((bits << 6) | digits.indexOf(char)) & 0xffffff;
      count += 6;
      if (count < 8) continue;
      count -= 8;
      result += String.fromCharCode((bits >> count) & 0xff);
    }
    return result;
  };
}
