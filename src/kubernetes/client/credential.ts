import { X509Certificate } from 'node:crypto';
import { basename } from 'node:path';
import { DexchangeError } from '../../errors.ts';
import { decodeJwt, numericDate } from '../../jwt.ts';
import { sanitize } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import type { Runtime } from '../../usecases/outside.ts';
import { type ExecEntry, execEntry, execInfoOf } from '../kubeconfig/exec-entry.ts';
import type { KubeconfigContext } from '../kubeconfig/read.ts';
import type { Authorization } from '../self-review.ts';
import { readNamed } from './connection.ts';

/** How a context proves who its user is. */
export interface ContextCredential {
  readonly kind: 'plugin' | 'token' | 'token file' | 'password' | 'client certificate' | 'none';
  /** In words, such as `plugin dexchange`. */
  readonly origin: string;
  readonly authorization: Authorization;
  /** A plugin's own; those of the kubeconfig belong to the target. */
  readonly clientCertificatePem?: string;
  readonly clientKeyPem?: Secret;
  /** When it ends, in milliseconds since the epoch, if that is known. */
  readonly endsMs: number | undefined;
  /** Whether the plugin is this program. */
  readonly isOurs: boolean;
}

/** What reading a credential needs of the outside. */
export type CredentialOutside = Pick<Runtime, 'env' | 'readTextFile' | 'debug'> & {
  /** @throws Error whose message is fit to stand behind the command's name */
  runCommand(words: readonly string[], env: Runtime['env'], timeoutMs: number): Promise<string>;
};

/**
 * The credential of a context, whatever kind its user entry has, in client-go's order: a plugin is
 * run, a token file read.
 * @param certificatePem the client certificate of the kubeconfig, if it has one
 * @throws DexchangeError kubeconfig_invalid, kubeconfig_unreadable
 */
export async function contextCredential(
  context: KubeconfigContext,
  certificatePem: string | undefined,
  timeoutMs: number,
  runtime: CredentialOutside,
): Promise<ContextCredential> {
  const { fields } = context.user;
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const tokenFile = text('tokenFile');
  const token = text('token');
  const username = text('username');
  const bearer = (
    kind: 'token' | 'token file',
    origin: string,
    raw: string,
  ): ContextCredential => ({
    kind,
    origin,
    authorization: new Secret(`Bearer ${raw.trim()}`),
    endsMs: endOfToken(raw.trim()),
    isOurs: false,
  });
  if (tokenFile !== undefined) {
    const read = readNamed(tokenFile, 'tokenFile', runtime);
    return bearer('token file', `file ${sanitize(tokenFile)}`, read);
  }
  if (token !== undefined) return bearer('token', 'token of the kubeconfig', token);
  if (username !== undefined) {
    const pair = Buffer.from(`${username}:${text('password') ?? ''}`).toString('base64');
    return {
      kind: 'password',
      origin: `password of ${sanitize(username, { maxChars: 80 })}`,
      authorization: new Secret(`Basic ${pair}`),
      endsMs: undefined,
      isOurs: false,
    };
  }
  const entry = execEntry(context);
  if (entry !== undefined) return pluginCredential(entry, context, timeoutMs, runtime);
  if (fields['auth-provider'] !== undefined) {
    throw new DexchangeError(
      'kubeconfig_invalid',
      `user ${shownUser(context)} has an auth-provider, which Kubernetes 1.26 took out`,
      { hint: 'use an exec plugin instead' },
    );
  }
  return {
    kind: certificatePem === undefined ? 'none' : 'client certificate',
    origin: certificatePem === undefined ? 'no credential' : 'client certificate of the kubeconfig',
    authorization: undefined,
    endsMs: certificatePem === undefined ? undefined : endOfCertificate(certificatePem),
    isOurs: false,
  };
}

async function pluginCredential(
  entry: ExecEntry,
  context: KubeconfigContext,
  timeoutMs: number,
  runtime: CredentialOutside,
): Promise<ContextCredential> {
  const program = sanitize(basename(entry.command), { maxChars: 80 });
  const isOurs = entry.args.includes('get-token') && /^dexchange/.test(program);
  const env = {
    ...runtime.env,
    ...entry.env,
    KUBERNETES_EXEC_INFO: execInfoOf(context, entry),
  };
  let output: string;
  try {
    output = await runtime.runCommand([entry.command, ...entry.args], env, timeoutMs);
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string };
    const [line = ''] = stderr.split('\n');
    const said = line === '' ? '' : `: ${sanitize(line.replace(/^dexchange: /, ''))}`;
    throw new DexchangeError(
      'kubeconfig_invalid',
      `plugin ${program} of user ${shownUser(context)} ${message}${said}`,
      { hint: isOurs ? explainHint(context) : 'run it by hand, as the kubeconfig has it' },
    );
  }
  const status = statusOf(output);
  const text = (name: string): string | undefined => {
    const value = status[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const token = text('token');
  const certificate = text('clientCertificateData');
  const key = text('clientKeyData');
  const end = Date.parse(text('expirationTimestamp') ?? '');
  if (token === undefined && certificate === undefined) {
    throw new DexchangeError(
      'kubeconfig_invalid',
      `plugin ${program} of user ${shownUser(context)} printed no ExecCredential`,
      { hint: 'its stdout must be one JSON object with status.token or a client certificate' },
    );
  }
  return {
    kind: 'plugin',
    origin: `plugin ${program}`,
    authorization: token === undefined ? undefined : new Secret(`Bearer ${token}`),
    ...(certificate === undefined ? {} : { clientCertificatePem: certificate }),
    ...(key === undefined ? {} : { clientKeyPem: new Secret(key) }),
    endsMs: Number.isNaN(end) ? endOfToken(token ?? '') : end,
    isOurs,
  };
}

/** How to find out more about a context whose plugin is this program. */
export function explainHint({ name }: KubeconfigContext): string {
  return `dexchange get-token --explain --context ${sanitize(name, { maxChars: 80 })} says why`;
}

function statusOf(output: string): Record<string, unknown> {
  try {
    const { status } = JSON.parse(output) as { status?: unknown };
    return typeof status === 'object' && status !== null ? (status as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function endOfToken(token: string): number | undefined {
  const jwt = decodeJwt(token);
  const seconds = jwt === undefined ? undefined : numericDate(jwt.claims, 'exp');
  return seconds === undefined ? undefined : seconds * 1000;
}

function endOfCertificate(pem: string): number | undefined {
  try {
    return new X509Certificate(pem).validToDate.getTime();
  } catch {
    return undefined;
  }
}

function shownUser({ user }: KubeconfigContext): string {
  return sanitize(user.name, { maxChars: 80 });
}
