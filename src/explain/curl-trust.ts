import type { Cluster, KubeconfigContext } from '../kubernetes/kubeconfig/context.ts';
import { selectionFlags } from '../kubernetes/kubeconfig/context-flags.ts';
import type { CurlTrust } from './curl.ts';
import type { RunRecord } from './run-record.ts';

/** The longest CA that a command contains, in characters of base64; a usual one has about 2000. */
const maxInline = 12_000;

/** A report shortens longer parts of a command. */
const partLength = 1500;

/** How curl verifies Dex, the IdP and CI systems, by the settings of a run. */
export function settingsTrust({ settings, kubeconfig }: RunRecord): CurlTrust {
  return {
    ...givenAuthority(settings, kubeconfig !== undefined),
    insecure: settings?.value('dex-insecure-skip-tls-verify') === true,
  };
}

/**
 * The CA of the settings as a file, or as a command that prints it.
 * @param isOfEntry whether the settings are from an exec entry, whose variables a shell does not have
 */
export function givenAuthority(
  settings: RunRecord['settings'],
  isOfEntry: boolean,
): Pick<CurlTrust, 'caFile' | 'caSource'> {
  const caFile = settings?.value('dex-certificate-authority');
  if (caFile !== undefined) return { caFile };
  const found = settings?.found('dex-certificate-authority-data');
  if (found === undefined) return {};
  const { level, name } = found.origin;
  const data = String(found.value).replaceAll(/\s+/g, '');
  const isVariable = level === 'variable' || level === 'borrowed';
  if (isVariable && !isOfEntry) return { caSource: [`printf %s "$${name}"`] };
  if (data.length > maxInline) return { caSource: ['printf %s "$DEX_CA_DATA"'] };
  const parts = data.match(new RegExp(`.{1,${partLength}}`, 'g')) ?? [];
  return { caSource: ['printf %s', ...parts] };
}

/**
 * How curl verifies the API server of a cluster entry.
 * @param context for the flags that select it again; undefined if kubectl passed the cluster
 */
export function clusterTrust(
  { insecureSkipTlsVerify, certificateAuthority }: Cluster,
  context: KubeconfigContext | undefined,
): CurlTrust {
  if (insecureSkipTlsVerify) return { insecure: true };
  if (certificateAuthority === undefined) return {};
  if ('path' in certificateAuthority) return { caFile: certificateAuthority.path };
  const flags = selectionFlags(context?.kubeconfig, context?.name);
  const field = '{.clusters[0].cluster.certificate-authority-data}';
  return {
    caSource: [`kubectl config view --raw --flatten --minify${flags} -o jsonpath='${field}'`],
  };
}
