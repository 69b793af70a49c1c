import type { ParsedArguments } from '../../config/parse-arguments.ts';
import type { Settings } from '../../config/resolve.ts';
import {
  isDexchangeEntry,
  usesServiceAccountMethod,
} from '../../kubernetes/client/dexchange-entry.ts';
import type { KubeconfigContext } from '../../kubernetes/kubeconfig/context.ts';
import { sanitize } from '../../sanitize.ts';
import { askPermissions, permissionQuestion } from '../ask-permissions.ts';
import { adminChecks } from './admin-checks.ts';
import { cacheCheck } from './cache-check.ts';
import { skipped } from './check.ts';
import { clockCheck } from './clock-check.ts';
import { contextChecks } from './context-checks.ts';
import { withDiagnoses } from './diagnosed.ts';
import { exchangeChecks } from './exchange-checks.ts';
import { type Kubeconfig, kubeconfigResult, readKubeconfig } from './kubeconfig.ts';
import type { MainChecks } from './main-checks.ts';
import { permissionChecks } from './permission-checks.ts';
import { pluginCheck } from './plugin-check.ts';
import type { DoctorPorts } from './ports.ts';
import { proxyCheck } from './proxy-check.ts';
import { type DoctorCheck, type DoctorReport, type DoctorScope, doctorVersion } from './report.ts';
import { toolChecks } from './tool-checks.ts';
import { verdictOf } from './verdict.ts';

/**
 * Checks everything that a credential needs, from the tools to the permissions: makes the call of
 * get-token that kubectl would cause, as `--explain` does, and looks at what is around it. A failure
 * is the result of a check and is not thrown.
 * @param settings those of the command: of get-token, of the DexClient, and `--for`
 * @throws DexchangeError setting_invalid for a `--can-i` that is no question
 */
export async function runDoctor(
  parsed: ParsedArguments,
  settings: Settings,
  ports: DoctorPorts,
): Promise<DoctorReport> {
  permissionQuestion(settings, parsed.positionals.slice(1), undefined);
  const scope: DoctorScope = settings.value('for') === 'admin' ? 'admin' : 'ci';
  const timeoutMs = settings.value('timeout');
  const kubeconfig = readKubeconfig(settings, ports);
  const exec = contextOf(kubeconfig)?.user.exec;
  const [tools, plugin, main] = await Promise.all([
    // At the same time as the call, because a tool may take seconds to start.
    toolChecks(ports.env, timeoutMs, ports),
    exec === undefined ? undefined : pluginCheck(exec, ports.env, timeoutMs, ports),
    mainChecks(parsed, settings, kubeconfig, ports),
  ]);
  const checks: readonly DoctorCheck[] = [
    ...tools,
    ...kubeconfigResult(kubeconfig, main === undefined, ports),
    ...(plugin === undefined ? [] : [plugin]),
    ...(main?.checks ?? []),
    clockCheck(main?.clocks ?? []),
    ...(scope === 'admin' ? [] : [await cacheCheck(settings, ports)]),
    proxyCheck(main?.destinations ?? [], main?.env ?? ports.env, ports),
  ];
  const all = (main?.report === undefined ? checks : withDiagnoses(checks, main.report)).map(
    printable,
  );
  return {
    version: doctorVersion,
    dexchange: ports.version,
    for: scope,
    verdict: verdictOf(all, main?.report),
    checks: all,
  };
}

/** Names of the cluster, paths and output of tools are in the texts, so each is made one safe line. */
function printable(check: DoctorCheck): DoctorCheck {
  const clean = (text: string): string => sanitize(text, { maxChars: 2000 });
  return {
    ...check,
    found: clean(check.found),
    fix: check.fix === null || check.fix === '' ? null : clean(check.fix),
  };
}

function contextOf(kubeconfig: Kubeconfig): KubeconfigContext | undefined {
  return kubeconfig.kind === 'found' ? kubeconfig.selected.context : undefined;
}

/** The checks with servers; undefined if nothing says which servers are meant. */
async function mainChecks(
  parsed: ParsedArguments,
  settings: Settings,
  kubeconfig: Kubeconfig,
  ports: DoctorPorts,
): Promise<MainChecks | undefined> {
  const context = contextOf(kubeconfig);
  const timeoutMs = settings.value('timeout');
  if (settings.value('for') === 'admin') {
    if (context === undefined) return undefined;
    return contextChecks(context, timeoutMs, (api) => adminChecks(settings, api, ports), ports);
  }
  const ofExchange = context !== undefined && isExchange(context) ? context : undefined;
  const isNamed = parsed.flags.has('kubeconfig') || parsed.flags.has('context');
  const method = settings.value('method');
  const isMinted = method === 'service-account';
  const isConfigured = method === 'identity' || settings.found('dex-url') !== undefined;
  if (!isMinted && (ofExchange !== undefined || (isConfigured && !isNamed))) {
    return exchangeChecks(parsed, ofExchange, ports);
  }
  if (context === undefined) return undefined;
  const question = permissionQuestion(settings, parsed.positionals.slice(1), context.namespace);
  const main = await contextChecks(
    context,
    timeoutMs,
    async (api) => permissionChecks(await askPermissions(api, question), null),
    ports,
  );
  const why = 'the credential of this context makes no exchange at Dex';
  return { ...main, checks: [skipped('exchange', why), ...main.checks] };
}

/** Whether the exec entry of a context makes a call that `--explain` explains. */
function isExchange({ user: { exec } }: KubeconfigContext): boolean {
  return exec !== undefined && isDexchangeEntry(exec) && !usesServiceAccountMethod(exec);
}
