import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** The root of the project. */
export const root = resolve(import.meta.dirname, '../../..');

const src = join(root, 'src');

const entries = readdirSync(src, { recursive: true, withFileTypes: true }).map((entry) => ({
  path: relative(src, join(entry.parentPath, entry.name)).replaceAll('\\', '/'),
  isFolder: entry.isDirectory(),
}));

/** The folders of src at any depth, without `src/`. */
export const folders: readonly string[] = entries
  .filter(({ isFolder }) => isFolder)
  .map(({ path }) => path)
  .sort();

/** The source files, without `src/` and without declarations of other people's modules. */
export const files: readonly string[] = entries
  .filter(({ path, isFolder }) => !isFolder && path.endsWith('.ts') && !path.endsWith('.d.ts'))
  .map(({ path }) => path)
  .sort();

/** The text of a source file. */
export function textOf(file: string): string {
  return readFileSync(join(src, file), 'utf8');
}

/** One import or re-export. */
export interface Import {
  readonly from: string;
  /** A file of src, or the name of a module. */
  readonly to: string;
  readonly kind: 'value' | 'type' | 'dynamic';
}

/** All imports of the source files, re-exports and dynamic imports included. */
export const imports: readonly Import[] = files.flatMap((from) => {
  const statements = textOf(from).matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  return [...statements].map(([, type, fixed, dynamic]): Import => {
    const target = fixed ?? dynamic ?? '';
    const to = target.startsWith('.')
      ? relative(src, resolve(join(src, dirname(from)), target)).replaceAll('\\', '/')
      : target;
    return {
      from,
      to,
      kind: dynamic !== undefined ? 'dynamic' : type !== undefined ? 'type' : 'value',
    };
  });
});

/**
 * The layers, highest first: a layer may import from those below it. The layers of one row are
 * siblings, which do not import each other.
 */
export const layers = [
  ['main'],
  ['compose'],
  ['cli'],
  ['explain', 'running'],
  ['usecases'],
  ['inputs'],
  ['identity', 'oauth', 'cache', 'kubernetes', 'config'],
  ['ground'],
] as const;

/** Implements the shapes of ports.ts: above the ground, and for main and compose only. */
export const platform = 'platform';

const ground = ['http', 'terminal'];

/** The layer of a file: its first folder. Some folders and the files next to main.ts are the ground. */
export function layerOf(file: string): string {
  if (file === 'main.ts') return 'main';
  const [folder = '', ...rest] = file.split('/');
  return rest.length === 0 || ground.includes(folder) ? 'ground' : folder;
}
