const hidden = '[redacted]';
const inspectSymbol = Symbol.for('nodejs.util.inspect.custom');

/**
 * A value that must not reach a log, an error, a report or a crash dump. Whatever turns it into
 * text by accident (string concatenation, JSON, util.inspect) gets `[redacted]`; only `reveal`
 * gives the value.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The clear value. Call it as late as possible: at the socket, the cipher or stdout. */
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

/** The clear text of a value that may or may not be a secret. */
export function reveal(value: string | Secret): string {
  return typeof value === 'string' ? value : value.reveal();
}
