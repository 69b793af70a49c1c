/** Why a text is not a bare secret: what it is, after the name of its origin, and what to do. */
export interface Oddity {
  readonly what: string;
  readonly hint: string;
}

const asUtf8 = 'save it as UTF-8 without a byte order mark, or let the step that writes it do so';
const bare = 'provide the bare secret and nothing else';

/** What files and variables hold in place of a secret, or around it; the first that fits is told. */
const oddities = (): readonly (Oddity & { readonly is: RegExp })[] => [
  {
    is: /\0/,
    what: 'contains null bytes: it is UTF-16 without a byte order mark, or binary',
    hint: asUtf8,
  },
  { is: /\ufffd/, what: 'contains bytes that are not UTF-8', hint: asUtf8 },
  {
    is: /^\s*<(?:!doctype|html|head|\?xml)/i,
    what: 'is an HTML or XML page',
    hint: 'check the request that fetches the secret: a page usually means a login or an error',
  },
  {
    is: /^\s*-----BEGIN /,
    what: 'is a PEM file (a certificate or a key)',
    hint: bare,
  },
  {
    is: /^(?:---\s+)?(?:apiVersion|kind|metadata|data|stringData):\s/m,
    what: 'is a Kubernetes manifest',
    hint: "extract the value, for example with `kubectl get secret NAME -o jsonpath='{.data.KEY}' | base64 -d`",
  },
  {
    is: /^(?:bearer|basic|token) +\S+\s*$/i,
    what: 'begins with the scheme of a header (Bearer or Basic)',
    hint: 'provide only what follows the scheme',
  },
  {
    is: /^\s*export +\w+=|^[A-Z][A-Z0-9]*_[A-Z0-9_]*=(?!=?\s*$)/,
    what: 'is an assignment of the form NAME=value',
    hint: 'provide only what follows the = sign',
  },
  {
    is: /^["']?(?:(?:access_|id_|refresh_)?token|(?:client[-_]?)?secret|password)["']?: +\S/i,
    what: 'is a line of YAML of the form name: value',
    hint: 'provide only the value',
  },
  {
    is: /[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u00ad\ufeff]|^\u00a0|\u00a0$/,
    what: 'contains an invisible character, such as a zero-width space',
    hint: 'type the secret anew, or copy it from another place: a web page or chat has added the character',
  },
  {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no secret contains
    is: /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f]/,
    what: 'contains control characters, such as the colors of a terminal',
    hint: bare,
  },
];

/**
 * Tells what a text from a file, a variable or a command is, if it is not a bare secret. A legal
 * secret can contain spaces, quotes and any letters; so the text is judged as a whole.
 */
export function oddityOf(text: string): Oddity | undefined {
  // A fast path for tokens and usual secrets, since a cache hit judges some: what follows needs a
  // blank, a character outside of ASCII, or a capital letter or bracket at the beginning.
  if (/^(?:[\w.~+/-]+={0,2}|(?![A-Z<[{])[!-~]+)$/.test(text)) return undefined;
  return oddities().find(({ is }) => is.test(text)) ?? jsonOddity(text);
}

/** The usual names of a secret in an answer or a key file. */
const secretFields =
  /^(?:access_token|id_token|token|client_?secret|secret|password|value|data|key)$/i;

function jsonOddity(text: string): Oddity | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const field = Object.keys(value as object).find((name) => secretFields.test(name));
  return {
    what: 'is JSON',
    hint: `extract the value, for example with \`jq -r .${field ?? 'FIELD'}\``,
  };
}
