import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOfSite } from './faults-of-site.ts';
import { foldersVariable, type SiteFolders } from './folders.ts';
import { stagePages } from './stage.ts';

const tools = import.meta.dirname;

/**
 * Installs what the site needs below scripts/site, if the lock file there is newer than what is
 * installed. It is apart from the other packages, so that `npm ci` stays small.
 */
export function installSiteTools(): void {
  const installed = join(tools, 'node_modules/.package-lock.json');
  const lock = join(tools, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs > statSync(lock).mtimeMs) return;
  run('npm', ['ci', '--ignore-scripts', '--no-progress'], process.env);
}

/** Builds the site. Throws if VitePress fails, or if the site has a dead link or a foreign asset. */
export function buildSite(folders: SiteFolders): void {
  stagePages(folders);
  // The pages become Vue components, which look for Vue in the folders above them.
  symlinkSync(join(tools, 'node_modules'), join(folders.pages, 'node_modules'), 'junction');
  rmSync(folders.out, { recursive: true, force: true });
  const vitepress = join(tools, 'node_modules/vitepress/bin/vitepress.js');
  const env = { ...process.env, [foldersVariable]: JSON.stringify(folders) };
  run(process.execPath, [vitepress, 'build', tools], env);
  const faults = faultsOfSite(folders);
  if (faults.length > 0) throw new Error(`the site has faults:\n${faults.join('\n')}`);
}

function run(command: string, words: readonly string[], env: NodeJS.ProcessEnv): void {
  const { status, error } = spawnSync(command, words, { cwd: tools, env, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${words[0]} failed`);
}
