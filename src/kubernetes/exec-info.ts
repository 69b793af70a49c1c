import { DexchangeError } from '../errors.ts';
import { isRecord } from '../json.ts';
import { sanitize } from '../sanitize.ts';

export const execApiVersions = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
] as const;

export type ExecApiVersion = (typeof execApiVersions)[number];

/** What the client said about its call in KUBERNETES_EXEC_INFO. */
export interface ExecInfo {
  /** False when run by hand, or by a client that sets nothing. */
  readonly present: boolean;
  readonly apiVersion: ExecApiVersion;
  /** Echoed in the answer; undefined if the client did not say. */
  readonly interactive: boolean | undefined;
  /** `spec.cluster.config`: the extension `client.authentication.k8s.io/exec`, as it is. */
  readonly clusterConfig: unknown;
  /** Why a variable that is set was not taken for an exec info. */
  readonly ignored?: string;
}

const byHand: ExecInfo = {
  present: false,
  apiVersion: 'client.authentication.k8s.io/v1',
  interactive: undefined,
  clusterConfig: undefined,
};

/**
 * Reads KUBERNETES_EXEC_INFO (client-go credential plugins, `ExecCredential`). Clients other than
 * client-go set less of it or nothing, so what is missing or odd is passed over; only a version
 * that we could not answer in is an error.
 * @throws DexchangeError exec_version_unsupported
 */
export function readExecInfo(raw: string | undefined): ExecInfo {
  if (raw === undefined || raw.trim() === '') return byHand;
  let info: unknown;
  try {
    info = JSON.parse(raw);
  } catch {
    return { ...byHand, ignored: 'KUBERNETES_EXEC_INFO is not JSON' };
  }
  if (!isRecord(info)) return { ...byHand, ignored: 'KUBERNETES_EXEC_INFO is not a JSON object' };
  const spec = isRecord(info['spec']) ? info['spec'] : {};
  const cluster = isRecord(spec['cluster']) ? spec['cluster'] : {};
  const { interactive } = spec;
  return {
    present: true,
    apiVersion: answerableVersion(info['apiVersion']),
    interactive: typeof interactive === 'boolean' ? interactive : undefined,
    clusterConfig: cluster['config'],
  };
}

function answerableVersion(apiVersion: unknown): ExecApiVersion {
  if (typeof apiVersion !== 'string' || apiVersion === '') return byHand.apiVersion;
  const known = execApiVersions.find((version) => version === apiVersion);
  if (known !== undefined) return known;
  throw new DexchangeError(
    'exec_version_unsupported',
    `the client asks for ${sanitize(apiVersion, { maxChars: 80 })}, which this program does not speak`,
    { hint: `write apiVersion: ${byHand.apiVersion} into the user's exec entry of the kubeconfig` },
  );
}
