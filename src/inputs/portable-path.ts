import { isAbsolute, join, relative } from 'node:path';
import { ownVariable } from '../config/setting.ts';
import type { SettingName } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import { quotePath } from '../sanitize.ts';

/** The folders of the user who writes a kubeconfig, which other machines do not have. */
export interface LocalFolders {
  readonly cwd: () => string;
  readonly home: string | undefined;
  /** Whether the kubeconfig may name files of this machine (--local-paths). */
  readonly allowsLocalPaths: boolean;
}

/**
 * The path of a setting as a kubeconfig contains it: absolute, since clients run the plugin in any
 * folder. A relative path, or one in the home or working folder, would not exist on the machine of a
 * job.
 * @throws DexchangeError setting_invalid for a path of this machine
 */
export function portablePath(name: SettingName, path: string, folders: LocalFolders): string {
  const cwd = folders.cwd();
  const absolute = isAbsolute(path) ? path : join(cwd, path);
  if (folders.allowsLocalPaths) return absolute;
  const isLocal = !isAbsolute(path) || [cwd, folders.home].some((each) => isOwn(absolute, each));
  if (!isLocal) return absolute;
  const instead =
    name === 'token-file'
      ? 'embed the token by --embed-secrets'
      : `leave it out and set ${ownVariable(name)} in the jobs (in GitLab, a variable of type File)`;
  throw new DexchangeError(
    'setting_invalid',
    `--${name} ${quotePath(path)} is a file of this machine, which a job does not have`,
    {
      hint: `${instead}, name the absolute path on the machine of the job, or add --local-paths if the kubeconfig is for this machine only`,
    },
  );
}

/** Whether a path is below a folder of the user. The root does not count: every path is below it. */
function isOwn(path: string, folder: string | undefined): boolean {
  return Boolean(folder) && relative('/', folder ?? '') !== '' && isBelow(path, folder ?? '');
}

/** Whether an absolute path is below an absolute folder, and not the folder itself. */
export function isBelow(path: string, folder: string): boolean {
  const steps = relative(folder, path);
  return steps !== '' && !steps.startsWith('..') && !isAbsolute(steps);
}
