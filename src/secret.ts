const hidden = '[redacted]';
let watcher: ((secret: Secret) => void) | undefined;

/**
 * Calls `watch` with every secret that is made from now on, so that the composition root knows all
 * secrets of the run, including those that no other code passes on.
 */
export function watchSecrets(watch: (secret: Secret) => void): void {
  watcher = watch;
}

const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * A value that must never get into a log, an error, a report or a crash dump. Accidental conversion
 * to text (string concatenation, JSON, util.inspect) gives `[redacted]`; only `reveal` returns the
 * value.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    watcher?.(this);
  }

  /** Returns the value. Call this as late as possible: at the socket, the cipher or stdout. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspectSymbol](): string {
    return hidden;
  }
}

/** The text of a value that may be a secret. */
export function reveal(value: string | Secret): string {
  return typeof value === 'string' ? value : value.reveal();
}

/**
 * A secret whose value may not have been obtained yet. `keyInputs` is part of the cache key and
 * needs no command to run; `value` is called only when the secret is needed.
 */
export interface DeferredSecret {
  /**
   * Where it comes from, for messages: `variable CI_TOKEN`, `file /run/secrets/x`, `command vault`.
   */
  readonly origin: string;
  /** Every input that can change the value, possibly the value itself. Never shown. */
  readonly keyInputs: readonly string[];
  /** @throws DexchangeError that names the origin if the value cannot be obtained */
  value(): Promise<Secret>;
}

/** A deferred secret whose value is already known. */
export function readySecret(origin: string, secret: Secret): DeferredSecret {
  return {
    origin,
    keyInputs: [secret.reveal()],
    value: () => Promise.resolve(secret),
  };
}

/** Why a text is not a bare secret: what it is, after the name of its origin, and what to do. */
export interface Oddity {
  readonly what: string;
  readonly hint: string;
}

const asUtf8 = 'save it as UTF-8 without a byte order mark, or let the step that writes it do so';
const bare = 'provide the bare secret and nothing else';

/** What files and variables hold in place of a secret, or around it; the first that fits is told. */
const oddities: readonly (Oddity & { readonly is: RegExp })[] = [
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
    hint: "extract the value, for example with kubectl get secret NAME -o jsonpath='{.data.KEY}' | base64 -d",
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
  const odd = oddities.find(({ is }) => is.test(text));
  return odd ?? jsonOddity(text);
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
    hint: `extract the value, for example with jq -r .${field ?? 'FIELD'}`,
  };
}
