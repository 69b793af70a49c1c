/** A `require` of a module that the program never uses, in a library, and its replacement. */
interface UnusedModule {
  /** The end of the path of the file. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Modules that libraries load although the program never uses them; together they would add a tenth
 * to the CPU time of a miss.
 */
const unusedModules: readonly UnusedModule[] = [
  {
    // The client is created with allowH2: false. node:http2 also loads node:http and fs/promises.
    file: 'undici/lib/dispatcher/client.js',
    from: "const connectH2 = require('./client-h2.js')",
    to: 'const connectH2 = undefined',
  },
  {
    // Read for the default limit of the headers, which is this one.
    file: 'undici/lib/dispatcher/client.js',
    from: "const http = require('node:http')",
    to: 'const http = { maxHeaderSize: 16 * 1024 }',
  },
  {
    // Only compared with the class of a body that is a stream: the program sends texts.
    file: 'undici/lib/core/util.js',
    from: "const { IncomingMessage } = require('node:http')",
    to: 'const IncomingMessage = undefined',
  },
  {
    // Finds the lower case of well-known header names faster, but takes a millisecond to fill.
    file: 'undici/lib/core/util.js',
    from: "const { tree } = require('./tree')",
    to: 'const tree = { lookup: () => undefined }',
  },
  // graceful-fs queues calls when too many files are open; a lock is one folder.
  ...['lockfile', 'adapter'].map((name) => ({
    file: `proper-lockfile/lib/${name}.js`,
    from: "const fs = require('graceful-fs')",
    to: "const fs = require('fs')",
  })),
];

/**
 * What undici has in place of node:assert, which loads seven modules to explain a failed assertion. All
 * of undici's have the form `assert(condition, message)`.
 */
const assertion = `(ok, message) => {
  if (ok) return;
  if (message instanceof Error) throw message;
  throw Object.assign(new Error(message ?? 'assertion failed'), { code: 'ERR_ASSERTION' });
}`;
const assertRequired = /(?<=const assert = )require\('node:assert'\)/;

/**
 * The source of a library file without the modules that the program never uses.
 * @param path the path of the file
 * @throws Error if the file has changed, so that someone has to look at it again
 */
export function withoutUnusedModules(path: string, source: string): string {
  const portable = path.replaceAll('\\', '/');
  const found = unusedModules.filter(({ file }) => portable.endsWith(`/node_modules/${file}`));
  const start = portable.includes('/node_modules/undici/')
    ? source.replace(assertRequired, assertion)
    : source;
  return found.reduce((text, { file, from, to }) => {
    if (text.split(from).length !== 2) {
      throw new Error(`${file} has no longer exactly one line: ${from}`);
    }
    return text.replace(from, to);
  }, start);
}
