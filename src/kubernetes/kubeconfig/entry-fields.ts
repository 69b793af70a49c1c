import { DexchangeError } from '../../errors.ts';
import { quoteId } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import {
  bytes,
  type Field,
  flag,
  items,
  member,
  members,
  object,
  placeOf,
  text,
} from './json-field.ts';

/** The fields of a cluster entry as written (clientcmd/api/v1, Cluster); empty where missing. */
export interface ClusterFields {
  readonly server: string;
  readonly tlsServerName: string;
  readonly insecureSkipTlsVerify: boolean;
  readonly certificateAuthority: string;
  readonly certificateAuthorityData: Buffer;
  readonly proxyUrl: string;
  readonly disableCompression: boolean;
  readonly execExtension: unknown;
}

/** The fields of a user entry as written (clientcmd/api/v1, AuthInfo); empty where missing. */
export interface UserFields {
  readonly clientCertificate: string;
  readonly clientCertificateData: Buffer;
  readonly clientKey: string;
  readonly clientKeyData: Buffer;
  readonly token: Secret | undefined;
  readonly tokenFile: string;
  readonly username: string;
  readonly password: Secret | undefined;
  readonly as: string;
  readonly asUid: string;
  readonly asGroups: readonly string[];
  readonly asUserExtra: Readonly<Record<string, readonly string[]>>;
  readonly hasAuthProvider: boolean;
  readonly exec: ExecFields | undefined;
}

/** The fields of an exec entry as written (clientcmd/api/v1, ExecConfig); empty where missing. */
export interface ExecFields {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly apiVersion: string;
  readonly installHint: string;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: string;
}

/** The fields of a context entry as written (clientcmd/api/v1, Context); empty where missing. */
export interface ContextFields {
  readonly cluster: string;
  readonly user: string;
  readonly namespace: string;
}

/**
 * Reads a cluster entry; every field that kubectl knows must have its type.
 * @throws DexchangeError kubeconfig_invalid
 */
export function readClusterFields(field: Field): ClusterFields {
  const cluster = object(field);
  const extensions = readExtensions(cluster);
  return {
    server: text(member(cluster, 'server')),
    tlsServerName: text(member(cluster, 'tls-server-name')),
    insecureSkipTlsVerify: flag(member(cluster, 'insecure-skip-tls-verify')),
    certificateAuthority: text(member(cluster, 'certificate-authority')),
    certificateAuthorityData: bytes(member(cluster, 'certificate-authority-data')),
    proxyUrl: text(member(cluster, 'proxy-url')),
    disableCompression: flag(member(cluster, 'disable-compression')),
    execExtension: extensions.get('client.authentication.k8s.io/exec') ?? undefined,
  };
}

/**
 * Reads a user entry; every field that kubectl knows must have its type.
 * @throws DexchangeError kubeconfig_invalid
 */
export function readUserFields(field: Field): UserFields {
  const user = object(field);
  readExtensions(user);
  const exec = member(user, 'exec');
  const extra = members(member(user, 'as-user-extra'));
  return {
    clientCertificate: text(member(user, 'client-certificate')),
    clientCertificateData: bytes(member(user, 'client-certificate-data')),
    clientKey: text(member(user, 'client-key')),
    clientKeyData: bytes(member(user, 'client-key-data')),
    token: secret(member(user, 'token')),
    tokenFile: text(member(user, 'tokenFile')),
    username: text(member(user, 'username')),
    password: secret(member(user, 'password')),
    as: text(member(user, 'as')),
    asUid: text(member(user, 'as-uid')),
    asGroups: items(member(user, 'as-groups')).map(text),
    asUserExtra: Object.fromEntries(extra.map(([name, values]) => [name, items(values).map(text)])),
    hasAuthProvider: readAuthProvider(member(user, 'auth-provider')),
    exec: isSet(exec) ? readExecFields(object(exec)) : undefined,
  };
}

/**
 * Reads a context entry; every field that kubectl knows must have its type.
 * @throws DexchangeError kubeconfig_invalid
 */
export function readContextFields(field: Field): ContextFields {
  const context = object(field);
  readExtensions(context);
  return {
    cluster: text(member(context, 'cluster')),
    user: text(member(context, 'user')),
    namespace: text(member(context, 'namespace')),
  };
}

/**
 * The extensions of an entry by name. As in client-go, a name is taken once it has a value.
 * @throws DexchangeError kubeconfig_invalid
 */
export function readExtensions(entry: Field): ReadonlyMap<string, unknown> {
  const extensions = new Map<string, unknown>();
  for (const item of items(member(entry, 'extensions')).map(object)) {
    const name = text(member(item, 'name'));
    if (isSet({ value: extensions.get(name) })) throw nameTwice(item, name);
    extensions.set(name, member(item, 'extension').value);
  }
  return extensions;
}

/**
 * A list of named items as a map. kubectl rejects a name twice (clientcmd/api/v1/conversion.go).
 * @throws DexchangeError kubeconfig_invalid
 */
export function uniqueByName<T>(
  list: readonly Field[],
  read: (item: Field) => T,
): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const item of list) {
    const name = text(member(item, 'name'));
    if (map.has(name)) throw nameTwice(item, name);
    map.set(name, read(item));
  }
  return map;
}

function nameTwice(item: Field, name: string): DexchangeError {
  return new DexchangeError(
    'kubeconfig_invalid',
    `${placeOf(item)} has the name ${quoteId(name, 80)}, which an earlier item has already`,
    { hint: 'remove one of the two: kubectl accepts a name only once' },
  );
}

/** Whether there is one. Only its types are checked, since dexchange supports none. */
function readAuthProvider(field: Field): boolean {
  for (const [, value] of members(member(object(field), 'config'))) text(value);
  text(member(field, 'name'));
  return isSet(field);
}

function readExecFields(exec: Field): ExecFields {
  return {
    command: text(member(exec, 'command')),
    args: items(member(exec, 'args')).map(text),
    env: items(member(exec, 'env')).map((item) => ({
      name: text(member(object(item), 'name')),
      value: text(member(item, 'value')),
    })),
    apiVersion: text(member(exec, 'apiVersion')),
    installHint: text(member(exec, 'installHint')),
    provideClusterInfo: flag(member(exec, 'provideClusterInfo')),
    interactiveMode: text(member(exec, 'interactiveMode')),
  };
}

/** Undefined if it is empty. */
function secret(field: Field): Secret | undefined {
  const value = text(field);
  return value === '' ? undefined : new Secret(value);
}

function isSet({ value }: { readonly value: unknown }): boolean {
  return value !== undefined && value !== null;
}
