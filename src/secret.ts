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
  /** Whether the value is known, so that no command has to run. */
  readonly isReady: boolean;
  /** @throws DexchangeError that names the origin if the value cannot be obtained */
  value(): Promise<Secret>;
}

/** A deferred secret whose value is already known. */
export function readySecret(origin: string, secret: Secret): DeferredSecret {
  return {
    origin,
    keyInputs: [secret.reveal()],
    isReady: true,
    value: () => Promise.resolve(secret),
  };
}
