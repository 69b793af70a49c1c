import { dirname, isAbsolute, join } from 'node:path';
import { DexchangeError } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import { sanitize } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import type { Cluster, ExecEntry, KeySource, PemSource, User } from './context.ts';

/** The fields of an entry, read from a file. */
export interface EntrySource {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Absolute; relative paths in the entry start at its folder. */
  readonly file: string;
}

/**
 * A cluster entry (client-go, clientcmd/api/v1 Cluster).
 * @throws DexchangeError kubeconfig_invalid for a field of another type than kubectl takes
 */
export function decodeCluster(source: EntrySource): Cluster {
  const read = reader(source, 'cluster');
  return {
    name: source.name,
    server: read.text('server') ?? '',
    tlsServerName: read.text('tls-server-name'),
    insecureSkipTlsVerify: read.flag('insecure-skip-tls-verify'),
    certificateAuthority: read.pem('certificate-authority'),
    proxyUrl: read.text('proxy-url'),
    execExtension: read
      .list('extensions')
      .filter(isRecord)
      .find(({ name }) => name === 'client.authentication.k8s.io/exec')?.['extension'],
  };
}

/**
 * A user entry (client-go, clientcmd/api/v1 AuthInfo).
 * @throws DexchangeError kubeconfig_invalid for a field of another type than kubectl takes
 */
export function decodeUser(source: EntrySource): User {
  const read = reader(source, 'user');
  const key = read.pem('client-key');
  const authProvider = source.fields['auth-provider'];
  const exec = source.fields['exec'];
  const as = read.text('as');
  const secret = (field: string): Secret | undefined => {
    const value = read.text(field);
    return value === undefined ? undefined : new Secret(value);
  };
  return {
    name: source.name,
    token: secret('token'),
    tokenFile: read.path('tokenFile'),
    username: read.text('username'),
    password: secret('password'),
    clientCertificate: read.pem('client-certificate'),
    clientKey: key === undefined ? undefined : keySource(key),
    exec: isRecord(exec) ? decodeExec({ ...source, fields: exec }) : undefined,
    authProvider: isRecord(authProvider) ? String(authProvider['name'] ?? '') : undefined,
    impersonate:
      as === undefined
        ? undefined
        : {
            user: as,
            uid: read.text('as-uid'),
            groups: read.texts('as-groups'),
            extra: read.textLists('as-user-extra'),
          },
  };
}

function keySource(source: PemSource): KeySource {
  return 'pem' in source ? { pem: new Secret(source.pem) } : source;
}

function decodeExec(source: EntrySource): ExecEntry {
  const read = reader(source, 'exec entry of user');
  const command = read.text('command') ?? '';
  return {
    // As client-go: a command with a slash is a path, relative to the kubeconfig's folder.
    command: /[/\\]/.test(command) ? absolute(command, source.file) : command,
    args: read.texts('args'),
    env: Object.fromEntries(
      read
        .list('env')
        .filter(isRecord)
        .map((item) => {
          const variable = reader({ ...source, fields: item }, 'exec entry of user');
          return [variable.text('name') ?? '', variable.text('value') ?? ''] as const;
        }),
    ),
    apiVersion: read.text('apiVersion') ?? 'client.authentication.k8s.io/v1',
    installHint: read.text('installHint'),
    provideClusterInfo: read.flag('provideClusterInfo'),
    interactiveMode: read.text('interactiveMode'),
  };
}

function absolute(path: string, file: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

interface FieldReader {
  /** Undefined if it is missing, null or empty. */
  text(field: string): string | undefined;
  flag(field: string): boolean;
  list(field: string): readonly unknown[];
  texts(field: string): readonly string[];
  textLists(field: string): Readonly<Record<string, readonly string[]>>;
  /** Absolute. */
  path(field: string): string | undefined;
  /** `FIELD-data`, which wins, or the path in `FIELD`. */
  pem(field: string): PemSource | undefined;
}

/** Reads fields by type: kubectl refuses a value of another type, so it is an error here. */
function reader({ name, fields, file }: EntrySource, kind: string): FieldReader {
  const wrong = (field: string, expected: string): DexchangeError =>
    new DexchangeError(
      'kubeconfig_invalid',
      `${file}: ${field} of ${kind} ${sanitize(name, { maxChars: 80 })} is not ${expected}`,
      { hint: `quote the value if it is meant as text: ${field}: "…"` },
    );
  const text = (field: string): string | undefined => {
    const value = fields[field];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw wrong(field, 'text');
    return value;
  };
  const list = (field: string): readonly unknown[] => {
    const value = fields[field];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw wrong(field, 'a list');
    return value;
  };
  const textsOf = (field: string, items: readonly unknown[]): readonly string[] =>
    items.map((item) => {
      if (item === null) return '';
      if (typeof item !== 'string') throw wrong(field, 'a list of texts');
      return item;
    });
  const path = (field: string): string | undefined => {
    const value = text(field);
    return value === undefined ? undefined : absolute(value, file);
  };
  return {
    text,
    list,
    path,
    flag(field) {
      const value = fields[field];
      if (value === undefined || value === null) return false;
      if (typeof value !== 'boolean') throw wrong(field, 'true or false');
      return value;
    },
    texts: (field) => textsOf(field, list(field)),
    textLists(field) {
      const value = fields[field];
      if (value === undefined || value === null) return {};
      if (!isRecord(value)) throw wrong(field, 'a mapping');
      return Object.fromEntries(
        Object.entries(value).map(([key, items]) => {
          if (!Array.isArray(items)) throw wrong(field, 'a mapping of lists');
          return [key, textsOf(field, items)];
        }),
      );
    },
    pem(field) {
      const data = text(`${field}-data`);
      if (data !== undefined) return { pem: Buffer.from(data, 'base64').toString('latin1') };
      const file = path(field);
      return file === undefined ? undefined : { path: file };
    },
  };
}
