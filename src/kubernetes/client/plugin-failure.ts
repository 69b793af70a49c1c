import { basename } from 'node:path';
import { DexchangeError, type ErrorCode, exitCodes } from '../../errors.ts';
import type { Environment } from '../../ports.ts';
import { quoteId, sanitize } from '../../sanitize.ts';
import type { ExecEntry, KubeconfigContext } from '../kubeconfig/context.ts';
import { isDexchangeEntry } from './dexchange-entry.ts';
import { type PluginStderr, readPluginStderr } from './plugin-stderr.ts';

/** The error of a command; `message` follows its name, as in `was not found`. */
export type CommandError = Error & { readonly stderr?: string; readonly exitCode?: number };

/** The plugin that failed. */
export interface FailedPlugin {
  readonly context: KubeconfigContext;
  readonly entry: ExecEntry;
  /** What to do if the plugin does not say it. */
  readonly hint: string;
  /** The environment of this process, whose secrets the plugin may have printed. */
  readonly jobEnv: Environment;
}

/** The sanitized name of a plugin. */
export function pluginName({ command }: ExecEntry): string {
  return quoteId(basename(command), 80);
}

/** A plugin and its user, for the beginning of a message. */
export function pluginOf({ user }: KubeconfigContext, entry: ExecEntry): string {
  return `plugin ${pluginName(entry)} of user ${quoteId(user.name, 80)}`;
}

/**
 * The error `kubeconfig_invalid` for a plugin that failed. If the plugin is dexchange, the cause is
 * its own error, see `pluginError`.
 */
export function pluginFailure(error: CommandError, plugin: FailedPlugin): DexchangeError {
  const { context, entry, jobEnv } = plugin;
  const printed = readPluginStderr(error.stderr ?? '', {
    args: entry.args,
    env: entry.env,
    jobEnv,
    proxyUrl: context.cluster.proxyUrl,
  });
  const said = printed.message === '' ? '' : `: ${printed.message}`;
  const message = `${pluginOf(context, entry)} ${error.message}${said}`;
  const hint = hintOf(error, printed, plugin);
  return new DexchangeError('kubeconfig_invalid', message, {
    hint,
    cause: ownError(error, printed, { message, hint, entry }),
  });
}

/** The error of dexchange itself, if an error says that a plugin failed that is dexchange. */
export function pluginError(thrown: unknown): DexchangeError | undefined {
  if (!(thrown instanceof DexchangeError) || thrown.code !== 'kubeconfig_invalid') return undefined;
  return thrown.cause instanceof DexchangeError ? thrown.cause : undefined;
}

function hintOf({ message }: Error, printed: PluginStderr, plugin: FailedPlugin): string {
  const { entry, hint } = plugin;
  if (message === 'was not found' && entry.installHint !== undefined) {
    return sanitize(entry.installHint, { maxChars: 500 });
  }
  // A plugin that is dexchange and runs a plugin itself ends with the same hint.
  if (printed.hint === '' || printed.hint.endsWith(hint)) return printed.hint || hint;
  return `${printed.hint}; ${hint}`;
}

/** The most general code for each exit code, for a version of dexchange that printed no code. */
const generalCodes: Readonly<Record<number, ErrorCode>> = {
  2: 'setting_invalid',
  3: 'identity_unavailable',
  4: 'dex_refused',
  5: 'server_unreachable',
  6: 'api_refused',
};

function ownError(
  { exitCode }: CommandError,
  printed: PluginStderr,
  failure: { readonly message: string; readonly hint: string; readonly entry: ExecEntry },
): DexchangeError | undefined {
  const { hint, entry } = failure;
  if (exitCode === undefined || printed.hint === '') return undefined;
  if (printed.code !== undefined && exitCodes[printed.code] === exitCode) {
    return new DexchangeError(printed.code, printed.message, { hint });
  }
  const code = isDexchangeEntry(entry) ? generalCodes[exitCode] : undefined;
  return code === undefined ? undefined : new DexchangeError(code, failure.message, { hint });
}
