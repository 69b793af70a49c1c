/** What a scalar of YAML is for kubectl: a timestamp stays text, as in yaml.v2. */
export type YamlScalar = string | number | boolean | null;

/** Ends the reading of a document with the reason, which follows the file's name. */
export type FailScalar = (reason: string) => never;

/** The prefix of the tags that YAML 1.1 defines, written `!!` in a document. */
const standard = 'tag:yaml.org,2002:';

const timestamp =
  /^\d{4}-\d\d?-\d\d?(?:[Tt]\d\d?:\d\d?:\d\d?(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| \d\d?:\d\d?:\d\d?(?:\.\d+)?)?$/;

const words: ReadonlyMap<string, YamlScalar> = new Map<string, YamlScalar>([
  ...spellings(['y', 'yes', 'true', 'on'], true),
  ...spellings(['n', 'no', 'false', 'off'], false),
  ...spellings(['null'], null),
  ['', null],
  ['~', null],
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...spellings(['.inf', '+.inf'], Number.POSITIVE_INFINITY),
  ...spellings(['-.inf'], Number.NEGATIVE_INFINITY),
]);

/** A word in lower case, with a capital, and in capitals. */
function spellings<T>(list: readonly string[], value: T): [string, T][] {
  return list.flatMap((word) =>
    [word, word.replace(/[a-z]/, (letter) => letter.toUpperCase()), word.toUpperCase()].map(
      (spelling): [string, T] => [spelling, value],
    ),
  );
}

/**
 * The value of a scalar as yaml.v2 resolves it, on which kubectl is built: YAML 1.1 without numbers
 * to base 60, and with Go's prefixes of integers (resolve.go).
 * @param tag as written; undefined for a plain scalar without one
 */
export function resolveScalar(tag: string | undefined, text: string, fail: FailScalar): YamlScalar {
  const kind = tag?.startsWith(standard) ? tag.slice(standard.length) : undefined;
  switch (tag === undefined ? 'any' : kind) {
    case 'any':
      return plainScalar(text);
    case 'binary':
      return binaryText(text) ?? fail('has a !!binary value that is not base64');
    case 'bool':
      return check(typeof plainScalar(text) === 'boolean', plainScalar(text));
    case 'null':
      return check(plainScalar(text) === null, null);
    case 'int':
      return check(isInteger(text), plainScalar(text));
    case 'float':
      return check(typeof plainScalar(text) === 'number', plainScalar(text));
    case 'timestamp':
      return check(timestamp.test(text), text);
    default:
      return text;
  }

  function check(fits: boolean, value: YamlScalar): YamlScalar {
    return fits ? value : fail(`has a value that is not what its tag !!${kind ?? ''} says`);
  }
}

function plainScalar(text: string): YamlScalar {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.\d]/.test(text)) return text;
  return integer(text) ?? float(text) ?? text;
}

function isInteger(text: string): boolean {
  return integer(text) !== undefined;
}

/** Go's strconv.ParseInt with base 0, then ParseUint: 64 bits, `0x`, `0o`, `0b`, and `0` for octal. */
function integer(text: string): number | undefined {
  const plain = text.replaceAll('_', '');
  const match =
    /^([-+]?)(?:(0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+)|0([0-7]+)|(0|[1-9]\d*))$/.exec(plain);
  if (match === null) return undefined;
  const [, sign = '', prefixed, octal, decimal] = match;
  const digits = BigInt(prefixed ?? (octal === undefined ? (decimal ?? '') : `0o${octal}`));
  const largest = sign === '' ? 2n ** 64n - 1n : sign === '-' ? 2n ** 63n : 2n ** 63n - 1n;
  if (digits > largest) return undefined;
  return Number(sign === '-' ? -digits : digits);
}

function float(text: string): number | undefined {
  // Underscores may separate digits, but not in a number that begins with its point.
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  if (!/^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

/** Standard base64 as Go reads it: padded, line breaks ignored; undefined if it is anything else. */
export function base64Bytes(text: string): Buffer | undefined {
  const joined = text.replaceAll(/[\r\n]/g, '');
  if (joined.length % 4 !== 0 || !/^[A-Za-z\d+/]*={0,2}$/.test(joined)) return undefined;
  return Buffer.from(joined, 'base64');
}

function binaryText(text: string): string | undefined {
  return base64Bytes(text)?.toString('utf8');
}
