import { isAbsolute, relative } from 'node:path';
import { staleFiles } from '../../cache/clean-up.ts';
import { cachePlace, isFileProblem } from '../../cache/folder.ts';
import type { Settings } from '../../config/resolve.ts';
import { DexchangeError } from '../../errors.ts';
import { isBelow } from '../../inputs/local-folders.ts';
import type { Environment } from '../../ports.ts';
import { quotePath } from '../../sanitize.ts';
import { shellWord } from '../../shell-word.ts';
import { findCache, listCache } from '../../usecases/manage-cache.ts';
import { ok, warning } from './check.ts';
import type { DoctorPorts } from './ports.ts';
import type { DoctorCheck } from './report.ts';

/** How many files of a cache folder are looked at. */
const maxFiles = 10_000;

/** Whether the cache can be used: its folder, the key, the entries, and what killed calls left. */
export async function cacheCheck(settings: Settings, ports: DoctorPorts): Promise<DoctorCheck> {
  if (settings.value('no-cache')) {
    return ok('cache', 'switched off by --no-cache: each call makes an exchange');
  }
  let folder: string;
  try {
    folder = await findCache(settings, ports);
  } catch (error) {
    if (!(error instanceof DexchangeError)) throw error;
    return warning('cache', error.message, error.hint);
  }
  const where = quotePath(folder);
  const project = projectFolder(ports.env);
  if (project !== undefined && (relative(project, folder) === '' || isBelow(folder, project))) {
    return warning(
      'cache',
      `${where} is in the project folder of the job, which cache: and artifacts can upload`,
      'set --cache-dir or XDG_CACHE_HOME to a folder outside of it, and never list it in cache:',
    );
  }
  const now = ports.now();
  const entries = listCache(folder, ports.cacheFiles, now).filter(({ kind }) => kind === 'token');
  const stale = [...staleFiles(folder, ports.cacheFiles, now, maxFiles)];
  const key = await keyText(settings, ports);
  const found = `${where}: ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}, ${key}`;
  if (stale.length === 0) return ok('cache', found);
  const dir = settings.value('cache-dir');
  const flag = dir === undefined ? '' : ` --cache-dir ${shellWord(dir)}`;
  return {
    ...ok('cache', `${found}, ${stale.length} stale ${stale.length === 1 ? 'file' : 'files'}`),
    fix: `run \`dexchange cache prune${flag}\``,
  };
}

async function keyText(settings: Settings, ports: DoctorPorts): Promise<string> {
  const folders = await ports.platformFolders();
  const place = cachePlace(settings.value('cache-dir'), folders, ports.cwd);
  for (const folder of place?.keyFolders ?? []) {
    const key = ports.privateFiles.read(`${folder}/key`, 64);
    if (!isFileProblem(key)) return 'key present';
    if (!key.absent) return `key unusable: ${key.reason}`;
  }
  return 'no key yet';
}

/** The folder that a CI system checks the project out into. */
function projectFolder(env: Environment): string | undefined {
  const names = ['CI_PROJECT_DIR', 'GITHUB_WORKSPACE', 'BUILD_SOURCESDIRECTORY', 'WORKSPACE'];
  const set = names.map((name) => env[name]).find((value) => value);
  return set !== undefined && isAbsolute(set) ? set : undefined;
}
