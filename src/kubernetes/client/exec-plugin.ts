import { basename } from 'node:path';
import { DexchangeError } from '../../errors.ts';
import { isRecord, parseJsonObject } from '../../json.ts';
import type { Environment } from '../../ports.ts';
import { sanitize } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import type { ExecEntry, KubeconfigContext } from '../kubeconfig/context.ts';
import { execInfoOf } from './exec-info.ts';

/** What a plugin answered. */
export interface PluginCredential {
  readonly token: Secret | undefined;
  readonly clientCertificatePem: string | undefined;
  readonly clientKeyPem: Secret | undefined;
  /** In milliseconds since the epoch; undefined if the plugin did not say. */
  readonly expirationMs: number | undefined;
}

/** What running a plugin needs of the world. */
export interface PluginPorts {
  readonly env: Environment;
  /**
   * Runs a command and gives its stdout.
   * @throws Error whose message reads well after the command's name; its `stderr`, if any, is the
   *   beginning of what the command printed there
   */
  runCommand(words: readonly string[], env: Environment): Promise<string>;
}

/** The name of a plugin, fit to be shown. */
export function pluginName({ command }: ExecEntry): string {
  return sanitize(basename(command), { maxChars: 80 });
}

/**
 * Runs the plugin of a context as client-go does (plugin/pkg/client/auth/exec).
 * @param authorityPem the CA of the cluster, for KUBERNETES_EXEC_INFO
 * @param hint what to do if the plugin fails
 * @throws DexchangeError kubeconfig_invalid
 */
export async function runPlugin(
  context: KubeconfigContext,
  entry: ExecEntry,
  authorityPem: string | undefined,
  hint: string,
  ports: PluginPorts,
): Promise<PluginCredential> {
  if (entry.interactiveMode === 'Always') {
    throw invalid(
      context,
      entry,
      'needs a terminal, which it does not get here',
      'write interactiveMode: IfAvailable into the exec entry, if the plugin works without one',
    );
  }
  const env = {
    ...ports.env,
    ...entry.env,
    KUBERNETES_EXEC_INFO: execInfoOf(context.cluster, entry, authorityPem),
  };
  let output: string;
  try {
    output = await ports.runCommand([entry.command, ...entry.args], env);
  } catch (error) {
    throw failed(error as Error & { stderr?: string }, context, entry, hint);
  }
  return readAnswer(output, context, entry);
}

function failed(
  error: Error & { stderr?: string },
  context: KubeconfigContext,
  entry: ExecEntry,
  hint: string,
): DexchangeError {
  const lines = (error.stderr ?? '').split('\n').filter((line) => line.trim() !== '');
  const message = sanitize((lines[0] ?? '').replace(/^dexchange: /, ''));
  const itsHint = sanitize(
    lines.find((line) => line.startsWith('hint: '))?.slice('hint: '.length) ?? '',
    { maxChars: 500 },
  );
  // A plugin that is dexchange and runs a plugin itself ends with the same hint.
  const hints = itsHint === '' || itsHint.endsWith(hint) ? [itsHint || hint] : [itsHint, hint];
  const notFound = error.message === 'was not found';
  return new DexchangeError(
    'kubeconfig_invalid',
    `plugin ${pluginName(entry)} of ${userOf(context)} ${error.message}${message === '' ? '' : `: ${message}`}`,
    {
      hint:
        notFound && entry.installHint !== undefined
          ? sanitize(entry.installHint, { maxChars: 500 })
          : hints.join('; '),
    },
  );
}

function readAnswer(
  output: string,
  context: KubeconfigContext,
  entry: ExecEntry,
): PluginCredential {
  const answer = parseJsonObject(output);
  const { apiVersion, status } = answer ?? {};
  if (answer !== undefined && apiVersion !== entry.apiVersion) {
    const answered = sanitize(String(apiVersion ?? 'none'), { maxChars: 60 });
    throw invalid(
      context,
      entry,
      `answered with apiVersion ${answered}, not ${entry.apiVersion}`,
      'set apiVersion in the exec entry of the kubeconfig to the version that the plugin answers in',
    );
  }
  const text = (name: string): string | undefined => {
    const value = isRecord(status) ? status[name] : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const token = text('token');
  const certificate = text('clientCertificateData');
  const key = text('clientKeyData');
  if (token === undefined && (certificate === undefined || key === undefined)) {
    throw invalid(
      context,
      entry,
      'printed no ExecCredential',
      'its stdout must be one JSON object with status.token or a client certificate and its key',
    );
  }
  const end = Date.parse(text('expirationTimestamp') ?? '');
  return {
    token: token === undefined ? undefined : new Secret(token),
    clientCertificatePem: certificate,
    clientKeyPem: key === undefined ? undefined : new Secret(key),
    expirationMs: Number.isNaN(end) ? undefined : end,
  };
}

function invalid(
  context: KubeconfigContext,
  entry: ExecEntry,
  what: string,
  hint: string,
): DexchangeError {
  return new DexchangeError(
    'kubeconfig_invalid',
    `plugin ${pluginName(entry)} of ${userOf(context)} ${what}`,
    { hint },
  );
}

function userOf({ user }: KubeconfigContext): string {
  return `user ${sanitize(user.name, { maxChars: 80 })}`;
}
