import { X509Certificate } from 'node:crypto';
import { DexchangeError } from '../../errors.ts';
import { decodeJwt, numericDate } from '../../jwt.ts';
import { quoteId, quotePath } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import type { KubeconfigContext, User } from '../kubeconfig/context.ts';
import { contextFlags } from '../kubeconfig/context-flags.ts';
import type { Connection, ReadKubeconfigFile } from './connection.ts';
import { isDexchangeEntry, usesServiceAccountMethod } from './dexchange-entry.ts';
import { type PluginPorts, runPlugin } from './exec-plugin.ts';
import { pluginName } from './plugin-failure.ts';

/** The credential of a context. */
export interface ContextCredential {
  readonly kind: 'plugin' | 'token' | 'token file' | 'password' | 'client certificate' | 'none';
  /** A description for messages: `plugin dexchange`. */
  readonly origin: string;
  /** The value of the Authorization header; undefined for a client certificate or no credential. */
  readonly authorization: Secret | undefined;
  /** The expiry in milliseconds since the epoch, if known. */
  readonly expiresMs: number | undefined;
  /** Whether the plugin is dexchange. */
  readonly isDexchange: boolean;
}

/** A credential, and the connection with its client certificate. */
export interface ConnectedCredential {
  readonly credential: ContextCredential;
  readonly connection: Connection;
}

/**
 * Gets the credential of a context with the precedence of client-go: a readable token file, then a
 * token, a password and an exec plugin. A client certificate is sent in addition to the first three;
 * with a client certificate, the plugin does not run.
 * @throws DexchangeError kubeconfig_invalid (see `pluginError`), kubeconfig_unreadable
 */
export async function contextCredential(
  context: KubeconfigContext,
  connection: Connection,
  readFile: ReadKubeconfigFile,
  ports: PluginPorts,
): Promise<ConnectedCredential> {
  const { user } = context;
  const stored = storedCredential(user, readFile);
  if (stored !== undefined) return { credential: stored, connection };
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
      expiresMs: none ? undefined : expiryOfCertificate(clientCertificatePem),
      isDexchange: false,
    },
  };
}

/** The credential in the user entry or in its token file. */
function storedCredential(user: User, readFile: ReadKubeconfigFile): ContextCredential | undefined {
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
    origin: `password of ${quoteId(username, 80)}`,
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
  let text: string | undefined;
  try {
    text = readFile('tokenFile', path).trim();
  } catch (error) {
    if (user.token === undefined) throw error;
  }
  if (text) return bearer('token file', `file ${quotePath(path)}`, text, user);
  if (user.token !== undefined) return undefined;
  throw new DexchangeError(
    'kubeconfig_invalid',
    `tokenFile ${quotePath(path)} of user ${userName(user)} is empty`,
    { hint: 'check whether the step that writes the token has run' },
  );
}

function bearer(
  kind: 'token' | 'token file',
  origin: string,
  token: string,
  user: User,
): ContextCredential {
  // What Go does not send in a header (httpguts.ValidHeaderFieldValue).
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it does not send
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(token)) {
    throw new DexchangeError(
      'kubeconfig_invalid',
      `the ${kind} of user ${userName(user)} contains a line break or another control character`,
      { hint: `provide the bare token: check ${origin}` },
    );
  }
  return {
    kind,
    origin,
    authorization: new Secret(`Bearer ${token}`),
    expiresMs: expiryOfToken(token),
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
  const isDexchange = isDexchangeEntry(exec);
  const hint = isDexchange
    ? explainHint(context)
    : 'run it by hand with the args and env of the kubeconfig';
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
      expiresMs: answer.expirationMs ?? (token && expiryOfToken(token.reveal())),
      isDexchange,
    },
  };
}

/** A hint for a context whose plugin is dexchange. */
export function explainHint(context: KubeconfigContext): string {
  const { exec } = context.user;
  // --explain does not report tokens of ServiceAccounts.
  return exec !== undefined && usesServiceAccountMethod(exec)
    ? `run \`dexchange get-token -v ${contextFlags(context)} | dexchange decode\``
    : `run \`dexchange get-token --explain ${contextFlags(context)}\``;
}

function expiryOfToken(token: string): number | undefined {
  const jwt = decodeJwt(token);
  const seconds = jwt === undefined ? undefined : numericDate(jwt.claims, 'exp');
  return seconds === undefined ? undefined : seconds * 1000;
}

function expiryOfCertificate(pem: string): number | undefined {
  try {
    return new X509Certificate(pem).validToDate.getTime();
  } catch {
    return undefined;
  }
}

function userName({ name }: User): string {
  return quoteId(name, 80);
}
