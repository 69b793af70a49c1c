import { quoteId } from '../../sanitize.ts';
import { displayUrl, reportTextLimit } from '../display.ts';
import type { Evidence } from '../evidence.ts';

/** Which server answers instead of the Kubernetes API, and where its URL is corrected. */
export interface ForeignServerTexts {
  readonly foreignServer: string;
  /** Who denies a request instead of kube-apiserver. */
  readonly deniedBy: string;
  readonly correctServer: string;
}

/** The texts for a server that is not a Kubernetes API. */
export function foreignServerTexts({ api, exchange }: Evidence): ForeignServerTexts {
  const server = displayUrl(api?.server ?? '') || 'the URL';
  const answer =
    api?.foreign === undefined ? '' : ` (it answers ${api.status} with ${api.foreign})`;
  const isDex = api !== undefined && isSameHost(api.server, exchange?.dexUrl);
  return {
    foreignServer: isDex
      ? `${server} is the address of Dex, not of a Kubernetes API${answer}`
      : `${server} is not a Kubernetes API${answer}`,
    deniedBy: `not kube-apiserver denies the request, but something in front of ${server}${answer}`,
    correctServer: correction(api),
  };
}

function correction(api: Evidence['api']): string {
  if (api?.from === '--server') return 'set --server to the URL of the Kubernetes API';
  const cluster =
    api?.cluster === undefined
      ? 'the cluster'
      : `cluster ${quoteId(api.cluster, reportTextLimit).replaceAll('`', "'")}`;
  return `correct server of ${cluster} in the kubeconfig: it is the URL of the Kubernetes API`;
}

function isSameHost(one: string, other: string | undefined): boolean {
  if (other === undefined || !URL.canParse(one) || !URL.canParse(other)) return false;
  // The default port is not a part of it.
  return new URL(one).host === new URL(other).host;
}
