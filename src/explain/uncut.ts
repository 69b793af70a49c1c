/**
 * How many characters of a text are kept while a report is put together: all of any real one. It is
 * cut to a readable length only after its secrets are redacted, since half a secret would not be
 * recognized.
 */
export const reportTextLimit = 1_000_000;
