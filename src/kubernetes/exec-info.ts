import { DexchangeError } from '../errors.ts';
import { isRecord } from '../json.ts';
import { sanitize } from '../sanitize.ts';

/** The ExecCredential versions that dexchange can print. */
export const execApiVersions = [
  'client.authentication.k8s.io/v1',
  'client.authentication.k8s.io/v1beta1',
] as const;

export type ExecApiVersion = (typeof execApiVersions)[number];

/** What the client says about its call in KUBERNETES_EXEC_INFO. */
export interface ExecInfo {
  /**
   * False if the variable is not set or not valid: run by hand, or by a client that does not set
   * it.
   */
  readonly present: boolean;
  readonly apiVersion: ExecApiVersion;
  /** Repeated in the ExecCredential; undefined if the client did not set it. */
  readonly interactive: boolean | undefined;
  /** `spec.cluster.config`: the extension `client.authentication.k8s.io/exec`, not validated. */
  readonly clusterConfig: unknown;
  /** Why the variable is ignored although it is set. */
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
 * client-go set fewer fields or none, so missing and invalid fields are ignored. Only a version
 * that dexchange cannot print is an error.
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
    apiVersion: supportedVersion(info['apiVersion']),
    interactive: typeof interactive === 'boolean' ? interactive : undefined,
    clusterConfig: cluster['config'],
  };
}

function supportedVersion(apiVersion: unknown): ExecApiVersion {
  if (typeof apiVersion !== 'string' || apiVersion === '') return byHand.apiVersion;
  const known = execApiVersions.find((version) => version === apiVersion);
  if (known !== undefined) return known;
  throw new DexchangeError(
    'exec_version_unsupported',
    `the client requests an ExecCredential of ${sanitize(apiVersion, { maxChars: 80 })}, which is not supported`,
    { hint: `set apiVersion: ${byHand.apiVersion} in the user's exec entry of the kubeconfig` },
  );
}
