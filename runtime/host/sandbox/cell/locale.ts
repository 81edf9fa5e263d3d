/**
 * What scripts expect of a locale, as Node does it for English. Like every function of this folder it
 * is evaluated inside the cell, as text.
 */

/** Makes `localeCompare` and the `toLocaleString` of numbers more than what the engine has. */
export function installLocale(): void {
  interface CompareOptions {
    numeric?: boolean;
    sensitivity?: 'base' | 'accent' | 'case' | 'variant';
  }

  /** Order of kinds of characters: blanks, punctuation, digits, letters. */
  const rank = (char: string): number => {
    if (/\s/.test(char)) return 0;
    if (/\p{L}/u.test(char)) return 3;
    return /\p{N}/u.test(char) ? 2 : 1;
  };

  const order = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

  const letters = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

  function comparePieces(a: string[], b: string[]): number {
    for (let i = 0; i < a.length && i < b.length; i++) {
      const [x, y] = [a[i]!, b[i]!];
      const byNumber = /^\d{2,}$|^\d$/.test(x) && /^\d/.test(y) ? order(Number(x), Number(y)) : 0;
      const result = byNumber || order(rank(x[0]!), rank(y[0]!)) || order(x, y);
      if (result !== 0) return result;
    }
    return order(a.length, b.length);
  }

  /** Letters first, then accents, then case with lower before upper. */
  function compare(a: string, b: string, { numeric = false, sensitivity = 'variant' }: CompareOptions): number {
    const pieces = (text: string): string[] => letters(text).match(numeric ? /\d+|[^\d]/gsu : /[\s\S]/gu) ?? [];
    const byLetters = comparePieces(pieces(a), pieces(b));
    if (byLetters !== 0 || sensitivity === 'base') return byLetters;
    const byAccents = order(a.normalize('NFD').toLowerCase(), b.normalize('NFD').toLowerCase());
    if (sensitivity === 'accent' || (byAccents !== 0 && sensitivity !== 'case')) return byAccents;
    return -order(a.normalize('NFD'), b.normalize('NFD'));
  }

  interface NumberOptions {
    minimumFractionDigits?: number;
    maximumFractionDigits?: number;
    useGrouping?: boolean;
  }

  function formatNumber(value: number, options: NumberOptions): string {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
    const { minimumFractionDigits: least = 0, useGrouping = true } = options;
    const most = options.maximumFractionDigits ?? Math.max(least, 3);
    // From 1e21 on, toFixed writes an exponent, and there is no fraction.
    const plain = Math.abs(value) < 1e21 ? Math.abs(value).toFixed(most) : String(BigInt(Math.abs(value)));
    const [whole = '', fraction = ''] = plain.split('.');
    const grouped = useGrouping ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole;
    let digits = fraction;
    while (digits.length > least && digits.endsWith('0')) digits = digits.slice(0, -1);
    const sign = value < 0 || Object.is(value, -0) ? '-' : '';
    return sign + grouped + (digits && `.${digits}`);
  }

  const define = (target: object, name: string, value: unknown) =>
    Object.defineProperty(target, name, { value, writable: true, enumerable: false, configurable: true });

  define(
    String.prototype,
    'localeCompare',
    function (this: unknown, that: unknown, _locales?: unknown, options?: CompareOptions) {
      return compare(String(this), String(that), options ?? {});
    },
  );
  define(Number.prototype, 'toLocaleString', function (this: number, _locales?: unknown, options?: NumberOptions) {
    return formatNumber(Number(this), options ?? {});
  });
}
