import type { KeyInput } from '../cache/key.ts';
import type { ServiceAccountInput } from '../inputs/service-account.ts';
import { type ConnectPorts, connectContext } from '../kubernetes/client/connect.ts';
import type { KubeconfigContext, PemSource } from '../kubernetes/kubeconfig/context.ts';
import {
  buildTokenRequest,
  readTokenRequest,
  type TokenSpec,
} from '../kubernetes/token-request.ts';
import type { Runtime } from '../ports.ts';
import { reveal, type Secret } from '../secret.ts';
import type { CredentialMethod } from './get-token.ts';

/** What the method needs from the runtime. */
export type ServiceAccountPorts = ConnectPorts & Pick<Runtime, 'cwd' | 'now'>;

/**
 * Creates the method that requests a token of a ServiceAccount with the credential of a kubeconfig
 * context. Reads the files of the kubeconfig for the cache key; sends nothing and runs no plugin
 * before `prepare`.
 */
export function serviceAccountMethod(
  { spec, context, timeoutMs }: ServiceAccountInput,
  ports: ServiceAccountPorts,
): CredentialMethod {
  return {
    keyInputs: keyInputs(spec, context, timeoutMs, ports),
    label: { dex: context.cluster.server, connector: `${spec.namespace}/${spec.serviceAccount}` },
    async prepare(remainingMs) {
      const { api } = await connectContext(context, { timeoutMs, atMostMs: remainingMs }, ports);
      return async () => {
        const requestedAt = ports.now();
        try {
          const response = await api.send(buildTokenRequest(spec));
          return { ...readTokenRequest(response, spec, api, ports.now().wallMs), requestedAt };
        } finally {
          await api.close();
        }
      };
    },
  };
}

function keyInputs(
  spec: TokenSpec,
  context: KubeconfigContext,
  maxWaitMs: number,
  ports: ServiceAccountPorts,
): readonly KeyInput[] {
  const { cluster, user } = context;
  const content = (source: PemSource | { readonly pem: Secret } | undefined): string => {
    if (source === undefined) return '';
    if ('pem' in source) return reveal(source.pem);
    return readOrEmpty(source.path, maxWaitMs, ports);
  };
  const tokenFile = user.tokenFile;
  const inputs: KeyInput[] = [
    ['method', 'service-account'],
    ['cluster', JSON.stringify(cluster)],
    ['certificate-authority', content(cluster.certificateAuthority)],
    ['user', JSON.stringify({ ...user, token: undefined, password: undefined })],
    ['token', user.token?.reveal() ?? ''],
    ['password', user.password?.reveal() ?? ''],
    ['tokenFile', tokenFile === undefined ? '' : readOrEmpty(tokenFile, maxWaitMs, ports)],
    ['client-certificate', content(user.clientCertificate)],
    ['client-key', content(user.clientKey)],
    ['namespace', spec.namespace],
    ['service-account', spec.serviceAccount],
    ['audience', spec.audience ?? ''],
    ['duration', String(spec.durationMs ?? '')],
  ];
  if (user.exec === undefined) return inputs;
  // The identity of a plugin can depend on any variable, and two jobs must not share an entry.
  inputs.push(['cwd', ports.cwd()]);
  for (const name of Object.keys(ports.env).sort()) {
    if (!changingVariables.has(name) && !name.startsWith('_DEXCHANGE_'))
      inputs.push([`env ${name}`, ports.env[name] ?? '']);
  }
  return inputs;
}

/** Variables that change in every call without affecting the identity, as those of nested calls do. */
const changingVariables: ReadonlySet<string> = new Set([
  'OLDPWD',
  'SHLVL',
  '_',
  'KUBERNETES_EXEC_INFO',
]);

/** Ignores errors here: an unreadable file is only an error when it is used, not on a cache hit. */
function readOrEmpty(path: string, maxWaitMs: number, ports: ServiceAccountPorts): string {
  try {
    return ports.readTextFile(path, maxWaitMs);
  } catch {
    return '';
  }
}
