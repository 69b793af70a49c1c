/** A text as bytes, one character each, and the range of the original text that each comes from. */
export interface View {
  readonly bytes: string;
  /** Undefined if each byte is one character of the original. */
  readonly origin: { readonly starts: Int32Array; readonly ends: Int32Array } | undefined;
}

/** Where the character of the original starts that a byte comes from. */
export function startOf({ origin }: View, at: number): number {
  return origin === undefined ? at : (origin.starts[at] ?? 0);
}

/** Where the character of the original ends that a byte comes from. */
export function endOf({ origin }: View, at: number): number {
  return origin === undefined ? at + 1 : (origin.ends[at] ?? 0);
}

/** Builds a view out of pieces of another one. */
function viewBuilder(parent: View, size: number) {
  const pieces: string[] = [];
  const origin = { starts: new Int32Array(size), ends: new Int32Array(size) };
  let length = 0;
  /** Adds bytes; `first` and `last` are the bytes of the parent that the one at an index is from. */
  function add(bytes: string, first: (at: number) => number, last = first): void {
    pieces.push(bytes);
    for (let at = 0; at < bytes.length; at++, length++) {
      origin.starts[length] = startOf(parent, first(at));
      origin.ends[length] = endOf(parent, last(at));
    }
  }
  return { add, view: (): View => ({ bytes: pieces.join(''), origin }) };
}

/** What a terminal does not show, or shows as a space; ASCII has its own rules. */
const invisible = /^(?! )[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Z}]$/u;

/** A text as UTF-8, without invisible characters. */
export function utf8View(text: string): View {
  if (/^[\0-\x7f]*$/.test(text)) return { bytes: text, origin: undefined };
  const builder = viewBuilder({ bytes: text, origin: undefined }, text.length * 3);
  for (const { index, 0: piece } of text.matchAll(/[\0-\x7f]+|[^\0-\x7f]/gu)) {
    const isAscii = piece.charCodeAt(0) < 0x80;
    if (isAscii) builder.add(piece, (at) => index + at);
    else if (!invisible.test(piece))
      builder.add(
        Buffer.from(piece).toString('latin1'),
        () => index,
        () => index + piece.length - 1,
      );
  }
  return builder.view();
}

/** A view without what a pattern does not match. */
export function filtered(view: View, kept: RegExp): View {
  const builder = viewBuilder(view, view.bytes.length);
  for (const { index, 0: piece } of view.bytes.matchAll(kept))
    builder.add(piece, (at) => index + at);
  return builder.view();
}

/**
 * What the words of a text decode to: as base64 or base64url from each of four places, and as hex.
 * @param shortest the length of the shortest text that is of interest
 */
export function* decodedViews(view: View, shortest: number): Iterable<View> {
  const words = [...view.bytes.matchAll(/([\w+/-]{6,})={0,2}/g)].filter(
    ([, word = '']) => word.length >= (shortest * 4) / 3,
  );
  if (words.length === 0) return;
  for (const offset of [0, 1, 2, 3]) {
    const builder = viewBuilder(view, view.bytes.length + words.length);
    for (const { index, 0: padded, 1: word = '' } of words) {
      const bytes = Buffer.from(word.slice(offset), 'base64').toString('latin1');
      const start = index + offset;
      builder.add(
        bytes,
        (at) => start + Math.floor((at * 8) / 6),
        // With the padding after the last one.
        (at) =>
          at === bytes.length - 1
            ? index + padded.length - 1
            : start + Math.floor((at * 8 + 7) / 6),
      );
      builder.add('\0', () => index);
    }
    yield builder.view();
  }
  const hex = [...view.bytes.matchAll(/(?:[0-9a-f]{2}[:-]?){4,}[0-9a-f]?/gi)].filter(
    ({ 0: run }) => run.length >= shortest * 2,
  );
  for (const offset of hex.length === 0 ? [] : [0, 1]) {
    const builder = viewBuilder(view, view.bytes.length + hex.length);
    for (const { index, 0: run } of hex) {
      for (const pair of run.slice(offset).matchAll(/([0-9a-f]{2})[:-]?/gi)) {
        const at = index + offset + pair.index;
        builder.add(
          String.fromCharCode(Number.parseInt(pair[1] ?? '', 16)),
          () => at,
          () => at + 1,
        );
      }
      builder.add('\0', () => index);
    }
    yield builder.view();
  }
}

/**
 * The letters and digits of a text, without what can separate them: blanks, punctuation, characters
 * that a terminal does not show, and HTML tags.
 */
export function skeletonView(view: View): View {
  const builder = viewBuilder(view, view.bytes.length);
  for (const { index, 0: piece, 1: letters } of view.bytes.matchAll(
    /<\/?[a-z][^<>]{0,40}>|([a-z\d]+)/gi,
  )) {
    if (letters !== undefined) builder.add(piece, (at) => index + at);
  }
  return builder.view();
}

/**
 * What lists of numbers in a text stand for as bytes, as Go (`%v`, `%#v`) and Node print them;
 * undefined if there are none.
 */
export function numbersView(view: View): View | undefined {
  const number = '(?:0x[0-9a-f]{1,2}|\\d{1,3})';
  const lists = [
    ...view.bytes.matchAll(new RegExp(`\\b${number}(?:[\\s,;:|]+${number}){5,}\\b`, 'gi')),
  ];
  if (lists.length === 0) return undefined;
  const builder = viewBuilder(view, view.bytes.length);
  for (const { index, 0: list } of lists) {
    for (const { index: inList, 0: written } of list.matchAll(new RegExp(number, 'gi'))) {
      const at = index + inList;
      const last = at + written.length - 1;
      builder.add(
        String.fromCharCode(Number(written) & 0xff),
        () => at,
        () => last,
      );
    }
  }
  return builder.view();
}

/** Bytes without any escapes, however often they are escaped. */
export function unescaped(bytes: string): string {
  let view: View = { bytes, origin: undefined };
  for (let level = 0; level < escapeLevels; level++) view = unescapedView(view) ?? view;
  return view.bytes;
}

/** How often a text is unescaped: a query in JSON in HTML, and one more. */
export const escapeLevels = 4;

// Percent encoding, the escapes of JSON, JavaScript, Go and Python, HTML's character references, and
// quoted-printable.
const escapes =
  /%([0-9a-f]{2})|\\x([0-9a-f]{2})|\\u(d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2})|[\\%]u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|&#x([0-9a-f]{1,6});?|&#(\d{1,7});?|&(\w{2,6});|\\([0-7]{3}|[^ux])|=([0-9a-f]{2})|=\r?\n/gi;

const namedCharacters: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", plus: '+', equals: '=', sol: '/' },
  ...{ percnt: '%', num: '#', excl: '!', dollar: '$', lpar: '(', rpar: ')', ast: '*' },
  ...{ comma: ',', period: '.', colon: ':', semi: ';', quest: '?', commat: '@', lsqb: '[' },
  ...{ lbrack: '[', bsol: '\\', rsqb: ']', rbrack: ']', hat: '^', lowbar: '_', grave: '`' },
  ...{ lcub: '{', lbrace: '{', vert: '|', verbar: '|', rcub: '}', rbrace: '}', nbsp: ' ' },
  ...{ shy: '', zwj: '', zwnj: '' },
};

const controlEscapes: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', a: '\x07' },
};

/** A view with its escapes replaced by what they stand for; undefined if it has none. */
export function unescapedView(view: View): View | undefined {
  const { bytes } = view;
  const builder = viewBuilder(view, bytes.length);
  let end = 0;
  for (const match of bytes.matchAll(escapes)) {
    const { index, 0: written } = match;
    const meaning = meaningOf(match);
    if (meaning === undefined) continue;
    const before = end;
    builder.add(bytes.slice(before, index), (at) => before + at);
    end = index + written.length;
    const last = end - 1;
    builder.add(
      meaning,
      () => index,
      () => last,
    );
  }
  if (end === 0) return undefined;
  const rest = end;
  builder.add(bytes.slice(rest), (at) => rest + at);
  return builder.view();
}

function meaningOf(match: RegExpExecArray): string | undefined {
  const [, percent, byte, pair, unit, point, hex, decimal, name, other, quoted] = match;
  const octet = percent ?? byte ?? quoted;
  if (octet !== undefined) return String.fromCharCode(Number.parseInt(octet, 16));
  if (pair !== undefined) {
    const [high = '', low = ''] = pair.split(/\\u/i);
    return utf8(String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)));
  }
  const code = unit ?? point ?? hex;
  if (code !== undefined) return character(Number.parseInt(code, 16));
  if (decimal !== undefined) return character(Number(decimal));
  if (name !== undefined) return namedCharacters[name.toLowerCase()];
  // A soft line break of quoted-printable.
  if (other === undefined) return '';
  if (other.length === 3) return String.fromCharCode(Number.parseInt(other, 8) & 0xff);
  return controlEscapes[other] ?? other;
}

function character(code: number): string | undefined {
  if (code > 0x10ffff) return undefined;
  const text = String.fromCodePoint(code);
  return invisible.test(text) ? '' : utf8(text);
}

function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}
