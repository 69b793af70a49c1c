import { basename, join } from 'node:path';
import { build, type BuildOptions, type Metafile, type OutputFile, type Plugin } from 'esbuild';

/** The two scripts of the binary, and what esbuild knows about their inputs. */
export interface Bundles {
  /** Entry of the executable: the hit path, the modules both need, the loader. */
  readonly main: string;
  /** A function expression `(require, module) => void`, kept as an asset of the executable. */
  readonly full: string;
  readonly metafile: Metafile;
}

/** The name by which the asset asks the loader for what it shares with the main script. */
const sharedName = 'dexchange:shared';

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
 * first: what main.ts reaches both statically and through its dynamic import becomes a shared part.
 * Then the parts are put together, the shared one into the main script only.
 */
export async function bundle(options: {
  readonly root: string;
  readonly version: string;
  readonly warming: boolean;
}): Promise<Bundles> {
  const split = await splitSources(options.root, options.version);
  const main = await joinMain(options.root, split.parts, options.warming);
  const full = await joinFull(split.parts);
  return { main, full, metafile: split.metafile };
}

interface Parts {
  readonly main: string;
  readonly full: string;
  /** File names, as the parts import each other, to their text. */
  readonly texts: ReadonlyMap<string, string>;
}

async function splitSources(
  root: string,
  version: string,
): Promise<{ parts: Parts; metafile: Metafile }> {
  const result = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: { main: 'src/main.ts' },
    outdir: 'dist',
    format: 'esm',
    splitting: true,
    chunkNames: 'part-[name]',
    metafile: true,
    define: { DEXCHANGE_VERSION: JSON.stringify(version) },
  });
  const outputs = Object.entries(result.metafile.outputs);
  const dynamic = new Set(
    outputs.flatMap(([, output]) =>
      output.imports.filter((i) => i.kind === 'dynamic-import' && !i.external).map((i) => i.path),
    ),
  );
  const [full] = dynamic;
  if (full === undefined || dynamic.size > 1) {
    const names = [...dynamic].map((path) => result.metafile.outputs[path]?.entryPoint ?? path);
    throw new Error(
      `the sources must have exactly one dynamic import, of what a cache hit does not need; found ${dynamic.size}: ${names.join(', ')}`,
    );
  }
  const texts = new Map(
    result.outputFiles.map((file: OutputFile) => [basename(file.path), file.text]),
  );
  return {
    parts: { main: 'main.js', full: basename(full), texts },
    metafile: result.metafile,
  };
}

/** Serves the parts from memory; `dynamic` and `external` say what to do at the seams. */
function partsPlugin(
  parts: Parts,
  seams: { readonly dynamic?: string; readonly external?: string },
): Plugin {
  return {
    name: 'parts',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^\.\/[^/]+\.js$/ }, (args) => {
        const name = basename(args.path);
        if (!parts.texts.has(name)) return undefined;
        if (args.kind === 'dynamic-import') {
          return { path: seams.dynamic ?? name, namespace: 'seam' };
        }
        if (seams.external !== undefined) return { path: seams.external, external: true };
        return { path: name, namespace: 'part' };
      });
      esbuild.onLoad({ filter: /.*/, namespace: 'part' }, (args) => ({
        contents: parts.texts.get(args.path) ?? '',
        resolveDir: import.meta.dirname,
      }));
      esbuild.onLoad({ filter: /.*/, namespace: 'seam' }, (args) => ({
        // CommonJS, so that the importer sees the asset's own exports.
        contents: `module.exports = require(${JSON.stringify(args.path)}).loadFull();`,
        resolveDir: import.meta.dirname,
      }));
    },
  };
}

async function joinMain(root: string, parts: Parts, warming: boolean): Promise<string> {
  const loader = join(import.meta.dirname, 'load-full.ts');
  const shared = [...parts.texts.keys()].filter((n) => n !== parts.main && n !== parts.full);
  if (shared.length > 1) throw new Error(`expected one shared part, found ${shared.join(', ')}`);
  const [sharedPart] = shared;
  const entry = [
    `import { share } from ${JSON.stringify(loader)};`,
    sharedPart === undefined
      ? 'const shared = {};'
      : `import * as shared from ${JSON.stringify(`./${sharedPart}`)};`,
    `import ${JSON.stringify(`./${parts.main}`)};`,
    `share(${JSON.stringify(sharedName)}, shared);`,
  ];
  const result = await build({
    ...common,
    absWorkingDir: root,
    stdin: { contents: entry.join('\n'), resolveDir: import.meta.dirname, loader: 'js' },
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    define: { WARMING: String(warming) },
    plugins: [partsPlugin(parts, { dynamic: loader })],
  });
  return soleText(result.outputFiles);
}

async function joinFull(parts: Parts): Promise<string> {
  const result = await build({
    ...common,
    stdin: {
      contents: parts.texts.get(parts.full) ?? '',
      resolveDir: import.meta.dirname,
      loader: 'js',
    },
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [partsPlugin(parts, { external: sharedName })],
  });
  return `(function(require,module){${soleText(result.outputFiles).trimEnd()}\n})`;
}

function soleText(files: readonly OutputFile[]): string {
  const [file] = files;
  if (file === undefined || files.length > 1) throw new Error('esbuild gave more than one file');
  return file.text;
}
