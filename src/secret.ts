const hidden = '[redacted]';
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
