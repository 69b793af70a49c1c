import { DexchangeError } from '../../errors.ts';
import { quoteId, quotePath } from '../../sanitize.ts';
import type { WrittenEntry } from './decode.ts';
import type { ClusterFields, ExecFields, UserFields } from './entry-fields.ts';

/**
 * Rejects a cluster entry that kubectl rejects (clientcmd/validation.go, validateClusterInfo).
 * @throws DexchangeError kubeconfig_invalid
 */
export function checkCluster({ name, file, fields }: WrittenEntry<ClusterFields>): void {
  const cluster = `cluster ${shown(name)} in ${quotePath(file)}`;
  if (fields.server === '') {
    invalid(`${cluster} has no server`, 'write server: https://HOST:PORT into the entry');
  }
  if (fields.proxyUrl !== '' && !isProxyUrl(fields.proxyUrl)) {
    invalid(
      `proxy-url of ${cluster} is not a URL with http, https or socks5`,
      'write it as http://HOST:PORT',
    );
  }
  checkPair(
    cluster,
    'certificate-authority',
    fields.certificateAuthority,
    fields.certificateAuthorityData,
  );
  const hasAuthority =
    fields.certificateAuthority !== '' || fields.certificateAuthorityData.length > 0;
  // client-go, transport.TLSConfigFor.
  if (hasAuthority && fields.insecureSkipTlsVerify) {
    invalid(
      `${cluster} has both insecure-skip-tls-verify and a certificate authority`,
      'remove insecure-skip-tls-verify',
    );
  }
}

/**
 * Rejects a user entry that kubectl rejects (clientcmd/validation.go, validateAuthInfo, and the
 * checks of client-go's transport).
 * @throws DexchangeError kubeconfig_invalid
 */
export function checkUser({ name, file, fields }: WrittenEntry<UserFields>): void {
  const user = `user ${shown(name)} in ${quotePath(file)}`;
  const { exec } = fields;
  const hasToken = fields.token !== undefined || fields.tokenFile !== '';
  if (
    (fields.token !== undefined && fields.password !== undefined) ||
    (hasToken && fields.username !== '')
  ) {
    invalid(`${user} has both a token and a password`, 'remove one of the two');
  }
  const hasCertificate = fields.clientCertificate !== '' || fields.clientCertificateData.length > 0;
  const hasOther = hasToken || hasCertificate || exec !== undefined;
  if (fields.password !== undefined && fields.username === '' && !hasOther) {
    invalid(`${user} has a password without a username`, 'add username: NAME');
  }
  if (hasCertificate) checkCertificate(user, fields);
  if (exec !== undefined) checkExec(user, exec);
  if (fields.hasAuthProvider) {
    invalid(
      `${user} has an auth-provider, which dexchange does not support`,
      'use an exec plugin instead, such as kubectl oidc-login for auth-provider oidc; Kubernetes 1.26 removed the others',
    );
  }
  const hasImpersonation =
    fields.asUid !== '' || fields.asGroups.length > 0 || Object.keys(fields.asUserExtra).length > 0;
  if (fields.as === '' && hasImpersonation) {
    invalid(`${user} impersonates a UID, groups or extra values, but no user`, 'add as: USER');
  }
}

function checkCertificate(user: string, fields: UserFields): void {
  const { clientCertificate, clientCertificateData, clientKey, clientKeyData } = fields;
  checkPair(user, 'client-certificate', clientCertificate, clientCertificateData);
  checkPair(user, 'client-key', clientKey, clientKeyData);
  if (clientKey === '' && clientKeyData.length === 0) {
    invalid(
      `${user} has a client certificate without a client-key`,
      'add client-key or client-key-data',
    );
  }
}

const apiVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];
const interactiveModes = ['Never', 'IfAvailable', 'Always'];

function checkExec(user: string, exec: ExecFields): void {
  const entry = `the exec entry of ${user}`;
  if (exec.command === '') invalid(`${entry} has no command`, 'name the plugin as its command');
  if (!apiVersions.includes(exec.apiVersion)) {
    invalid(
      exec.apiVersion === ''
        ? `${entry} has no apiVersion`
        : `${entry} has apiVersion ${shown(exec.apiVersion)}, which kubectl does not know`,
      `write apiVersion: ${apiVersions[0]}`,
    );
  }
  if (exec.env.some(({ name }) => name === '')) {
    invalid(`${entry} has an environment variable without a name`, 'give each item of env a name');
  }
  // Only v1 has no default (clientcmd/api/v1/defaults.go).
  const mode = exec.interactiveMode;
  const isMissing = mode === '' && exec.apiVersion === apiVersions[0];
  if (isMissing || (mode !== '' && !interactiveModes.includes(mode))) {
    invalid(
      mode === ''
        ? `${entry} has no interactiveMode`
        : `${entry} has interactiveMode ${shown(mode)}, which kubectl does not know`,
      'write interactiveMode: Never, IfAvailable or Always',
    );
  }
}

function checkPair(entry: string, field: string, path: string, data: Buffer): void {
  if (path !== '' && data.length > 0) {
    invalid(`${entry} has both ${field} and ${field}-data`, 'remove one of the two');
  }
}

function isProxyUrl(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:', 'socks5:'].includes(new URL(url).protocol);
}

function shown(name: string): string {
  return quoteId(name, 80);
}

function invalid(message: string, hint: string): never {
  throw new DexchangeError('kubeconfig_invalid', message, { hint });
}
