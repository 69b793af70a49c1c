import type { KeyInput } from '../cache/key.ts';
import { requireSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import { adminContext, rejectSelf } from '../inputs/kubeconfig.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/read.ts';
import { namespaceName, objectName } from '../kubernetes/names.ts';
import {
  buildTokenRequest,
  readTokenRequest,
  type TokenWish,
} from '../kubernetes/token-request.ts';
import type { CredentialMethod } from './credential-method.ts';
import type { Runtime } from './outside.ts';

/** The way to the Kubernetes API of a context; loaded when it is needed. */
export type ConnectCluster = (context: KubeconfigContext, timeoutMs: number) => Promise<ClusterApi>;

/**
 * A credential of a ServiceAccount by TokenRequest, asked for with the credential of a kubeconfig
 * context. To make the key the kubeconfig is read, and the files it names; nothing is run or asked.
 * @throws DexchangeError setting_*, kubeconfig_*
 */
export function serviceAccountMethod(
  settings: Settings,
  runtime: Runtime,
  connect: ConnectCluster,
): CredentialMethod {
  const said = settings.found('audience')?.origin.level;
  const wish: TokenWish = {
    namespace: namespaceName(requireSetting(settings, 'namespace'), '--namespace'),
    serviceAccount: objectName(requireSetting(settings, 'service-account'), '--service-account'),
    // Its default is Dex's affair.
    audience: said === 'default' ? undefined : settings.value('audience'),
    durationMs: settings.value('duration'),
  };
  const { context } = adminContext(settings, runtime);
  rejectSelf(context);
  runtime.debug(`identity: context ${context.name}`);
  return {
    inputs: keyInputs(wish, context, runtime, settings.value('timeout')),
    origin: {
      dex: String(context.cluster.fields['server']),
      connector: `${wish.namespace}/${wish.serviceAccount}`,
    },
    async prepare() {
      const api = await connect(context, settings.value('timeout'));
      return async () => {
        const asked = runtime.now();
        const response = await api.send(buildTokenRequest(wish));
        const { token, remainingMs } = readTokenRequest(response, wish, api, runtime.now().wallMs);
        return { token, remainingMs, asked };
      };
    },
  };
}

/** Fields of a user that name a file whose content is the credential. */
const credentialFiles = ['tokenFile', 'client-certificate', 'client-key'];

function keyInputs(
  wish: TokenWish,
  { cluster, user }: KubeconfigContext,
  runtime: Runtime,
  waitMs: number,
): readonly KeyInput[] {
  const inputs: KeyInput[] = [
    ['method', 'service-account'],
    ['cluster', JSON.stringify(cluster.fields)],
    ['user', JSON.stringify(user.fields)],
    ['namespace', wish.namespace],
    ['service-account', wish.serviceAccount],
    ['audience', wish.audience ?? ''],
    ['duration', String(wish.durationMs ?? '')],
  ];
  for (const field of credentialFiles) {
    const path = user.fields[field];
    if (typeof path === 'string') inputs.push([field, contentOf(path, runtime, waitMs)]);
  }
  const runsSomething = ['exec', 'auth-provider'].some((field) => user.fields[field] !== undefined);
  if (!runsSomething) return inputs;
  // Whom a plugin speaks for can depend on any variable: two jobs on one runner must not share.
  inputs.push(['cwd', runtime.cwd()]);
  for (const name of Object.keys(runtime.env).sort()) {
    if (!restless.has(name)) inputs.push([`env ${name}`, runtime.env[name] ?? '']);
  }
  return inputs;
}

/** Variables that shells change from call to call, or that only say who is asked for what. */
const restless: ReadonlySet<string> = new Set(['OLDPWD', 'SHLVL', '_', 'KUBERNETES_EXEC_INFO']);

/** What cannot be read is told when it is used, which a cached token is not. */
function contentOf(path: string, runtime: Runtime, waitMs: number): string {
  try {
    return runtime.readTextFile(path, waitMs);
  } catch {
    return '';
  }
}
