import { X509Certificate } from 'node:crypto';
import { DexchangeError } from '../../errors.ts';
import { decodeJwt, numericDate } from '../../jwt.ts';
import { sanitize } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import type { KubeconfigContext, User } from '../kubeconfig/context.ts';
import type { Connection, ReadKubeconfigFile } from './connection.ts';
import { type PluginPorts, pluginName, runPlugin } from './exec-plugin.ts';

/** How a context proves who its user is. */
export interface ContextCredential {
  readonly kind: 'plugin' | 'token' | 'token file' | 'password' | 'client certificate' | 'none';
  /** In words, such as `plugin dexchange`. */
  readonly origin: string;
  /** The value of the Authorization header; undefined where a client certificate is sent. */
  readonly authorization: Secret | undefined;
  /** When it expires, in milliseconds since the epoch, if that is known. */
  readonly expiresMs: number | undefined;
  /** True if the plugin is this program. */
  readonly isDexchange: boolean;
}

/** A credential, and the connection with the client certificate that it uses. */
export interface ConnectedCredential {
  readonly credential: ContextCredential;
  readonly connection: Connection;
}

/**
 * The credential of a context in client-go's order: a token file wins over a token if it can be
 * read, these and a password over a plugin; a client certificate is sent with any of them, and a
 * plugin is not run then.
 * @throws DexchangeError kubeconfig_invalid, kubeconfig_unreadable
 */
export async function contextCredential(
  context: KubeconfigContext,
  connection: Connection,
  readFile: ReadKubeconfigFile,
  ports: PluginPorts,
): Promise<ConnectedCredential> {
  const { user } = context;
  const written = writtenCredential(user, readFile);
  if (written !== undefined) return { credential: written, connection };
  const { clientCertificatePem } = connection;
  if (user.exec !== undefined && clientCertificatePem === undefined) {
    return pluginCredential(context, connection, ports);
  }
  const none = clientCertificatePem === undefined;
  return {
    connection,
    credential: {
      kind: none ? 'none' : 'client certificate',
      origin: none ? 'no credential' : 'client certificate of the kubeconfig',
      authorization: undefined,
      expiresMs: none ? undefined : endOfCertificate(clientCertificatePem),
      isDexchange: false,
    },
  };
}

/** A credential that the user entry holds, or a file that it names. */
function writtenCredential(
  user: User,
  readFile: ReadKubeconfigFile,
): ContextCredential | undefined {
  const { token, tokenFile, username, password } = user;
  if (tokenFile !== undefined) {
    const fromFile = tokenFromFile(tokenFile, user, readFile);
    if (fromFile !== undefined) return fromFile;
  }
  if (token !== undefined) {
    return bearer('token', 'token of the kubeconfig', token.reveal(), user);
  }
  if (username === undefined) return undefined;
  const pair = `${username}:${password?.reveal() ?? ''}`;
  return {
    kind: 'password',
    origin: `password of ${sanitize(username, { maxChars: 80 })}`,
    authorization: new Secret(`Basic ${Buffer.from(pair).toString('base64')}`),
    expiresMs: undefined,
    isDexchange: false,
  };
}

/** Undefined if the file has no token, but the user entry has one. */
function tokenFromFile(
  path: string,
  user: User,
  readFile: ReadKubeconfigFile,
): ContextCredential | undefined {
  try {
    const text = readFile('tokenFile', path).trim();
    if (text !== '') return bearer('token file', `file ${sanitize(path)}`, text, user);
  } catch (error) {
    if (user.token === undefined) throw error;
  }
  if (user.token !== undefined) return undefined;
  throw new DexchangeError(
    'kubeconfig_invalid',
    `tokenFile ${sanitize(path)} of user ${shownUser(user)} is empty`,
    { hint: 'check whether the step that writes the token has run' },
  );
}

function bearer(
  kind: 'token' | 'token file',
  origin: string,
  token: string,
  user: User,
): ContextCredential {
  if (/[\r\n]/.test(token)) {
    throw new DexchangeError(
      'kubeconfig_invalid',
      `the ${kind} of user ${shownUser(user)} holds a line break`,
      { hint: `it must hold the bare token: check ${origin}` },
    );
  }
  return {
    kind,
    origin,
    authorization: new Secret(`Bearer ${token}`),
    expiresMs: endOfToken(token),
    isDexchange: false,
  };
}

async function pluginCredential(
  context: KubeconfigContext,
  connection: Connection,
  ports: PluginPorts,
): Promise<ConnectedCredential> {
  const { exec } = context.user;
  if (exec === undefined) throw new Error('no exec entry');
  const isDexchange = exec.args.includes('get-token') && /^dexchange/.test(pluginName(exec));
  const hint = isDexchange ? explainHint(context) : 'run it by hand, as the kubeconfig has it';
  const authority = connection.certificateAuthorityPem;
  const answer = await runPlugin(context, exec, authority, hint, ports);
  const { token, clientCertificatePem, clientKeyPem } = answer;
  return {
    connection:
      clientCertificatePem === undefined
        ? connection
        : { ...connection, clientCertificatePem, clientKeyPem },
    credential: {
      kind: 'plugin',
      origin: `plugin ${pluginName(exec)}`,
      authorization: token === undefined ? undefined : new Secret(`Bearer ${token.reveal()}`),
      expiresMs: answer.expirationMs ?? (token && endOfToken(token.reveal())),
      isDexchange,
    },
  };
}

/** How to find out more about a context whose plugin is this program. */
export function explainHint({ name }: KubeconfigContext): string {
  return `run: dexchange get-token --explain --context ${sanitize(name, { maxChars: 80 })}`;
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

function shownUser({ name }: User): string {
  return sanitize(name, { maxChars: 80 });
}
