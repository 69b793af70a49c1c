import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild';
import type { BuildIdentity } from './build-identity.ts';
import { withoutLibraryEnvironment } from './library-environment.ts';

/** The scripts of the binary, and esbuild's metadata about their inputs. */
export interface Bundles {
  /** The main script of the executable, which loads the other scripts and their code caches. */
  readonly loader: string;
  /**
   * The other scripts by name, each a function `(require, module) => void`. `main` contains what a
   * cache hit needs; the others are loaded on demand.
   */
  readonly scripts: ReadonlyMap<string, string>;
  readonly metafile: Metafile;
}

/** Whether the binary writes code caches into files, contains them, or has none. */
export type CodeCaches = 'written' | 'inside' | 'none';

/** The prefix of the module ids by which a script requires a part of another script. */
const partPrefix = 'dexchange:part/';

const common = {
  bundle: true,
  write: false,
  platform: 'node',
  target: 'node24',
  // V8 need not decode a source with one byte per character.
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions;

/**
 * Bundles the sources into a small main script and scripts that are loaded on demand.
 *
 * No part may be in two scripts: two copies of a class are different classes, and `instanceof`
 * fails between them. esbuild therefore first splits the sources into parts, and these are joined
 * to scripts. The main script has the parts that main.ts imports without a dynamic import of a
 * source file. Other parts are grouped by the dynamic imports of source files that reach them, and
 * a script is named after these: `network`, `commands`, `commands+kubernetes`. Parts that `network`
 * shares are all in one script, because a miss would otherwise have to load several. A dynamic
 * import of a package creates no script; it only delays the evaluation.
 */
export async function bundle(options: {
  readonly root: string;
  readonly identity: BuildIdentity;
  readonly codeCaches: CodeCaches;
}): Promise<Bundles> {
  const { parts, seams, metafile } = await splitSources(options.root, options.identity);
  // A seam that is also imported statically is not a seam for that importer.
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
    loader: await bundleLoader(options.root, options.codeCaches, Object.fromEntries(owners)),
    scripts,
    metafile,
  };
}

/** The name of the script for parts that these seams reach. */
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
  readonly exports: readonly string[];
}

interface PartImport {
  readonly to: string;
  readonly dynamic: boolean;
}

/** The parts into which esbuild has split the sources, by file name. */
type Parts = ReadonlyMap<string, Part>;

async function splitSources(
  root: string,
  { version, commit, target, homepage }: BuildIdentity,
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
    define: {
      DEXCHANGE_VERSION: JSON.stringify(version),
      DEXCHANGE_BUILD: JSON.stringify({ commit, target }),
      DEXCHANGE_HOMEPAGE: homepage === undefined ? 'undefined' : JSON.stringify(homepage),
      // As the undici in Node is built: without its experimental parser.
      esbuildDetection: 'true',
    },
    plugins: [withoutLibraryEnvironment],
  });
  const texts = new Map(outputFiles.map((file) => [basename(file.path), file.text]));
  const parts = new Map<string, Part>();
  const seams = new Map<string, string>();
  for (const [path, output] of Object.entries(metafile.outputs)) {
    const name = basename(path);
    const imports = output.imports
      .filter((i) => i.external !== true)
      .map((i) => ({ to: basename(i.path), dynamic: i.kind === 'dynamic-import' }));
    parts.set(name, { text: texts.get(name) ?? '', imports, exports: output.exports });
    const entry = /^src\/compose\/(\w+)\.ts$/.exec(output.entryPoint ?? '')?.[1];
    if (name !== 'main.js' && entry !== undefined) seams.set(name, entry);
  }
  if (seams.size === 0) {
    throw new Error('no source file is imported dynamically, so a cache hit would load everything');
  }
  return { parts, seams, metafile };
}

function importsOf(parts: Parts, name: string): readonly PartImport[] {
  return parts.get(name)?.imports ?? [];
}

/** A part and its direct and indirect imports, as far as `follow` accepts an import. */
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
 * The entry of a script: evaluates the entry part, if there is one, and exports parts to the other
 * scripts. Parts that the entry part does not import statically are evaluated on demand.
 */
function groupEntry(
  parts: Parts,
  owners: ReadonlyMap<string, string>,
  script: string,
  entry: string | undefined,
): string {
  const exported = [...parts]
    .flatMap(([from, part]) => part.imports.map((i) => ({ ...i, from })))
    .filter((i) => owners.get(i.to) === script && owners.get(i.from) !== script)
    .map((i) => i.to);
  const immediate =
    entry === undefined
      ? new Set<string>()
      : reachable(parts, entry, (to, dynamic) => owners.get(to) === script && !dynamic);
  const lines = entry === undefined ? [] : [`import './${entry}';`];
  const members = [...new Set(exported)].map((name, index) => {
    if (!immediate.has(name)) return `${JSON.stringify(name)}: () => require('./${name}')`;
    const names = (parts.get(name)?.exports ?? []).map((member, at) => ({
      member,
      local: `part${index}_${at}`,
    }));
    lines.push(
      `import { ${names.map(({ member, local }) => `${member} as ${local}`).join(', ')} } from './${name}';`,
    );
    // Not a namespace import: esbuild would create its getters, one for each export, during a hit.
    const getters = names.map(({ member, local }) => `get ${member}() { return ${local}; }`);
    return `${JSON.stringify(name)}: once(() => ({ ${getters.join(', ')} }))`;
  });
  return [
    ...lines,
    'const once = (make) => { let made; return () => (made ??= make()); };',
    `export const parts = { ${members.join(', ')} };`,
  ].join('\n');
}

/** Joins a group of parts to one script, as a function expression that V8 compiles eagerly. */
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
    // Keep names and lines for stack traces; with a code cache they cost nothing.
    minifySyntax: true,
    supported: { 'dynamic-import': false },
    plugins: [plugin],
  });
  // ES modules are strict, but esbuild does not add "use strict" when it converts them.
  return `(function (require, module) { "use strict";\n${soleText(outputFiles)}})`;
}

async function bundleLoader(
  root: string,
  codeCaches: CodeCaches,
  owners: Readonly<Record<string, string>>,
): Promise<string> {
  const { outputFiles } = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: [join(import.meta.dirname, 'loader.ts')],
    format: 'cjs',
    minifySyntax: true,
    define: {
      CODE_CACHES: JSON.stringify(codeCaches),
      PART_PREFIX: JSON.stringify(partPrefix),
      OWNERS: JSON.stringify(owners),
    },
  });
  return soleText(outputFiles);
}

function soleText(files: readonly OutputFile[]): string {
  const [file] = files;
  if (file === undefined || files.length > 1)
    throw new Error('esbuild did not return exactly one file');
  return file.text;
}
