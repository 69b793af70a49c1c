import { asDexchangeError, DexchangeError } from '../errors.ts';
import { isRecord, parseJsonObject } from '../json.ts';
import { type OpenChannel, openApi } from '../kubernetes/client/connect.ts';
import {
  type Connection,
  connectionOf,
  kubeconfigFileReader,
  requireHttps,
} from '../kubernetes/client/connection.ts';
import { decodeCluster } from '../kubernetes/kubeconfig/decode.ts';
import { reviewSelf } from '../kubernetes/self-review.ts';
import type { Runtime } from '../ports.ts';
import { Secret } from '../secret.ts';
import type { PreparedCall } from '../usecases/prepare-call.ts';
import type { ApiRecord } from './api-record.ts';
import { askPermissions, permissionQuestion } from './ask-permissions.ts';
import type { CurlTrust } from './curl.ts';
import { clusterTrust, givenAuthority } from './curl-trust.ts';
import { recordRun } from './run-record.ts';

/** Short, because a person waits for the report. */
const atMostMs = 15_000;

/** The ports that `askApi` needs. */
export interface AskApiPorts extends Pick<Runtime, 'cwd' | 'now' | 'readTextFile'> {
  readonly openChannel: OpenChannel;
  /** The CA from the settings, which is meant for Dex and the IdP. */
  authorityPem(): string | undefined;
}

/** An API server, and the place that named it. */
interface Target {
  readonly connection: Connection;
  readonly from: string;
  readonly trust: CurlTrust;
  /** The cluster entry that has the server, if it is from a kubeconfig. */
  readonly cluster?: string;
}

/**
 * Asks the API server as which user it authenticates the credential (SelfSubjectReview), and what
 * that user may do: the actions of `--can-i` (SelfSubjectAccessReview), or whether it may do anything
 * (SelfSubjectRulesReview). Returns undefined if no API server is known; does not throw, but records a
 * failure.
 * @param question the words after `get-token`, which complete `--can-i`
 */
export async function askApi(
  token: Secret,
  call: PreparedCall,
  question: readonly string[],
  ports: AskApiPorts,
): Promise<ApiRecord | undefined> {
  const { settings, env, context } = call;
  const { record, observe } = recordRun(() => ports.now().wallMs);
  const { traffic } = record;
  let target: Target | undefined;
  let seen: Partial<ApiRecord> = {};
  try {
    target = findTarget(call, ports);
    if (target === undefined) {
      if (settings.value('can-i').length > 0) throw noServer();
      return undefined;
    }
    requireHttps(target.connection.server, target.from);
    const identity = {
      authorization: new Secret(`Bearer ${token.reveal()}`),
      impersonate: context?.user.impersonate,
    };
    const asked = permissionQuestion(settings, question, context?.namespace);
    const time = { timeoutMs: settings.value('timeout'), atMostMs: () => atMostMs };
    const channel = { env, openChannel: ports.openChannel, trace: observe };
    const api = openApi(target.connection, context?.name ?? '', identity, time, channel);
    try {
      const { status, message, foreign, user } = await reviewSelf(api);
      seen = {
        ...{ status, message },
        ...(foreign === undefined ? {} : { foreign }),
        ...(user === undefined ? {} : { user }),
      };
      if (user !== undefined && user.username !== 'system:anonymous') {
        seen = { ...seen, ...(await askPermissions(api, asked)) };
      }
    } finally {
      await api.close();
    }
  } catch (thrown) {
    seen = { ...seen, error: asDexchangeError(thrown) };
  }
  return {
    server: target?.connection.server ?? '',
    from: target?.from ?? '',
    ...(target?.cluster === undefined ? {} : { cluster: target.cluster }),
    ...(target === undefined ? {} : { trust: target.trust }),
    traffic,
    ...seen,
  };
}

function noServer(): DexchangeError {
  return new DexchangeError('setting_missing', '--can-i needs an API server to ask', {
    hint: 'set --server URL, or --kubeconfig FILE and --context NAME',
  });
}

/** Finds the server: from `--server`, the kubeconfig or KUBERNETES_EXEC_INFO, in this order. */
function findTarget(call: PreparedCall, ports: AskApiPorts): Target | undefined {
  const { settings, context, execInfoText } = call;
  const readFile = kubeconfigFileReader(ports.readTextFile, settings.value('timeout'));
  const server = settings.value('server');
  if (server !== undefined) {
    const cluster = decodeCluster({ name: '', fields: { server }, file: ports.cwd() });
    const connection = connectionOf(cluster, undefined, '--server', readFile);
    // The CA is meant for Dex, so trust the system's CAs as well: the API server may use a public one.
    const trust = { certificateAuthorityPem: ports.authorityPem(), onlyGivenAuthorities: false };
    return {
      connection: { ...connection, ...trust },
      from: '--server',
      trust: givenAuthority(settings, call.context !== undefined),
    };
  }
  if (context !== undefined) {
    const from = `context ${context.name}`;
    const { cluster } = context;
    const connection = connectionOf(cluster, undefined, from, readFile);
    return { connection, from, cluster: cluster.name, trust: clusterTrust(cluster, context) };
  }
  const fields = clusterOf(execInfoText);
  if (fields === undefined || typeof fields['server'] !== 'string') return undefined;
  const from = 'KUBERNETES_EXEC_INFO';
  const cluster = decodeCluster({ name: from, fields, file: from });
  return {
    connection: connectionOf(cluster, undefined, from, readFile),
    from,
    trust: clusterTrust(cluster, undefined),
  };
}

function clusterOf(execInfo: string | undefined): Record<string, unknown> | undefined {
  const spec = parseJsonObject(execInfo ?? '')?.['spec'];
  const cluster = isRecord(spec) ? spec['cluster'] : undefined;
  return isRecord(cluster) ? cluster : undefined;
}
