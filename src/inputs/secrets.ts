import { isAbsolute } from 'node:path';
import { missingSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import { ownVariable } from '../config/setting.ts';
import { settings as rows, type SettingName } from '../config/table.ts';
import { DexchangeError, type ErrorCode } from '../errors.ts';
import { rejectPlaceholder } from '../placeholders.ts';
import type { Environment, Network, Runtime } from '../ports.ts';
import { quoteInput } from '../sanitize.ts';
import { type DeferredSecret, readySecret, Secret } from '../secret.ts';

/** The settings by which one secret can be given: its value, a file, or a command. */
export interface SecretNames {
  readonly value: 'client-secret' | 'idp-client-secret' | 'subject-token' | 'password';
  readonly file: `${SecretNames['value']}-file`;
  readonly command: `${SecretNames['value']}-command`;
  /** Codes of the errors: a secret that is missing is another matter than an identity token. */
  readonly fileError: ErrorCode;
  readonly commandError: ErrorCode;
  readonly valueError: ErrorCode;
}

export const clientSecretNames: SecretNames = {
  value: 'client-secret',
  file: 'client-secret-file',
  command: 'client-secret-command',
  fileError: 'setting_file_unreadable',
  commandError: 'setting_command_failed',
  valueError: 'setting_invalid',
};

export const idpClientSecretNames: SecretNames = {
  value: 'idp-client-secret',
  file: 'idp-client-secret-file',
  command: 'idp-client-secret-command',
  fileError: 'setting_file_unreadable',
  commandError: 'setting_command_failed',
  valueError: 'setting_invalid',
};

export const subjectTokenNames: SecretNames = {
  value: 'subject-token',
  file: 'subject-token-file',
  command: 'subject-token-command',
  fileError: 'subject_token_file_unreadable',
  commandError: 'subject_token_command_failed',
  valueError: 'subject_token_invalid',
};

export const passwordNames: SecretNames = {
  value: 'password',
  file: 'password-file',
  command: 'password-command',
  fileError: 'setting_file_unreadable',
  commandError: 'setting_command_failed',
  valueError: 'setting_invalid',
};

/** The secrets that the settings of a call name. */
export interface Secrets {
  /** Whether a secret is set: as a value, a file or a command. */
  isSet(names: SecretNames): boolean;
  /**
   * The secret. A file is read now, since its content is part of the cache key; a command runs only
   * when the value is asked for.
   * @throws DexchangeError setting_missing if it is not set; fileError; valueError; commandError
   *   when the value is asked for
   */
  get(names: SecretNames): DeferredSecret;
}

/** What reading secrets needs of the world. */
export interface SecretPorts extends Pick<Runtime, 'env' | 'cwd'> {
  readonly readFile: ReadSettingFile;
  readonly runCommand: Network['runCommand'];
}

/** Whether a secret is set: as a value, a file or a command. */
export function isSecretSet({ value, file, command }: SecretNames, settings: Settings): boolean {
  return [value, file, command].some((name) => settings.value(name) !== undefined);
}

/** Binds the secrets of a call. */
export function secretsOf(settings: Settings, ports: SecretPorts): Secrets {
  return {
    isSet: (names) => isSecretSet(names, settings),
    get: (names) => getSecret(names, settings, ports),
  };
}

function getSecret(names: SecretNames, settings: Settings, ports: SecretPorts): DeferredSecret {
  const value = settings.value(names.value);
  if (value !== undefined) {
    return readySecret(settings.found(names.value)?.origin.name ?? names.value, value);
  }
  const text = ports.readFile(names.file, names.fileError);
  if (text !== undefined) {
    const origin = `file ${quoteInput(settings.value(names.file) ?? '')}`;
    return readySecret(origin, oneLine(text, origin, names.file, names.valueError));
  }
  const words = settings.value(names.command);
  if (words !== undefined) return commandSecret(words, names, ports);
  throw missingSetting([names.file], { alternatives: [names.command] });
}

function commandSecret(
  words: readonly string[],
  names: SecretNames,
  { env: callEnv, cwd, runCommand }: SecretPorts,
): DeferredSecret {
  const env = commandEnvironment(callEnv);
  // Arguments may hold secrets of their own, so only the program's name is ever shown.
  const origin = `command ${quoteInput(words[0] ?? '', 80)}`;
  return {
    origin,
    keyInputs: ['command', String(words.length), ...words, cwd(), ...environmentInputs(env)],
    async value() {
      let output: string;
      try {
        output = await runCommand(words, env);
      } catch (error) {
        if (error instanceof DexchangeError) throw error;
        const { message } = error as Error;
        throw new DexchangeError(names.commandError, `--${names.command}: ${origin} ${message}`, {
          hint: `${withoutShell}; run it by hand to see what it prints`,
        });
      }
      if (/^\$\{?\w+\}?\s*$/.test(output)) {
        throw new DexchangeError(
          names.valueError,
          `--${names.command}: ${origin} printed the name of a variable, not its value`,
          { hint: withoutShell },
        );
      }
      return oneLine(output, origin, names.command, names.valueError);
    },
  };
}

const withoutShell = `commands run without a shell and with stdin closed: write sh -c '...' for variables and pipes`;

/** A secret as files and commands give it: one line, whose end is not part of it. */
function oneLine(text: string, origin: string, name: SettingName, code: ErrorCode): Secret {
  const value = text.replace(/^\ufeff/, '').replace(/(?<![\r\n])[\r\n]+$/, '');
  if (value === '') {
    throw new DexchangeError(code, `--${name}: ${origin} gave nothing`);
  }
  if (/[\r\n]/.test(value)) {
    throw new DexchangeError(code, `--${name}: ${origin} gave more than one line`, {
      hint: 'it must hold the bare secret and nothing else',
    });
  }
  rejectPlaceholder(value, origin, true);
  return new Secret(value);
}

const ownSecretVariables: ReadonlySet<string> = new Set([
  'KUBERNETES_EXEC_INFO',
  ...rows.flatMap(([name, row]) =>
    row.secret === true
      ? [ownVariable(name), ...(row.borrowed ?? []).map((borrowed) => borrowed.variable)]
      : [],
  ),
]);

/** What a command sees: all but our own secrets and the client's message to us. */
function commandEnvironment(env: Environment): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ownSecretVariables.has(name)));
}

/** Variables that shells change from call to call, and that no command goes by. */
const restless: ReadonlySet<string> = new Set(['OLDPWD', 'SHLVL', '_']);

function environmentInputs(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(env)
    .filter((name) => !restless.has(name))
    .sort()
    .flatMap((name) => [name, env[name] ?? '']);
}

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
