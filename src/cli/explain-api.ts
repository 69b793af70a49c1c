import type { Settings } from '../config/resolve.ts';
import { asDexchangeError, DexchangeError } from '../errors.ts';
import type { ApiRecord } from '../explain/api-record.ts';
import { recordRun } from '../explain/run-record.ts';
import { networkInput } from '../inputs/network.ts';
import { type ApiTarget, apiTarget } from '../kubernetes/client/connection.ts';
import { type AccessQuestion, reviewAccess, reviewSelf } from '../kubernetes/self-review.ts';
import { Secret } from '../secret.ts';
import { withApi } from '../usecases/ask-api.ts';
import type { ExplainedCall } from './explained-call.ts';
import type { CommandRuntime } from './run-command.ts';

/** Long enough for a server, short enough for somebody who waits for a report. */
const apiMs = 15_000;

/**
 * Asks the API server, if one is known, whom it takes the credential for, and what `--can-i` asks.
 * What goes wrong is part of the answer.
 */
export async function explainApi(
  token: Secret,
  settings: Settings,
  call: ExplainedCall,
  runtime: CommandRuntime,
): Promise<ApiRecord | undefined> {
  const { record, observe } = recordRun(() => runtime.now().wallMs);
  const { traffic } = record;
  let target: ApiTarget | undefined;
  let seen: Partial<ApiRecord> = {};
  try {
    target = findTarget(settings, call, runtime);
    if (target === undefined) return undefined;
    const { server } = target;
    const authorization = new Secret(`Bearer ${token.reveal()}`);
    const question = accessQuestion(settings, call);
    await withApi(
      target,
      call.env,
      apiMs,
      runtime.openChannel,
      async (send) => {
        const { status, message, user } = await reviewSelf(server, authorization, send);
        seen = { status, message, ...(user === undefined ? {} : { user }) };
        if (user === undefined || question === undefined) return;
        const { allowed, reason } = await reviewAccess(server, authorization, question, send);
        const { verb, resource } = question;
        seen = { ...seen, access: { verb, resource, allowed, reason } };
      },
      observe,
    );
  } catch (thrown) {
    seen = { ...seen, error: asDexchangeError(thrown) };
  }
  return { server: target?.server ?? '', from: target?.from ?? '', traffic, ...seen };
}

/** By `--server`, the kubeconfig, or what the client said of its cluster, in this order. */
function findTarget(
  settings: Settings,
  call: ExplainedCall,
  runtime: CommandRuntime,
): ApiTarget | undefined {
  const server = settings.value('server');
  if (server !== undefined) {
    const [authority] = networkInput(settings, runtime).certificateAuthorityPem;
    const target = apiTarget({ server }, {}, '--server', runtime);
    // Given for Dex, it is added to the system's roots: the API may have a public certificate.
    return { ...target, certificateAuthorityPem: authority, onlyGivenAuthorities: false };
  }
  const context = call.kubeconfig?.context;
  if (context !== undefined) {
    return apiTarget(context.cluster.fields, {}, `context ${context.name}`, runtime);
  }
  const cluster = clusterOf(call.execInfo);
  if (cluster === undefined || typeof cluster['server'] !== 'string') return undefined;
  return apiTarget(cluster, {}, 'KUBERNETES_EXEC_INFO', runtime);
}

function clusterOf(execInfo: string | undefined): Record<string, unknown> | undefined {
  try {
    const info = JSON.parse(execInfo ?? '') as { spec?: { cluster?: Record<string, unknown> } };
    return info.spec?.cluster;
  } catch {
    return undefined;
  }
}

function accessQuestion(settings: Settings, call: ExplainedCall): AccessQuestion | undefined {
  const given = settings.value('can-i');
  if (given === undefined) return undefined;
  // As kubectl has it, without quotes: the resource is then a word of its own.
  const asked = [given, ...call.parsed.positionals.slice(1)].join(' ');
  const [verb, resource, more] = asked.trim().split(/\s+/);
  if (!verb || !resource || more !== undefined) {
    throw new DexchangeError('setting_invalid', '--can-i is not a verb and a resource', {
      hint: "write it as --can-i 'get pods', with a group as deployments.apps",
    });
  }
  const namespace = settings.value('namespace') ?? call.kubeconfig?.context.namespace;
  return { verb, resource, namespace };
}
