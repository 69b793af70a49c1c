import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type OutputFile, type Plugin } from 'esbuild';

/** The scripts of the binary, and what esbuild knows about their inputs. */
export interface Bundles {
  /** What the executable starts with; knows of assets and code caches. */
  readonly loader: string;
  /** What a cache hit needs, and the modules both need: `(require, module) => void`. */
  readonly main: string;
  /** The rest, likewise. */
  readonly full: string;
  readonly metafile: Metafile;
}

/** Names by which the scripts ask the loader for each other, and for a part of the other. */
const fullName = 'dexchange:full';
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
 * Bundles the sources into a small main script and the rest.
 *
 * Two copies of a class are two classes, and `instanceof` fails between them. So esbuild splits
 * first, by what main.ts reaches statically and by each dynamic import. The parts are then put
 * together again: what is behind the one dynamic import of a source file becomes the second script,
 * all that main.ts reaches without it the first. A part that both need is in the first alone. (A
 * dynamic import of a package only delays its evaluation.)
 */
export async function bundle(options: {
  readonly root: string;
  readonly version: string;
  readonly warming: boolean;
}): Promise<Bundles> {
  const { parts, main, full, metafile } = await splitSources(options.root, options.version);
  const mainGroup = reachable(parts, main, (to) => to !== full);
  const fullGroup = reachable(parts, full, (to) => !mainGroup.has(to));
  const lent = [...fullGroup]
    .flatMap((name) => importsOf(parts, name))
    .filter((i) => mainGroup.has(i.to));
  const atOnce = reachable(parts, main, (to, dynamic) => to !== full && !dynamic);
  const seams = { parts, full };
  return {
    loader: await bundleLoader(options.root, options.warming),
    main: await joinParts({ ...seams, group: mainGroup }, mainEntry(main, lent, atOnce)),
    full: await joinParts({ ...seams, group: fullGroup }, `export * from './${full}';`),
    metafile,
  };
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
): Promise<{ parts: Parts; main: string; full: string; metafile: Metafile }> {
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
  const seams: string[] = [];
  for (const [path, output] of Object.entries(metafile.outputs)) {
    const name = basename(path);
    const imports = output.imports
      .filter((i) => i.external !== true)
      .map((i) => ({ to: basename(i.path), dynamic: i.kind === 'dynamic-import' }));
    parts.set(name, { text: texts.get(name) ?? '', imports });
    if (name !== 'main.js' && output.entryPoint?.startsWith('src/')) seams.push(name);
  }
  const [full] = seams;
  if (full === undefined || seams.length > 1) {
    throw new Error(
      `exactly one source file must be imported dynamically, with all that a cache hit does not need; found ${seams.length}: ${seams.join(', ')}`,
    );
  }
  return { parts, main: 'main.js', full, metafile };
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

/** Runs main, and lends parts to the other script; those main itself delays stay delayed. */
function mainEntry(main: string, lent: readonly PartImport[], atOnce: ReadonlySet<string>): string {
  const lines = [`import './${main}';`];
  const members = [...new Set(lent.map((i) => i.to))].map((name, index) => {
    if (!atOnce.has(name)) return `${JSON.stringify(name)}: () => require('./${name}')`;
    lines.push(`import * as part${index} from './${name}';`);
    return `${JSON.stringify(name)}: () => part${index}`;
  });
  return [...lines, `export const parts = { ${members.join(', ')} };`].join('\n');
}

/** Makes one script of a group of parts, as a function that V8 compiles at once. */
async function joinParts(
  seams: { readonly parts: Parts; readonly full: string; readonly group: ReadonlySet<string> },
  entry: string,
): Promise<string> {
  const plugin: Plugin = {
    name: 'parts',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^\.\/[^/]+\.js$/ }, (args) => {
        const name = basename(args.path);
        if (seams.group.has(name)) return { path: name, namespace: 'part' };
        return { path: name === seams.full ? fullName : `${partPrefix}${name}`, external: true };
      });
      esbuild.onLoad({ filter: /.*/, namespace: 'part' }, (args) => ({
        contents: seams.parts.get(args.path)?.text ?? '',
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

async function bundleLoader(root: string, warming: boolean): Promise<string> {
  const { outputFiles } = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: [join(import.meta.dirname, 'loader.ts')],
    format: 'cjs',
    minifySyntax: true,
    define: {
      WARMING: String(warming),
      FULL: JSON.stringify(fullName),
      PART_PREFIX: JSON.stringify(partPrefix),
    },
  });
  return soleText(outputFiles);
}

function soleText(files: readonly OutputFile[]): string {
  const [file] = files;
  if (file === undefined || files.length > 1) throw new Error('esbuild gave more than one file');
  return file.text;
}
