import type { Settings } from '../config/resolve.ts';
import type { Cluster, KubeconfigContext } from '../kubernetes/kubeconfig/context.ts';
import type { RunTarget } from '../kubernetes/kubeconfig/run-kubeconfig.ts';
import { certificatesOnly } from '../pem.ts';
import { quoteInput } from '../sanitize.ts';
import { checkCertificates } from './check-pem.ts';
import { type KubeconfigPorts, selectedContext } from './kubeconfig.ts';
import { settingFileReader } from './secrets.ts';

/**
 * Selects the cluster for commands that use the token: the one of `--server`, or of the context. With
 * both, `--server` is another address of the context's cluster, as kubectl's flag of that name.
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
  if (server !== undefined && context === undefined) {
    const cluster = givenCluster(server, settings, runtime);
    return { context: cluster.name, cluster, namespace: wanted, impersonate: undefined };
  }
  const { name, cluster, namespace } = context ?? selectedContext(settings, runtime).context;
  return {
    context: name,
    cluster: server === undefined ? cluster : atAddress(cluster, server, settings, runtime),
    namespace: wanted ?? namespace,
    // With method service-account, impersonation applies to the token request only.
    impersonate: context?.user.impersonate,
  };
}

function atAddress(
  cluster: Cluster,
  server: string,
  settings: Settings,
  runtime: KubeconfigPorts,
): Cluster {
  const { certificateAuthority = cluster.certificateAuthority } = givenCluster(
    server,
    settings,
    runtime,
  );
  // The name in the certificate was that for the other address (client-go, ClientConfig).
  return { ...cluster, server, certificateAuthority, tlsServerName: undefined };
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
