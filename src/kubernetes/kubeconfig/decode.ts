import { dirname, isAbsolute, join, sep } from 'node:path';
import { Secret } from '../../secret.ts';
import type { Cluster, ExecEntry, KeySource, PemSource, User } from './context.ts';
import {
  type ClusterFields,
  type ExecFields,
  readClusterFields,
  readUserFields,
  type UserFields,
} from './entry-fields.ts';

/** An entry as written: its name, its fields, and the file they are from. */
export interface WrittenEntry<Fields> {
  readonly name: string;
  readonly fields: Fields;
  /** Absolute; relative paths in the entry start at its folder. */
  readonly file: string;
}

/** An entry whose fields have not been checked. */
export type EntrySource = WrittenEntry<Readonly<Record<string, unknown>>>;

/**
 * A cluster from fields that are named as in a kubeconfig or in KUBERNETES_EXEC_INFO.
 * @throws DexchangeError kubeconfig_invalid for a field of another type than kubectl takes
 */
export function decodeCluster(source: EntrySource): Cluster {
  const { file, fields } = source;
  return clusterOf({ ...source, fields: readClusterFields({ file, path: '', value: fields }) });
}

/**
 * A user from fields that are named as in a kubeconfig.
 * @throws DexchangeError kubeconfig_invalid for a field of another type than kubectl takes
 */
export function decodeUser(source: EntrySource): User {
  const { file, fields } = source;
  return userOf({ ...source, fields: readUserFields({ file, path: '', value: fields }) });
}

/** A cluster entry with absolute paths. */
export function clusterOf({ name, file, fields }: WrittenEntry<ClusterFields>): Cluster {
  return {
    name,
    // As client-go (clientcmd/client_config.go), which drops a query and a fragment.
    server: fields.server.replace(/[?#].*$/s, ''),
    tlsServerName: nonEmpty(fields.tlsServerName),
    insecureSkipTlsVerify: fields.insecureSkipTlsVerify,
    certificateAuthority: pemOf(fields.certificateAuthorityData, fields.certificateAuthority, file),
    proxyUrl: nonEmpty(fields.proxyUrl),
    ...(fields.disableCompression ? { disableCompression: true } : {}),
    execExtension: fields.execExtension,
  };
}

/** A user entry with absolute paths. */
export function userOf({ name, file, fields }: WrittenEntry<UserFields>): User {
  const certificate = pemOf(fields.clientCertificateData, fields.clientCertificate, file);
  const key = pemOf(fields.clientKeyData, fields.clientKey, file);
  return {
    name,
    token: fields.token,
    tokenFile: pathOf(fields.tokenFile, file),
    username: nonEmpty(fields.username),
    password: fields.password,
    clientCertificate: certificate,
    // Client-go leaves a key without a certificate unused.
    clientKey: certificate === undefined ? undefined : keyOf(key),
    exec: fields.exec === undefined ? undefined : execOf(fields.exec, file),
    impersonate:
      fields.as === ''
        ? undefined
        : {
            user: fields.as,
            uid: nonEmpty(fields.asUid),
            groups: fields.asGroups,
            extra: fields.asUserExtra,
          },
  };
}

function execOf(fields: ExecFields, file: string): ExecEntry {
  const { command } = fields;
  return {
    // As client-go (clientcmd/loader.go): a bare name is looked up in PATH.
    command: command.includes(sep) ? (pathOf(command, file) ?? command) : command,
    args: fields.args,
    env: Object.fromEntries(fields.env.map(({ name, value }) => [name, value])),
    apiVersion: fields.apiVersion,
    installHint: nonEmpty(fields.installHint),
    provideClusterInfo: fields.provideClusterInfo,
    interactiveMode: nonEmpty(fields.interactiveMode),
  };
}

function pemOf(data: Buffer, path: string, file: string): PemSource | undefined {
  if (data.length > 0) return { pem: data.toString('utf8') };
  const absolute = pathOf(path, file);
  return absolute === undefined ? undefined : { path: absolute };
}

function keyOf(source: PemSource | undefined): KeySource | undefined {
  return source !== undefined && 'pem' in source ? { pem: new Secret(source.pem) } : source;
}

function pathOf(path: string, file: string): string | undefined {
  if (path === '') return undefined;
  return isAbsolute(path) ? path : join(dirname(file), path);
}

function nonEmpty(text: string): string | undefined {
  return text === '' ? undefined : text;
}
