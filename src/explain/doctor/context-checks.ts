import { formatDuration } from '../../duration.ts';
import { asDexchangeError } from '../../errors.ts';
import type { KubernetesApi } from '../../kubernetes/client/api.ts';
import type { OpenChannel } from '../../kubernetes/client/connect.ts';
import type { KubeconfigContext } from '../../kubernetes/kubeconfig/context.ts';
import { type WhoAmI, whoAmI } from '../../usecases/who-am-i.ts';
import { displayUrl } from '../display.ts';
import { clockFacts, requestFacts } from '../request-facts.ts';
import { recordRun } from '../run-record.ts';
import { failed, ok, warning } from './check.ts';
import { connectionText } from './connection-text.ts';
import type { MainChecks } from './main-checks.ts';
import type { DoctorPorts } from './ports.ts';
import type { DoctorCheck } from './report.ts';

/**
 * Asks the API server of a context, whatever its kind of credential, who the user is, and more.
 * @param askMore asks for more checks with the same credential
 */
export async function contextChecks(
  context: KubeconfigContext,
  timeoutMs: number,
  askMore: (api: KubernetesApi) => Promise<readonly DoctorCheck[]>,
  ports: DoctorPorts,
): Promise<MainChecks> {
  const { record, observe } = recordRun(() => ports.now().wallMs);
  const openChannel: OpenChannel = (settings, trace = ports.trace) =>
    ports.openChannel(settings, (event) => {
      observe(event);
      trace(event);
    });
  const { server, proxyUrl } = context.cluster;
  const more: DoctorCheck[] = [];
  let check: DoctorCheck;
  try {
    const who = await whoAmI(context, { timeoutMs }, { ...ports, openChannel }, async (api) => {
      more.push(...(await askMore(api)));
    });
    const how = connectionText(record.traffic.map((each) => requestFacts(each, {})));
    check = apiCheck(who, how, ports.now().wallMs);
  } catch (thrown) {
    check = failed('api', asDexchangeError(thrown));
  }
  const clock = clockFacts('the Kubernetes API', record.traffic);
  return {
    checks: [check, ...more],
    clocks: clock === undefined ? [] : [clock],
    destinations: [{ name: 'the API', url: server, proxyUrl }],
    env: ports.env,
  };
}

/** A credential that expires within this time, in milliseconds, gets a warning. */
const soonMs = 60_000;

function apiCheck(who: WhoAmI, how: string, nowMs: number): DoctorCheck {
  const { username, version, credential } = who;
  const release = version === undefined ? '' : ` (${version})`;
  const found = `${displayUrl(who.server)}${release}${how} authenticates ${username} by ${credential.kind}`;
  if (credential.expiresMs === undefined) return ok('api', found);
  const leftMs = credential.expiresMs - nowMs;
  const end = `${found}, which expires in ${formatDuration(leftMs)}`;
  return leftMs > soonMs ? ok('api', end) : warning('api', end, 'get a new credential');
}
