import { createHash } from 'node:crypto';

// What a peer can do to a secret before it repeats it, and a search for secrets in a text. The
// search shares no code with the redaction: it decodes the text in every way, and compares pieces.

/** Characters of no meaning that are the same in each run. */
function noise(name: string, bytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, at) =>
    createHash('sha256').update(`${name} ${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, bytes);
}

/** Secrets of every shape. All can be sent as a form field; those with `header` in a header too. */
export const secretShapes: readonly {
  readonly name: string;
  readonly secret: string;
  readonly header: boolean;
}[] = [
  { name: '8 characters', secret: 'x9$Kq2!z', header: true },
  { name: 'form and percent', secret: 'a+b%2Fc=d&e/f?g#h%25', header: true },
  { name: 'quotes and markup', secret: `q"u'o\\t<e>&amp;"'s\\n0`, header: true },
  { name: 'words', secret: 'Tr0ub4dor and three more words', header: true },
  { name: 'base64', secret: noise('base64', 48).toString('base64'), header: true },
  { name: 'hex', secret: noise('hex', 32).toString('hex'), header: true },
  { name: 'not ASCII', secret: 'pässwörd-€-пароль-密码-99', header: false },
  {
    name: 'binary',
    secret: noise('binary', 40)
      .toString('latin1')
      .replace(/[\r\n\0]/g, 'x'),
    header: false,
  },
  {
    name: 'a JWT',
    secret: [
      Buffer.from('{"alg":"RS256","kid":"k1"}').toString('base64url'),
      Buffer.from('{"iss":"https://idp.example.com","sub":"project:ci"}').toString('base64url'),
      noise('signature', 256).toString('base64url'),
    ].join('.'),
    header: true,
  },
  { name: '20 kB', secret: noise('long', 15_000).toString('base64url'), header: false },
];

const percent = (byte: number): string => `%${byte.toString(16).padStart(2, '0')}`;
const html = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;');
const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const units = (text: string): readonly number[] =>
  Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));

/** The ways in which a peer repeats a text. */
export const echoes: Readonly<Record<string, (text: string) => string>> = {
  raw: (text) => text,
  percent: (text) => encodeURIComponent(text),
  'percent in lower case': (text) =>
    encodeURIComponent(text).replace(/%../g, (code) => code.toLowerCase()),
  'percent of every byte': (text) => [...Buffer.from(text)].map(percent).join(''),
  'percent twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  form: (text) => new URLSearchParams({ v: text }).toString().slice(2),
  JSON: json,
  'JSON in JSON': (text) => json(json(text)),
  'JSON of Go': (text) =>
    json(text).replace(/[&<>]/g, (c) => `\\u00${percent(c.charCodeAt(0)).slice(1)}`),
  'JSON of PHP': (text) => json(text).replaceAll('/', '\\/'),
  'unicode escapes': (text) =>
    units(text)
      .map((unit) => `\\u${unit.toString(16).padStart(4, '0').toUpperCase()}`)
      .join(''),
  'byte escapes': (text) => [...Buffer.from(text)].map((b) => `\\x${percent(b).slice(1)}`).join(''),
  HTML: html,
  'HTML of JSON': (text) => html(json(text)),
  'decimal references': (text) => [...text].map((c) => `&#${c.codePointAt(0)};`).join(''),
  'hexadecimal references': (text) =>
    [...text].map((c) => `&#x${c.codePointAt(0)?.toString(16).toUpperCase()};`).join(''),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 after 1 byte': (text) => Buffer.from(`:${text}:x`).toString('base64'),
  'base64 after 2 bytes': (text) => Buffer.from(`u:${text}:x`).toString('base64'),
  'base64 of a Basic header': (text) =>
    Buffer.from(`ci:${encodeURIComponent(text)}`).toString('base64'),
  'base64 twice': (text) => Buffer.from(Buffer.from(text).toString('base64')).toString('base64'),
  hex: (text) => Buffer.from(text).toString('hex'),
  'hex in capitals': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  wrapped: (text) => text.replace(/.{10}/gsu, '$&\r\n  '),
  'wrapped base64': (text) => Buffer.from(text).toString('base64').replace(/.{20}/g, '$&\n'),
  'first 50 characters': (text) => text.slice(0, 50),
  'last 50 characters': (text) => text.slice(-50),
  reversed: (text) => [...text].reverse().join(''),
  'bytes as Go prints them': (text) => `[${[...Buffer.from(text)].join(' ')}]`,
  'bytes as Go source': (text) =>
    `[]byte{${[...Buffer.from(text)].map((byte) => `0x${byte.toString(16)}`).join(', ')}}`,
  'bytes of a Node buffer': (text) => JSON.stringify(Buffer.from(text)),
  'with invisible characters': (text) => [...text].join('\ufe0f'),
  'with non-breaking spaces': (text) => text.replace(/.{3}/gsu, '$&\u00a0'),
  'with invisible HTML references': (text) => text.replace(/[a-z]{2}/gi, '$&&#8203;'),
  'quoted-printable': (text) =>
    [...Buffer.from(text)]
      .map((byte) => `=${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join(''),
};

/** How many characters of a secret in a row are a leak. */
const leakChars = 13;

/** Which of these secrets a text contains, or a part of one, in whatever form; shortened. */
export function leaksIn(text: string, secrets: readonly string[]): readonly string[] {
  const readings = readingsOf(text);
  const found = secrets.filter((secret) => {
    const credential = signatureOf(secret) ?? secret;
    const bytes = Buffer.from(credential).toString('latin1');
    const plain = [credential, bytes, [...credential].reverse().join('')];
    const forms = [...plain, ...plain.flatMap((form) => [percentDecoded(form), htmlDecoded(form)])];
    return forms.some((form) => readings.some((reading) => shares(reading, squeeze(form))));
  });
  return found.map((secret) => `${secret.slice(0, 12)}…`);
}

/** Without its signature, a JWT is no credential: its header and claims are no secret. */
function signatureOf(jwt: string): string | undefined {
  return /^eyJ[\w-]+\.[\w-]+\.([\w-]+)$/.exec(jwt)?.[1];
}

function squeeze(text: string): string {
  return text.replace(/[\s+]|\u200b|\ufe0f/g, '');
}

function shares(reading: string, form: string): boolean {
  const size = Math.min(leakChars, form.length);
  const pieces = new Set<string>();
  for (let at = 0; at + size <= reading.length; at++) pieces.add(reading.slice(at, at + size));
  for (let at = 0; at + size <= form.length; at++) {
    const piece = form.slice(at, at + size);
    // The words of a secret are no secret.
    if (pieces.has(piece) && !(size < form.length && /^[a-z]*$/.test(piece))) return true;
  }
  return false;
}

function readingsOf(text: string): readonly string[] {
  const seen = new Set<string>([text]);
  let latest = [text];
  for (let round = 0; round < 3; round++) {
    latest = latest.flatMap(decodings).filter((reading) => reading !== '' && !seen.has(reading));
    for (const reading of latest) seen.add(reading);
    // What is decoded from base64 is mostly garbage, which needs no second look.
    latest = latest.filter((reading) => round === 0 || reading.length < text.length * 2);
  }
  return [...seen].map(squeeze);
}

function decodings(text: string): readonly string[] {
  const dense = text.replace(/\s/g, '');
  const words = dense.match(/[\w+/-]{8,}/g) ?? [];
  const runs = [...(dense.match(/[0-9a-f]{8,}/gi) ?? []), ...(text.match(/[0-9a-f]{8,}/gi) ?? [])];
  return [
    percentDecoded(text),
    text.replace(/=([0-9a-f]{2})/gi, fromHex),
    numbersDecoded(text),
    escapesDecoded(text),
    htmlDecoded(text),
    ...[0, 1, 2, 3].map((skip) =>
      words.map((word) => Buffer.from(word.slice(skip), 'base64').toString('latin1')).join('\n'),
    ),
    ...[0, 1].map((skip) =>
      runs.map((run) => Buffer.from(run.slice(skip), 'hex').toString('latin1')).join('\n'),
    ),
  ];
}

function fromHex(_: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function numbersDecoded(text: string): string {
  const numbers = text.match(/0x[0-9a-f]{1,2}|\d{1,3}/gi) ?? [];
  return numbers.map((number) => String.fromCharCode(Number(number))).join('');
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, fromHex);
}

function escapesDecoded(text: string): string {
  return text.replace(/\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|([^ux]))/gi, (_, unit, byte, other) =>
    other === undefined ? fromHex('', unit ?? byte) : other,
  );
}

function htmlDecoded(text: string): string {
  const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot));/gi, (_, hex, code, name) =>
    name === undefined
      ? String.fromCodePoint(code === undefined ? Number.parseInt(hex, 16) : Number(code))
      : (named[name] ?? ''),
  );
}
