import type { Settings } from '../config/resolve.ts';
import type { Cluster, KubeconfigContext } from '../kubernetes/kubeconfig/context.ts';
import type { RunTarget } from '../kubernetes/kubeconfig/run-kubeconfig.ts';
import { certificatesOnly } from '../pem.ts';
import { quoteInput } from '../sanitize.ts';
import { checkCertificates } from './check-pem.ts';
import { type KubeconfigPorts, selectedContext } from './kubeconfig.ts';
import { settingFileReader } from './secrets.ts';

/**
 * Selects the cluster for commands that use the token: the one of `--server`, or of the context.
 * @param context the context whose exec entry is used, if any
 * @throws DexchangeError setting_*, kubeconfig_*
 */
export function runTarget(
  settings: Settings,
  context: KubeconfigContext | undefined,
  runtime: KubeconfigPorts,
): RunTarget {
  const wanted = settings.value('namespace');
  const server = settings.value('server');
  if (server !== undefined) {
    const cluster = givenCluster(server, settings, runtime);
    return { context: cluster.name, cluster, namespace: wanted, impersonate: undefined };
  }
  const { name, cluster, namespace } = context ?? selectedContext(settings, runtime).context;
  return {
    context: name,
    cluster,
    namespace: wanted ?? namespace,
    // With method service-account, impersonation applies to the token request only.
    impersonate: context?.user.impersonate,
  };
}

function givenCluster(server: string, settings: Settings, runtime: KubeconfigPorts): Cluster {
  const name = 'server-certificate-authority';
  const pem = settingFileReader(settings, runtime)(name);
  if (pem !== undefined) {
    checkCertificates({ name: `--${name} ${quoteInput(settings.value(name) ?? '')}`, text: pem });
  }
  return {
    name: 'dexchange',
    server,
    tlsServerName: undefined,
    insecureSkipTlsVerify: false,
    certificateAuthority: pem === undefined ? undefined : { pem: certificatesOnly(pem) },
    proxyUrl: undefined,
    execExtension: undefined,
  };
}
