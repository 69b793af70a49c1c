import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { withoutUnusedModules } from './unused-modules.ts';

/** Variables that libraries may read: env-paths reads the folders of the user. */
const folders = /^(XDG_\w+|APPDATA|LOCALAPPDATA)$/;

/**
 * Hides the environment from libraries. Some read variables for their own developers: with
 * LOG_TOKENS, yaml would print kubeconfigs on stdout. Also leaves out modules that are never used.
 */
export const withoutLibraryEnvironment: Plugin = {
  name: 'library-environment',
  setup(esbuild) {
    esbuild.onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => ({
      contents: hideEnvironment(withoutUnusedModules(path, await readFile(path, 'utf8'))),
      loader: 'js',
    }));
  },
};

/** The source of a library in which each variable, except for folders, is undefined. */
export function hideEnvironment(source: string): string {
  return source.replace(
    /\b\w*process\.env(?:\.(\w+)|\[(['"])(\w+)\2\])/g,
    (read: string, name?: string, _quote?: string, quoted?: string) =>
      folders.test(name ?? quoted ?? '') ? read : '(void 0)',
  );
}
