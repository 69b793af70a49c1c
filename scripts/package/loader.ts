import { getRawAsset } from 'node:sea';
import { Script } from 'node:vm';

// Defined by the build. A warming binary is an intermediate product: it reads existing code caches
// from files and writes better ones. A binary that the build cannot run has no code caches.
declare const CODE_CACHES: 'written' | 'inside' | 'none';
declare const PART_PREFIX: string;
/** The script that contains a part, by the name of the part. */
declare const OWNERS: Readonly<Record<string, string>>;

type Run = (require: (id: string) => unknown, module: { exports: unknown }) => void;

/** The exports of a script: its parts that other scripts require. */
interface ScriptExports {
  readonly parts: Readonly<Record<string, () => unknown>>;
}

const loaded = new Map<string, ScriptExports>();

/** Evaluates a script from the assets of the executable; returns its exports. */
function load(name: string): unknown {
  const source = Buffer.from(getRawAsset(`${name}.js`)).toString('latin1');
  const cachedData = codeCache(name);
  const script = new Script(source, {
    filename: `${name}.js`,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  // Only a warning, visible with -v: the program works, but slower.
  if (script.cachedDataRejected) process.emitWarning(`Code cache data rejected: ${name}.js`);
  if (CODE_CACHES === 'written') writeWarm(name, script);
  const module: { exports: unknown } = { exports: {} };
  (script.runInThisContext() as Run)(requireKnown, module);
  return module.exports;
}

function codeCache(name: string): Buffer | undefined {
  if (CODE_CACHES === 'none') return undefined;
  return CODE_CACHES === 'inside' ? Buffer.from(getRawAsset(`${name}.cache`)) : readWarm(name);
}

/**
 * Loads built-in modules and parts of the binary only: an optional dependency must not be loaded
 * from a node_modules folder near the binary.
 */
function requireKnown(id: string): unknown {
  const builtin: unknown = process.getBuiltinModule(id);
  if (builtin !== undefined) return builtin;
  const name = id.startsWith(PART_PREFIX) ? id.slice(PART_PREFIX.length) : '';
  const owner = Object.hasOwn(OWNERS, name) ? OWNERS[name] : undefined;
  const part = owner === undefined ? undefined : exportsOf(owner).parts[name];
  if (part !== undefined) return part();
  throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
}

/** The exports of a script, which is loaded at the first call. */
function exportsOf(name: string): ScriptExports {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const made = load(name) as ScriptExports;
  loaded.set(name, made);
  return made;
}

function warmFile(name: string): string {
  return `${process.env['WARM_CODE_CACHE'] ?? '.'}/${name}.cache`;
}

function readWarm(name: string): Buffer | undefined {
  // The code cache of the main script must contain only what a hit needs, and that of the network
  // scripts only what a miss needs; the last runs of the build are a miss and a hit.
  if (name === 'main' || name.startsWith('network')) return undefined;
  const fs = process.getBuiltinModule('node:fs');
  return fs.existsSync(warmFile(name)) ? fs.readFileSync(warmFile(name)) : undefined;
}

/** Writes the code cache when the process ends, after all required functions were compiled. */
function writeWarm(name: string, script: Script): void {
  const fs = process.getBuiltinModule('node:fs');
  const internals = process as unknown as { reallyExit: (code?: number) => never };
  const reallyExit = internals.reallyExit.bind(process);
  let written = false;
  const write = (): void => {
    if (!written) fs.writeFileSync(warmFile(name), script.createCachedData());
    written = true;
  };
  process.on('exit', write);
  internals.reallyExit = (code) => {
    write();
    return reallyExit(code);
  };
}

exportsOf('main');
