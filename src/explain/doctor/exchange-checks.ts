import type { ParsedArguments } from '../../config/parse-arguments.ts';
import type { KubeconfigContext } from '../../kubernetes/kubeconfig/context.ts';
import { explainCall } from '../explain-call.ts';
import { callChecks, isDexUnreachable, stepOf } from './call-checks.ts';
import { dexCheck } from './dex-check.ts';
import type { MainChecks } from './main-checks.ts';
import type { DoctorPorts } from './ports.ts';
import type { Destination } from './proxy-check.ts';

/**
 * Makes the call of get-token, observed as by `--explain`, and asks Dex for its issuer, if it has a part.
 * @param context the context whose exec entry kubectl would run; undefined if the settings are flags
 *   and variables
 */
export async function exchangeChecks(
  parsed: ParsedArguments,
  context: KubeconfigContext | undefined,
  ports: DoctorPorts,
): Promise<MainChecks> {
  const explained = await explainCall(ofContext(parsed, context), ports, () => {});
  const { report, call, api } = explained;
  const isIdentity = call?.settings.value('method') === 'identity';
  const dexUrl = isIdentity ? undefined : call?.settings.value('dex-url');
  const dex =
    call === undefined || dexUrl === undefined || isDexUnreachable(report)
      ? undefined
      : await dexCheck(dexUrl, call, ports);
  const { clocks } = stepOf(report, 'kubernetes');
  const isTold = clocks.some(({ server }) => server === dex?.clock?.server);
  return {
    checks: callChecks(explained, dex?.check),
    clocks: dex?.clock === undefined || isTold ? clocks : [dex.clock, ...clocks],
    destinations: [
      ...(dexUrl === undefined ? [] : [{ name: 'Dex', url: dexUrl }]),
      ...(api === undefined || api.server === ''
        ? []
        : [{ name: 'the API', url: api.server, proxyUrl: call?.context?.cluster.proxyUrl }]),
    ] satisfies readonly Destination[],
    env: call?.env ?? ports.env,
    report,
  };
}

/** The context by its name, because get-token by itself does not look into `~/.kube/config`. */
function ofContext(
  { flags, ...parsed }: ParsedArguments,
  context: KubeconfigContext | undefined,
): ParsedArguments {
  if (context === undefined || flags.has('context') || flags.has('kubeconfig')) {
    return { ...parsed, flags };
  }
  const text = [{ flag: 'context', text: context.name }];
  return { ...parsed, flags: new Map([...flags, ['context', text]]) };
}
