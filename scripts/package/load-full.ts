import { writeFileSync } from 'node:fs';
import { getRawAsset } from 'node:sea';
import { Script } from 'node:vm';

// Set by the build. A warming binary is an intermediate product: it runs the asset from the code
// cache it finds in a file, and leaves a better one there.
declare const WARMING: boolean;

/** Names of the assets, as the build puts them into the executable. */
const scriptAsset = 'full.js';
const cacheAsset = 'full.cache';

type Run = (require: (id: string) => unknown, module: { exports: unknown }) => void;

let sharedName: string | undefined;
let shared: unknown;

/** Hands over what the main script and the asset have in common. */
export function share(name: string, exports: unknown): void {
  sharedName = name;
  shared = exports;
}

/** Evaluates the part of the program which a cache hit does not need. */
export function loadFull(): unknown {
  const source = Buffer.from(getRawAsset(scriptAsset)).latin1Slice();
  const cachedData = WARMING ? readWarm() : Buffer.from(getRawAsset(cacheAsset));
  const script = new Script(source, {
    filename: scriptAsset,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  // As Node does for the main script's own code cache: the binary still works, only slower.
  if (script.cachedDataRejected) process.emitWarning(`Code cache of ${scriptAsset} rejected.`);
  if (WARMING) keepWarm(script);
  const module = { exports: {} };
  (script.runInThisContext() as Run)(requireBuiltin, module);
  return module.exports;
}

/**
 * Built-in modules and nothing else: an optional dependency must not come from a node_modules
 * folder that happens to lie around the binary.
 */
function requireBuiltin(id: string): unknown {
  if (id === sharedName) return shared;
  const builtin: unknown = process.getBuiltinModule(id);
  if (builtin !== undefined) return builtin;
  throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
}

function readWarm(): Buffer | undefined {
  const fs = process.getBuiltinModule('node:fs');
  const file = process.env['WARM_CODE_CACHE'] ?? '';
  return fs.existsSync(file) ? fs.readFileSync(file) : undefined;
}

/** Writes the code cache at the end, when every function this run needed has been compiled. */
function keepWarm(script: Script): void {
  const leave = process.reallyExit.bind(process);
  let done = false;
  const keep = (): void => {
    if (done) return;
    done = true;
    writeFileSync(process.env['WARM_CODE_CACHE'] ?? '', script.createCachedData());
  };
  process.on('exit', keep);
  process.reallyExit = (code) => {
    keep();
    return leave(code);
  };
}
