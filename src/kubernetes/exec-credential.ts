import { DexchangeError } from '../errors.ts';
import { isRecord } from '../json.ts';
import { quoteInput } from '../sanitize.ts';
import type { Secret } from '../secret.ts';

/** The latest time with a four-digit year: RFC 3339 and metav1.Time have no longer years. */
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * Formats the ExecCredential, in the version that the client requests, with the client's
 * `spec.interactive` if it set one: for a client as one line of JSON, for people also as YAML.
 * @param expirationMs when the client should request a new credential, in milliseconds since the
 *   epoch; rounded down to seconds, because metav1.Time has no fractions
 */
export function formatExecCredential(
  info: ExecInfo,
  token: Secret,
  expirationMs: number,
  form: 'json' | 'yaml' = 'json',
): string {
  const { apiVersion, interactive } = info;
  const spec = interactive === undefined ? {} : { interactive };
  const status = { expirationTimestamp: timestamp(expirationMs), token: token.reveal() };
  if (form === 'json') {
    return `${JSON.stringify({ kind: 'ExecCredential', apiVersion, spec, status })}\n`;
  }
  // Written without the library for YAML, which a cache hit does not load: YAML has the texts of JSON.
  return `apiVersion: ${apiVersion}
kind: ExecCredential
spec: ${interactive === undefined ? '{}' : `{interactive: ${interactive}}`}
status:
  expirationTimestamp: ${JSON.stringify(status.expirationTimestamp)}
  token: ${JSON.stringify(status.token)}
`;
}

/**
 * A time as RFC 3339 in UTC. It does not use toISOString, because on its first call the runtime
 * determines the local time zone, and reads all time zone files if /etc/localtime is not a link.
 */
function timestamp(milliseconds: number): string {
  const end = new Date(Math.min(milliseconds, latestMs));
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${end.getUTCFullYear()}-${two(end.getUTCMonth() + 1)}-${two(end.getUTCDate())}`;
  return `${date}T${two(end.getUTCHours())}:${two(end.getUTCMinutes())}:${two(end.getUTCSeconds())}Z`;
}

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
  /** Whether the client passes on the cluster entry: `provideClusterInfo` is true. */
  readonly hasCluster: boolean;
  /** `spec.cluster.config`: the extension `client.authentication.k8s.io/exec`, not validated. */
  readonly clusterConfig: unknown;
  /** Why the variable is ignored although it is set. */
  readonly ignored?: string;
}

const byHand: ExecInfo = {
  present: false,
  apiVersion: 'client.authentication.k8s.io/v1',
  interactive: undefined,
  hasCluster: false,
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
    hasCluster: isRecord(spec['cluster']),
    clusterConfig: cluster['config'],
  };
}

function supportedVersion(apiVersion: unknown): ExecApiVersion {
  if (typeof apiVersion !== 'string' || apiVersion === '') return byHand.apiVersion;
  const known = execApiVersions.find((version) => version === apiVersion);
  if (known !== undefined) return known;
  throw new DexchangeError(
    'exec_version_unsupported',
    `the client requests an ExecCredential of ${quoteInput(apiVersion, 80)}, which is not supported`,
    { hint: `set apiVersion: ${byHand.apiVersion} in the user's exec entry of the kubeconfig` },
  );
}
