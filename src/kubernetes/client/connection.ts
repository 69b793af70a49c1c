import { DexchangeError } from '../../errors.ts';
import { sanitize } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import type { Runtime } from '../../usecases/outside.ts';

/** A Kubernetes API server and how to trust it; no credential but a client certificate. */
export interface ApiTarget {
  readonly server: string;
  /** Where it was named, in words. */
  readonly from: string;
  readonly certificateAuthorityPem: string | undefined;
  /** Trust that alone, as kubectl does with the authority of a cluster entry. */
  readonly onlyGivenAuthorities: boolean;
  readonly insecureSkipTlsVerify: boolean;
  readonly proxyUrl: string | undefined;
  readonly clientCertificatePem: string | undefined;
  readonly clientKeyPem: Secret | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** How long a file may take, in milliseconds: it may be a pipe. */
const fileMs = 10_000;

/**
 * The API server that cluster fields name: of a kubeconfig, or of KUBERNETES_EXEC_INFO, whose names
 * are the same. Data wins over a file, as in client-go.
 * @param user fields of the user, for its client certificate
 * @throws DexchangeError kubeconfig_invalid, kubeconfig_unreadable
 */
export function apiTarget(
  cluster: Fields,
  user: Fields,
  from: string,
  runtime: Pick<Runtime, 'readTextFile'>,
): ApiTarget {
  const server = text(cluster, 'server');
  if (server === undefined || !URL.canParse(server)) {
    throw new DexchangeError('kubeconfig_invalid', `${from} has no server, or one that is no URL`);
  }
  const pem = (fields: Fields, name: string): string | undefined => {
    const data = text(fields, `${name}-data`);
    if (data !== undefined) return Buffer.from(data, 'base64').toString('latin1');
    const path = text(fields, name);
    return path === undefined ? undefined : readNamed(path, name, runtime);
  };
  const key = pem(user, 'client-key');
  return {
    server,
    from,
    certificateAuthorityPem: pem(cluster, 'certificate-authority'),
    onlyGivenAuthorities: true,
    insecureSkipTlsVerify: isTrue(cluster['insecure-skip-tls-verify']),
    proxyUrl: text(cluster, 'proxy-url'),
    clientCertificatePem: pem(user, 'client-certificate'),
    clientKeyPem: key === undefined ? undefined : new Secret(key),
  };
}

/**
 * The text of a file that a kubeconfig names.
 * @throws DexchangeError kubeconfig_unreadable
 */
export function readNamed(
  path: string,
  name: string,
  runtime: Pick<Runtime, 'readTextFile'>,
): string {
  try {
    return runtime.readTextFile(path, fileMs);
  } catch (error) {
    throw new DexchangeError(
      'kubeconfig_unreadable',
      `${name} ${sanitize(path)} of the kubeconfig ${(error as Error).message}`,
    );
  }
}

function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
