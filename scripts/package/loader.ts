import { getRawAsset } from 'node:sea';
import { Script } from 'node:vm';

// Put in by the build. A warming binary is an intermediate product: it takes the code caches from
// files, where there are some, and leaves better ones there.
declare const WARMING: boolean;
declare const PART_PREFIX: string;
/** The script that holds a part, by the part's name. */
declare const OWNERS: Readonly<Record<string, string>>;

type Run = (require: (id: string) => unknown, module: { exports: unknown }) => void;

/** A script's exports: the parts it lends to the others. */
interface Lender {
  readonly parts: Readonly<Record<string, () => unknown>>;
}

const loaded = new Map<string, Lender>();

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
  const name = id.startsWith(PART_PREFIX) ? id.slice(PART_PREFIX.length) : '';
  const owner = Object.hasOwn(OWNERS, name) ? OWNERS[name] : undefined;
  const part = owner === undefined ? undefined : lender(owner).parts[name];
  if (part !== undefined) return part();
  throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
}

/** The exports of a script, which is loaded by the first who asks. */
function lender(name: string): Lender {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const made = load(name) as Lender;
  loaded.set(name, made);
  return made;
}

function warmFile(name: string): string {
  return `${process.env['WARM_CODE_CACHE'] ?? '.'}/${name}.cache`;
}

function readWarm(name: string): Buffer | undefined {
  // What a miss needs of the main script must not weigh on a hit, whose run is the last, nor what
  // commands need of the others on a miss, whose run is the one before it.
  if (name === 'main' || name.startsWith('network')) return undefined;
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

lender('main');
