import { DexchangeError } from '../../errors.ts';
import { quotePath } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import type { Cluster, KeySource, PemSource, User } from '../kubeconfig/context.ts';

/** How to connect to an API server; certificates as PEM. */
export interface Connection {
  readonly server: string;
  /** Where a user corrects the server; continues a sentence: `in --server`. */
  readonly inSetting: string;
  readonly tlsServerName: string | undefined;
  readonly certificateAuthorityPem: string | undefined;
  /** Trust only the given CA, if any, as kubectl does with the CA of a cluster entry. */
  readonly onlyGivenAuthorities: boolean;
  readonly insecureSkipTlsVerify: boolean;
  readonly proxyUrl: string | undefined;
  readonly clientCertificatePem: string | undefined;
  readonly clientKeyPem: Secret | undefined;
}

/**
 * Reads a file that a kubeconfig names.
 * @param field the field with the path, for errors: `tokenFile`
 * @throws DexchangeError kubeconfig_unreadable
 */
export type ReadKubeconfigFile = (field: string, path: string) => string;

/**
 * Binds reading the files that a kubeconfig names.
 * @param maxWaitMs how long a file may take: it can be a pipe
 */
export function kubeconfigFileReader(
  readTextFile: (path: string, maxWaitMs: number) => string,
  maxWaitMs: number,
): ReadKubeconfigFile {
  return (field, path) => {
    try {
      return readTextFile(path, maxWaitMs);
    } catch (error) {
      const { message, hint } = error as Error & { readonly hint?: string };
      throw new DexchangeError(
        'kubeconfig_unreadable',
        `${field} ${quotePath(path)} of the kubeconfig ${message}`,
        { hint: hint ?? `check ${field} in the kubeconfig, and its file` },
      );
    }
  };
}

/**
 * Builds the connection of a cluster entry; reads its certificates.
 * @param user the user with the client certificate; undefined for none
 * @param origin names the entry in errors: `context ci`
 * @throws DexchangeError kubeconfig_invalid, kubeconfig_unreadable
 */
export function connectionOf(
  cluster: Cluster,
  user: Pick<User, 'clientCertificate' | 'clientKey'> | undefined,
  origin: string,
  readFile: ReadKubeconfigFile,
): Connection {
  const certificate = user?.clientCertificate;
  const key = user?.clientKey;
  return {
    server: serverUrl(cluster.server, origin),
    inSetting: origin === '--server' ? `in ${origin}` : `in the server of ${origin}`,
    tlsServerName: cluster.tlsServerName,
    certificateAuthorityPem: readPem(
      'certificate-authority',
      cluster.certificateAuthority,
      readFile,
    ),
    onlyGivenAuthorities: true,
    insecureSkipTlsVerify: cluster.insecureSkipTlsVerify,
    proxyUrl: cluster.proxyUrl,
    clientCertificatePem: readPem('client-certificate', certificate, readFile),
    clientKeyPem: readKey(key, readFile),
  };
}

/**
 * Refuses a server without TLS: kubectl sends it no credential, so that it would take the caller for
 * system:anonymous.
 * @param origin what names the server: `context ci`, `--server`
 * @throws DexchangeError url_insecure
 */
export function requireHttps(server: string, origin: string): void {
  if (!/^http:/i.test(server)) return;
  throw new DexchangeError('url_insecure', `the server of ${origin} is not an https URL`, {
    hint: 'use the https URL of the API server: no credential is sent over http',
  });
}

function serverUrl(server: string, origin: string): string {
  if (!/^https?:\/\//i.test(server) || !URL.canParse(server)) {
    throw new DexchangeError(
      'kubeconfig_invalid',
      `the cluster of ${origin} has no server, or one that is not an http or https URL`,
      { hint: 'set server: https://HOST:PORT in the cluster entry' },
    );
  }
  return server.replace(/\/+$/, '');
}

/**
 * The text of a certificate that a kubeconfig holds or names as a file; undefined if there is none
 * or if the file is empty, which is the same for client-go.
 * @throws DexchangeError kubeconfig_unreadable
 */
export function readPem(
  field: string,
  source: PemSource | undefined,
  readFile: ReadKubeconfigFile,
): string | undefined {
  if (source === undefined) return undefined;
  return ('pem' in source ? source.pem : readFile(field, source.path)) || undefined;
}

function readKey(source: KeySource | undefined, readFile: ReadKubeconfigFile): Secret | undefined {
  if (source === undefined) return undefined;
  return 'pem' in source ? source.pem : new Secret(readFile('client-key', source.path));
}
