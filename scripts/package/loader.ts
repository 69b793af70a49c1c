import { getRawAsset } from 'node:sea';
import { Script } from 'node:vm';

// Put in by the build. A warming binary is an intermediate product: it takes the code caches from
// files, where there are some, and leaves better ones there.
declare const WARMING: boolean;
declare const FULL: string;
declare const PART_PREFIX: string;

type Run = (require: (id: string) => unknown, module: { exports: unknown }) => void;

/** The main script's exports: the parts it lends to the other one. */
interface Main {
  readonly parts: Readonly<Record<string, () => unknown>>;
}

let main: Main | undefined;
let full: unknown;

/** Evaluates one of the scripts which the executable holds as assets, and gives its exports. */
function load(name: string): unknown {
  const source = Buffer.from(getRawAsset(`${name}.js`)).toString('latin1');
  const cachedData = WARMING ? readWarm(name) : Buffer.from(getRawAsset(`${name}.cache`));
  const script = new Script(source, {
    filename: `${name}.js`,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  // No more than a warning, seen under -v: the program works, only slower.
  if (script.cachedDataRejected) process.emitWarning(`Code cache data rejected: ${name}.js`);
  if (WARMING) keepWarm(name, script);
  const module: { exports: unknown } = { exports: {} };
  (script.runInThisContext() as Run)(requireKnown, module);
  return module.exports;
}

/**
 * Built-in modules and our own parts, nothing else: an optional dependency must not come from a
 * node_modules folder that happens to lie around the binary.
 */
function requireKnown(id: string): unknown {
  const builtin: unknown = process.getBuiltinModule(id);
  if (builtin !== undefined) return builtin;
  if (id === FULL) {
    full ??= load('full');
    return full;
  }
  const part = id.startsWith(PART_PREFIX) ? main?.parts[id.slice(PART_PREFIX.length)] : undefined;
  if (part !== undefined) return part();
  throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
}

function warmFile(name: string): string {
  return `${process.env['WARM_CODE_CACHE'] ?? '.'}/${name}.cache`;
}

function readWarm(name: string): Buffer | undefined {
  // What a miss needs of the main script must not weigh on a hit, whose run is the last.
  if (name === 'main') return undefined;
  const fs = process.getBuiltinModule('node:fs');
  return fs.existsSync(warmFile(name)) ? fs.readFileSync(warmFile(name)) : undefined;
}

/** Writes the code cache at the end, when every function this run needed has been compiled. */
function keepWarm(name: string, script: Script): void {
  const fs = process.getBuiltinModule('node:fs');
  const exit = process as unknown as { reallyExit: (code?: number) => never };
  const leave = exit.reallyExit.bind(process);
  let kept = false;
  const keep = (): void => {
    if (!kept) fs.writeFileSync(warmFile(name), script.createCachedData());
    kept = true;
  };
  process.on('exit', keep);
  exit.reallyExit = (code) => {
    keep();
    return leave(code);
  };
}

main = load('main') as Main;
