import { isAbsolute } from 'node:path';
import type { Settings } from '../config/resolve.ts';
import { DexchangeError, type ErrorCode } from '../errors.ts';
import type { Runtime } from '../ports.ts';
import { quoteInput } from '../sanitize.ts';

/** The settings whose value is the path of a file that is read. */
export type FileSetting =
  | 'certificate-authority'
  | 'client-certificate'
  | 'client-key'
  | 'client-secret-file'
  | 'idp-client-secret-file'
  | 'idp-private-key-file'
  | 'password-file'
  | 'server-certificate-authority'
  | 'subject-token-file'
  | 'token-file';

/**
 * The text of the file that a setting names, or undefined if it is not set.
 * @param code of the error; by default setting_file_unreadable
 * @throws DexchangeError naming the setting and the file
 */
export type ReadSettingFile = (name: FileSetting, code?: ErrorCode) => string | undefined;

/** Binds reading the files that the settings of a call name. */
export function settingFileReader(
  settings: Settings,
  { cwd, readTextFile }: Pick<Runtime, 'cwd' | 'readTextFile'>,
): ReadSettingFile {
  return (name, code = 'setting_file_unreadable') => {
    const path = settings.value(name);
    if (path === undefined) return undefined;
    try {
      return readTextFile(path, settings.value('timeout'));
    } catch (error) {
      throw new DexchangeError(code, `--${name} ${quoteInput(path)} ${(error as Error).message}`, {
        hint: isAbsolute(path)
          ? 'check whether the step that writes the file ran, and as which user'
          : `a relative path starts at the folder the client runs in, here ${quoteInput(cwd())}: give the full path`,
      });
    }
  };
}
