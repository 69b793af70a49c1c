import { isAbsolute, join, relative, sep } from 'node:path';
import type { Settings } from '../config/resolve.ts';
import { ownVariable } from '../config/setting.ts';
import type { SettingName } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import { quoteInput, quotePath } from '../sanitize.ts';
import { type LocalFolders, localPathIn, ownFolderOf } from './local-folders.ts';

/**
 * Which paths a kubeconfig may contain: those that jobs have too; also relative ones, for jobs that
 * run where the files are (--relative-paths); also files of this machine (--local-paths).
 */
export type PathMode = 'portable' | 'relative' | 'local';

/** Decides about the paths of one kubeconfig, and remembers which it contains. */
export interface PathRules {
  readonly mode: PathMode;
  readonly folders: LocalFolders;
  /** The settings with a path that only this machine has. Filled by the functions below. */
  readonly local: Set<SettingName>;
  /** The settings with a path that starts at the working folder of the client. */
  readonly relative: Set<SettingName>;
}

/**
 * Which paths the user allows. Commands without these settings name no files.
 * @throws DexchangeError setting_conflict
 */
export function pathMode(settings: Settings): PathMode {
  const isLocal = settings.value('local-paths');
  if (!settings.value('relative-paths')) return isLocal ? 'local' : 'portable';
  if (!isLocal) return 'relative';
  throw new DexchangeError(
    'setting_conflict',
    '--local-paths and --relative-paths cannot be used together',
    { hint: 'keep --relative-paths for jobs, or --local-paths for this machine' },
  );
}

/** @param mode which paths are allowed */
export function pathRules(mode: PathMode, folders: LocalFolders): PathRules {
  return { mode, folders, local: new Set(), relative: new Set() };
}

/**
 * The path of a setting as the arguments of a plugin contain it. Clients run a plugin in their own
 * working folder, whatever the folder of the kubeconfig is (client-go, exec.go), and do not tell it
 * where the kubeconfig is. So a relative path becomes absolute, or with --relative-paths stays as it is.
 * @throws DexchangeError setting_invalid for a path of this machine
 */
export function portablePath(name: SettingName, path: string, rules: PathRules): string {
  if (rules.mode === 'relative' && !isAbsolute(path)) {
    rules.relative.add(name);
    return path;
  }
  return portable(name, path, rules);
}

/**
 * The path of a setting as a field of the kubeconfig contains it, such as `tokenFile`. Clients resolve a
 * relative one against the folder of the kubeconfig (client-go, ResolveLocalPaths), so with
 * --relative-paths it leads there.
 * @throws DexchangeError setting_invalid for a path of this machine
 */
export function portableField(name: SettingName, path: string, rules: PathRules): string {
  if (rules.mode === 'relative' && !isAbsolute(path)) return besideKubeconfig(path, rules.folders);
  return portable(name, path, rules);
}

/**
 * The program of an exec entry: a name in PATH, or a path. Clients resolve a relative path against the
 * folder of the kubeconfig, as they do for fields.
 * @throws DexchangeError setting_invalid for a path of this machine
 */
export function portableProgram(name: 'exec-command', path: string, rules: PathRules): string {
  if (/^[^/\\]+$/.test(path)) return path;
  if (isAbsolute(path)) return portable(name, path, rules);
  if (rules.mode !== 'relative') {
    throw new DexchangeError('setting_invalid', `--${name} is a relative path`, {
      hint: "set it to a name in PATH or an absolute path, or add --relative-paths if it is committed with the kubeconfig: clients resolve a relative path against the kubeconfig's folder",
    });
  }
  const found = besideKubeconfig(path, rules.folders);
  // Without a slash, it would be a name in PATH.
  return found.includes('/') ? found : `./${found}`;
}

/**
 * Checks the words of a command that a kubeconfig contains: a program or an argument may be a file of
 * this machine.
 * @throws DexchangeError setting_invalid that names the path
 */
export function checkPortableCommand(
  name: SettingName,
  words: readonly string[],
  rules: PathRules,
): void {
  const found = words.map((word) => localPathIn(word, rules.folders)).find(Boolean);
  if (found === undefined) return;
  rules.local.add(name);
  if (rules.mode === 'local') return;
  throw new DexchangeError(
    'setting_invalid',
    `--${name} contains ${quotePath(found)}, a file of this machine, which a job does not have`,
    {
      hint: `name a program that is in PATH of the jobs, leave it out and set ${ownVariable(name)} in the jobs, or add --local-paths for this machine only`,
    },
  );
}

function portable(name: SettingName, path: string, rules: PathRules): string {
  const { folders, mode } = rules;
  const absolute = isAbsolute(path) ? path : join(folders.cwd(), path);
  const folder = ownFolderOf(absolute, folders, name === 'cache-dir' ? 'kept' : 'any');
  if (isAbsolute(path) && folder === undefined) return absolute;
  rules.local.add(name);
  if (mode === 'local') return absolute;
  const what = name === 'cache-dir' ? 'a folder' : 'a file';
  throw new DexchangeError(
    'setting_invalid',
    `--${name} ${quotePath(path)} is ${what} of this machine, which a job does not have${folder === undefined ? '' : `: it is in ${quoteInput(folder)}`}`,
    { hint: hintFor(name) },
  );
}

/** What to do instead of naming a path of this machine. */
function hintFor(name: SettingName): string {
  const elsewhere = 'name the absolute path in the job';
  const local = '--local-paths for this machine only';
  const relative = (of: string): string => `add --relative-paths with a relative path ${of}`;
  switch (name) {
    case 'token-file':
      return `embed the token by --embed-secrets, ${elsewhere}, ${relative('to a file committed with the kubeconfig')}, or ${local}`;
    case 'exec-command':
      return `name the program without its folder, so that jobs find it in PATH, ${elsewhere}, ${relative('to a file committed with the kubeconfig')}, or ${local}`;
    case 'cache-dir':
      return `leave it out, since each job has a cache folder of its own, set ${ownVariable(name)} in the jobs, ${elsewhere}, or add ${local}`;
    default:
      return `leave it out and set ${ownVariable(name)} in the jobs (in GitLab, a variable of type File), ${elsewhere}, ${relative('into its checkout')}, or ${local}`;
  }
}

/** A relative path from the folder of the kubeconfig, with slashes, as every system reads them. */
function besideKubeconfig(path: string, { cwd, kubeconfigFolder }: LocalFolders): string {
  const folder = kubeconfigFolder();
  const found = folder === undefined ? path : relative(folder, join(cwd(), path));
  return found.split(sep).join('/');
}

/** The lines that tell where the kubeconfig works, if not everywhere. */
export function pathWarnings({ local, relative }: PathRules): readonly string[] {
  const flags = (names: ReadonlySet<SettingName>) =>
    [...names].map((name) => `--${name}`).join(', ');
  return [
    ...(local.size === 0
      ? []
      : [
          `WARNING: this kubeconfig is for this machine only: ${flags(local)} ${local.size === 1 ? 'names a path' : 'name paths'} that other machines do not have. For jobs, leave out --local-paths`,
        ]),
    ...(relative.size === 0
      ? []
      : [
          `note: the path of ${flags(relative)} starts at the working folder of kubectl, not at the kubeconfig: run kubectl in the folder where the path leads to the file`,
        ]),
  ];
}
