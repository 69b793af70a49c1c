import { isAbsolute } from 'node:path';
import { missingSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import { ownVariables } from '../config/setting.ts';
import { settings as rows, type SettingName } from '../config/table.ts';
import { DexchangeError, type ErrorCode } from '../errors.ts';
import { oddityOf } from '../odd-secret.ts';
import { rejectPlaceholder } from '../placeholders.ts';
import type { Environment, Network, Runtime } from '../ports.ts';
import { quoteInput, quotePath } from '../sanitize.ts';
import { type DeferredSecret, readySecret, Secret } from '../secret.ts';

/** The settings that can contain one secret: as a value, a file or a command. */
export interface SecretNames {
  readonly value: 'client-secret' | 'idp-client-secret' | 'subject-token' | 'password';
  readonly file: `${SecretNames['value']}-file`;
  readonly command: `${SecretNames['value']}-command`;
  /** Error codes: those of an identity token differ from those of other secrets. */
  readonly fileError: ErrorCode;
  readonly commandError: ErrorCode;
  readonly valueError: ErrorCode;
}

/** The secret of the Dex client. */
export const clientSecretNames: SecretNames = {
  value: 'client-secret',
  file: 'client-secret-file',
  command: 'client-secret-command',
  fileError: 'setting_file_unreadable',
  commandError: 'setting_command_failed',
  valueError: 'setting_invalid',
};

/** The secret of the client at the IdP. */
export const idpClientSecretNames: SecretNames = {
  value: 'idp-client-secret',
  file: 'idp-client-secret-file',
  command: 'idp-client-secret-command',
  fileError: 'setting_file_unreadable',
  commandError: 'setting_command_failed',
  valueError: 'setting_invalid',
};

/** The identity token. */
export const subjectTokenNames: SecretNames = {
  value: 'subject-token',
  file: 'subject-token-file',
  command: 'subject-token-command',
  fileError: 'subject_token_file_unreadable',
  commandError: 'subject_token_command_failed',
  valueError: 'subject_token_invalid',
};

/** The password for Basic Auth. */
export const passwordNames: SecretNames = {
  value: 'password',
  file: 'password-file',
  command: 'password-command',
  fileError: 'setting_file_unreadable',
  commandError: 'setting_command_failed',
  valueError: 'setting_invalid',
};

/** The secrets in the settings of a call. */
export interface Secrets {
  /** Whether a secret is set: as a value, a file or a command. */
  isSet(names: SecretNames): boolean;
  /**
   * Returns the secret. A file is read immediately, because its content is part of the cache key; a
   * command runs when `value()` is called.
   * @throws DexchangeError setting_missing, fileError, valueError; `value()` throws commandError and
   *   valueError
   */
  get(names: SecretNames): DeferredSecret;
}

/** What reading secrets needs from the runtime. */
export interface SecretPorts extends Pick<Runtime, 'env' | 'cwd'> {
  readonly readFile: ReadSettingFile;
  readonly runCommand: Network['runCommand'];
}

/** The settings that set a secret: as a value, a file or a command. */
export function settingsOfSecret({ value, file, command }: SecretNames): readonly SettingName[] {
  return [value, file, command];
}

/** Whether a secret is set in any of these ways. */
export function isSecretSet(names: SecretNames, settings: Settings): boolean {
  return settingsOfSecret(names).some((name) => settings.value(name) !== undefined);
}

/** Binds reading the secrets of a call to its settings. */
export function secretsOf(settings: Settings, ports: SecretPorts): Secrets {
  return {
    isSet: (names) => isSecretSet(names, settings),
    get: (names) => getSecret(names, settings, ports),
  };
}

function getSecret(names: SecretNames, settings: Settings, ports: SecretPorts): DeferredSecret {
  const value = settings.value(names.value);
  if (value !== undefined) {
    const origin = settings.found(names.value)?.origin.name ?? names.value;
    // A token is checked as a token, wherever it comes from.
    if (names !== subjectTokenNames) rejectOdd(value.reveal(), origin, names.valueError);
    return readySecret(origin, value);
  }
  const text = ports.readFile(names.file, names.fileError);
  if (text !== undefined) {
    const origin = `file ${quotePath(settings.value(names.file) ?? '', true)}`;
    return readySecret(origin, oneLine(text, origin, names.file, names.valueError));
  }
  const command = settings.value(names.command);
  if (command !== undefined) return commandSecret(command, names, ports);
  throw missingSetting([names.file]);
}

function commandSecret(
  command: readonly string[],
  names: SecretNames,
  { env: callEnv, cwd, runCommand }: SecretPorts,
): DeferredSecret {
  const env = commandEnvironment(callEnv);
  // Messages contain only the name of the program, because arguments can contain secrets.
  const origin = `command ${quoteInput(command[0] ?? '', 80)}`;
  return {
    origin,
    keyInputs: ['command', String(command.length), ...command, cwd(), ...environmentInputs(env)],
    isReady: false,
    async value() {
      let output: string;
      try {
        output = await runCommand(command, env);
      } catch (error) {
        if (error instanceof DexchangeError) throw error;
        const { message, hint } = error as Error & { readonly hint?: string };
        throw new DexchangeError(names.commandError, `--${names.command}: ${origin} ${message}`, {
          hint: hint ?? `run it by hand to see its output; ${withoutShell}`,
        });
      }
      if (/^\$\{?\w+\}?\s*$/.test(output)) {
        throw new DexchangeError(
          names.valueError,
          `--${names.command}: ${origin} printed a variable reference, not its value`,
          { hint: withoutShell },
        );
      }
      return oneLine(output, origin, names.command, names.valueError);
    },
  };
}

const withoutShell = `use sh -c '...' for variables and pipes: commands run without a shell and without stdin`;

/**
 * Validates the text of a file or command as a one-line secret, without its line break. Quotes around
 * it are legal only in a password, which people choose.
 */
function oneLine(text: string, origin: string, name: SettingName, code: ErrorCode): Secret {
  const value = text.replace(/^\ufeff/, '').replace(/(?<![\r\n])[\r\n]+$/, '');
  if (value === '') {
    throw new DexchangeError(code, `--${name}: ${origin} is empty`, {
      hint: 'check whether the step that provides the secret has run',
    });
  }
  rejectOdd(value, `--${name}: ${origin}`, code);
  if (/^(["']).*\1$/.test(value) && !name.startsWith('password')) {
    throw new DexchangeError(code, `--${name}: ${origin} is in quotes`, {
      hint: 'remove the quotes',
    });
  }
  if (/[\r\n]/.test(value)) {
    throw new DexchangeError(code, `--${name}: ${origin} contains more than one line`, {
      hint: 'provide the bare secret and nothing else',
    });
  }
  rejectPlaceholder(value, origin, name.startsWith('subject-token') ? 'identity-token' : true);
  return new Secret(value);
}

function rejectOdd(value: string, named: string, code: ErrorCode): void {
  const odd = oddityOf(value);
  if (odd !== undefined) throw new DexchangeError(code, `${named} ${odd.what}`, { hint: odd.hint });
}

function ownSecretVariables(): ReadonlySet<string> {
  const variables = rows.flatMap(([name, row]) =>
    row.secret === true
      ? [...ownVariables(name, row), ...(row.borrowed ?? []).map((borrowed) => borrowed.variable)]
      : [],
  );
  return new Set(['KUBERNETES_EXEC_INFO', ...variables]);
}

/** The environment of a command: without the secrets of dexchange and KUBERNETES_EXEC_INFO. */
function commandEnvironment(env: Environment): Readonly<Record<string, string | undefined>> {
  const hidden = ownSecretVariables();
  return Object.fromEntries(Object.entries(env).filter(([name]) => !hidden.has(name)));
}

/**
 * Variables that shells change in every call, and that do not affect the result of a command. Those
 * of nested calls (`_DEXCHANGE_…`) are of that kind too.
 */
const changingVariables: ReadonlySet<string> = new Set(['OLDPWD', 'SHLVL', '_']);

function environmentInputs(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.keys(env)
    .filter((name) => !changingVariables.has(name) && !name.startsWith('_DEXCHANGE_'))
    .sort()
    .flatMap((name) => [name, env[name] ?? '']);
}

/** The settings whose value is the path of a file to read. */
export type FileSetting =
  | 'dex-certificate-authority'
  | 'dex-client-certificate'
  | 'dex-client-key'
  | 'client-secret-file'
  | 'idp-client-secret-file'
  | 'idp-private-key-file'
  | 'password-file'
  | 'server-certificate-authority'
  | 'subject-token-file'
  | 'token-file';

/**
 * Reads the file of a setting; returns undefined if the setting is not set.
 * @param code the code of the error; default setting_file_unreadable
 * @throws DexchangeError `code`, with the names of the setting and the file
 */
export type ReadSettingFile = (name: FileSetting, code?: ErrorCode) => string | undefined;

function holdsSecret(name: FileSetting): boolean {
  return !name.includes('certificate');
}

/**
 * Binds reading files to the settings of a call. Each file is read once: a certificate is needed for
 * the cache key and for TLS, and a pipe such as the shell's `<(command)` can only be read once.
 */
export function settingFileReader(
  settings: Settings,
  { cwd, readTextFile }: Pick<Runtime, 'cwd' | 'readTextFile'>,
): ReadSettingFile {
  const texts = new Map<FileSetting, string>();
  return (name, code = 'setting_file_unreadable') => {
    const path = settings.value(name);
    if (path === undefined) return undefined;
    try {
      const text = texts.get(name) ?? readTextFile(path, settings.value('timeout'));
      texts.set(name, text);
      return text;
    } catch (error) {
      const { message, hint } = error as Error & { readonly hint?: string };
      const missing = isAbsolute(path)
        ? 'check whether the step that writes the file has run, and as which user'
        : `use an absolute path: a relative one starts at the working folder of the client, here ${quoteInput(cwd())}`;
      throw new DexchangeError(code, `--${name} ${quotePath(path, holdsSecret(name))} ${message}`, {
        hint: hint ?? missing,
      });
    }
  };
}
