import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild';

/** The scripts of the binary, and what esbuild knows about their inputs. */
export interface Bundles {
  /** What the executable starts with; knows of assets and code caches. */
  readonly loader: string;
  /**
   * The other scripts by name, each a function `(require, module) => void`. `main` is what a cache
   * hit needs; the rest is loaded when something of it is asked for.
   */
  readonly scripts: ReadonlyMap<string, string>;
  readonly metafile: Metafile;
}

/** What a script asks the loader by for a part of another. */
const partPrefix = 'dexchange:part/';

const common = {
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node24',
  // One byte a character: V8 takes the source without decoding it.
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * Bundles the sources into a small main script and others that are loaded when they are needed.
 *
 * Two copies of a class are two classes, and `instanceof` fails between them. So esbuild splits
 * first, by what main.ts reaches statically and by each dynamic import. The parts are then put
 * together again: all that main.ts reaches without a dynamic import of a source file is the main
 * script. Each other part goes, with those that are reached by the same dynamic imports of source
 * files, into a script named after these: `network`, `commands`, `commands+kubernetes`; but all that `network`
 * shares into one, since a miss would wait for each. So each part is in one script alone. (A dynamic import of a package only delays its evaluation.)
 */
export async function bundle(options: {
  readonly root: string;
  readonly version: string;
  readonly warming: boolean;
}): Promise<Bundles> {
  const { parts, seams, metafile } = await splitSources(options.root, options.version);
  // A seam that is imported statically, too, is there a part like any other.
  const follows = (to: string, dynamic: boolean): boolean => !(dynamic && seams.has(to));
  const inMain = reachable(parts, 'main.js', follows);
  const reached = [...seams].map(([seam, name]) => ({
    name,
    parts: reachable(parts, seam, (to, dynamic) => !inMain.has(to) && follows(to, dynamic)),
  }));
  const owners = new Map<string, string>();
  for (const name of parts.keys()) {
    const groups = reached.filter((group) => group.parts.has(name)).map((group) => group.name);
    if (inMain.has(name)) owners.set(name, 'main');
    else if (groups.length > 0) owners.set(name, scriptOf(groups));
  }
  const scripts = new Map<string, string>();
  for (const script of ['main', ...new Set(owners.values())]) {
    if (scripts.has(script)) continue;
    const group = new Set([...owners].filter(([, owner]) => owner === script).map(([n]) => n));
    const entry = script === 'main' ? 'main.js' : seamOf(seams, script, group);
    scripts.set(script, await joinParts(parts, group, groupEntry(parts, owners, script, entry)));
  }
  return {
    loader: await bundleLoader(options.root, options.warming, Object.fromEntries(owners)),
    scripts,
    metafile,
  };
}

/** The script of parts that are reached by these seams. */
function scriptOf(seams: readonly string[]): string {
  return seams.length > 1 && seams.includes('network') ? 'network+others' : seams.join('+');
}

function seamOf(
  seams: ReadonlyMap<string, string>,
  script: string,
  group: ReadonlySet<string>,
): string | undefined {
  return [...seams].find(([part, name]) => name === script && group.has(part))?.[0];
}

interface Part {
  readonly text: string;
  readonly imports: readonly PartImport[];
}

interface PartImport {
  readonly to: string;
  readonly dynamic: boolean;
}

/** What esbuild's code splitting made of the sources, by file name. */
type Parts = ReadonlyMap<string, Part>;

async function splitSources(
  root: string,
  version: string,
): Promise<{ parts: Parts; seams: ReadonlyMap<string, string>; metafile: Metafile }> {
  const { metafile, outputFiles } = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: { main: 'src/main.ts' },
    outdir: 'dist',
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    metafile: true,
    define: { DEXCHANGE_VERSION: JSON.stringify(version) },
  });
  const texts = new Map(outputFiles.map((file) => [basename(file.path), file.text]));
  const parts = new Map<string, Part>();
  const seams = new Map<string, string>();
  for (const [path, output] of Object.entries(metafile.outputs)) {
    const name = basename(path);
    const imports = output.imports
      .filter((i) => i.external !== true)
      .map((i) => ({ to: basename(i.path), dynamic: i.kind === 'dynamic-import' }));
    parts.set(name, { text: texts.get(name) ?? '', imports });
    const entry = /^src\/compose\/(\w+)\.ts$/.exec(output.entryPoint ?? '')?.[1];
    if (name !== 'main.js' && entry !== undefined) seams.set(name, entry);
  }
  if (seams.size === 0) {
    throw new Error('no source file is imported dynamically: a cache hit would load everything');
  }
  return { parts, seams, metafile };
}

function importsOf(parts: Parts, name: string): readonly PartImport[] {
  return parts.get(name)?.imports ?? [];
}

/** The part and all it imports, directly or not, along the imports that `follow` admits. */
function reachable(
  parts: Parts,
  from: string,
  follow: (to: string, dynamic: boolean) => boolean,
): ReadonlySet<string> {
  const found = new Set([from]);
  for (const name of found) {
    for (const { to, dynamic } of importsOf(parts, name)) if (follow(to, dynamic)) found.add(to);
  }
  return found;
}

/**
 * Evaluates the script's own entry, if it has one, and lends parts to the other scripts; those the
 * entry does not need at once are evaluated when they are asked for.
 */
function groupEntry(
  parts: Parts,
  owners: ReadonlyMap<string, string>,
  script: string,
  entry: string | undefined,
): string {
  const lent = [...parts]
    .flatMap(([from, part]) => part.imports.map((i) => ({ ...i, from })))
    .filter((i) => owners.get(i.to) === script && owners.get(i.from) !== script)
    .map((i) => i.to);
  const atOnce =
    entry === undefined
      ? new Set<string>()
      : reachable(parts, entry, (to, dynamic) => owners.get(to) === script && !dynamic);
  const lines = entry === undefined ? [] : [`import './${entry}';`];
  const members = [...new Set(lent)].map((name, index) => {
    if (!atOnce.has(name)) return `${JSON.stringify(name)}: () => require('./${name}')`;
    lines.push(`import * as part${index} from './${name}';`);
    return `${JSON.stringify(name)}: () => part${index}`;
  });
  return [...lines, `export const parts = { ${members.join(', ')} };`].join('\n');
}

/** Makes one script of a group of parts, as a function that V8 compiles at once. */
async function joinParts(parts: Parts, group: ReadonlySet<string>, entry: string): Promise<string> {
  const plugin: Plugin = {
    name: 'parts',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^\.\/[^/]+\.js$/ }, (args) => {
        const name = basename(args.path);
        if (group.has(name)) return { path: name, namespace: 'part' };
        return { path: `${partPrefix}${name}`, external: true };
      });
      esbuild.onLoad({ filter: /.*/, namespace: 'part' }, (args) => ({
        contents: parts.get(args.path)?.text ?? '',
        resolveDir: import.meta.dirname,
      }));
    },
  };
  const { outputFiles } = await build({
    ...common,
    stdin: { contents: entry, resolveDir: import.meta.dirname, loader: 'js' },
    format: 'cjs',
    // Names and lines stay, for the sake of stack traces: with a code cache they cost nothing.
    minifySyntax: true,
    supported: { 'dynamic-import': false },
    plugins: [plugin],
  });
  // The sources are ES modules, which are strict; esbuild does not say so when it converts them.
  return `(function (require, module) { "use strict";\n${soleText(outputFiles)}})`;
}

async function bundleLoader(
  root: string,
  warming: boolean,
  owners: Readonly<Record<string, string>>,
): Promise<string> {
  const { outputFiles } = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: [join(import.meta.dirname, 'loader.ts')],
    format: 'cjs',
    minifySyntax: true,
    define: {
      WARMING: String(warming),
      PART_PREFIX: JSON.stringify(partPrefix),
      OWNERS: JSON.stringify(owners),
    },
  });
  return soleText(outputFiles);
}

function soleText(files: readonly OutputFile[]): string {
  const [file] = files;
  if (file === undefined || files.length > 1) throw new Error('esbuild gave more than one file');
  return file.text;
}
