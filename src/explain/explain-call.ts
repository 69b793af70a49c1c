import type { ParsedArguments } from '../config/parse-arguments.ts';
import { asDexchangeError, DexchangeError } from '../errors.ts';
import { networkSettings } from '../inputs/network.ts';
import { settingFileReader } from '../inputs/secrets.ts';
import type { OpenChannel } from '../kubernetes/client/connect.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/context.ts';
import { contextFlags } from '../kubernetes/kubeconfig/context-flags.ts';
import type { Credential } from '../usecases/get-token.ts';
import { type CredentialRuntime, obtainCredential } from '../usecases/obtain-credential.ts';
import { type PrepareCallPorts, type PreparedCall, prepareCall } from '../usecases/prepare-call.ts';
import type { Trace } from '../usecases/trace-event.ts';
import type { ApiRecord } from './api-record.ts';
import { askApi } from './ask-api.ts';
import { askServers, type ServerFacts } from './ask-servers.ts';
import { buildReport } from './build-report.ts';
import type { Report } from './report.ts';
import { recordRun } from './run-record.ts';

/** The ports that `explainCall` needs. */
export interface ExplainRuntime extends CredentialRuntime, PrepareCallPorts {
  readonly version: string;
  readonly openChannel: OpenChannel;
}

/** The result of an explained call. */
export interface ExplainedCall {
  readonly report: Report;
  /** Undefined if the call could not be prepared. */
  readonly call: PreparedCall | undefined;
  /** Undefined if the call failed. */
  readonly credential: Credential | undefined;
  /** Undefined if the API server was not asked. */
  readonly api: ApiRecord | undefined;
}

/**
 * Runs get-token exactly as without `--explain` and observes it, then asks the API server, Dex
 * and the token's issuer for more evidence, and builds the report. A failure of the call is part of the report
 * and is not thrown.
 * @param checkCall throws what the plain call throws before it obtains a credential
 */
export async function explainCall(
  parsed: ParsedArguments,
  runtime: ExplainRuntime,
  checkCall: (call: PreparedCall) => void,
): Promise<ExplainedCall> {
  const { record, observe } = recordRun(() => runtime.now().wallMs);
  const trace: Trace = (event) => {
    observe(event);
    runtime.trace(event);
  };
  const observed: ExplainRuntime = { ...runtime, trace };
  let call: PreparedCall | undefined;
  let credential: Credential | undefined;
  try {
    call = await prepareCall(parsed, 'explain', observed);
    checkCall(call);
    if (call.settings.value('method') === 'service-account') throw nothingToExplain(call.context);
    credential = await obtainCredential(call, { ignoresFailures: true }, observed);
  } catch (thrown) {
    record.error = asDexchangeError(thrown);
  }
  let api: ApiRecord | undefined;
  let servers: ServerFacts = {};
  if (call !== undefined) {
    const { settings, env } = call;
    const network = () => networkSettings(settings, settingFileReader(settings, runtime));
    const ports = {
      ...runtime,
      env,
      networkSettings: network,
      authorityPem: () => network().certificateAuthorityPem[0],
    };
    const words = parsed.positionals.slice(1);
    if (credential !== undefined) api = await askApi(credential.token, call, words, ports);
    servers = await askServers(record, api, credential?.token, ports);
  }
  const report = buildReport({
    version: runtime.version,
    record,
    localNowMs: runtime.now().wallMs,
    api,
    servers,
    kubeconfig: record.kubeconfig?.description,
    kubeconfigWarnings: record.kubeconfig?.warnings ?? [],
    contextFlags: call?.context === undefined ? undefined : contextFlags(call.context),
  });
  return { report, call, credential, api };
}

function nothingToExplain(context: KubeconfigContext | undefined): DexchangeError {
  return new DexchangeError(
    'setting_conflict',
    '--explain does not support method service-account, which needs no identity token',
    {
      hint:
        context === undefined
          ? 'run get-token with -v instead'
          : `run \`dexchange whoami ${contextFlags(context)}\` to see the user of its token, or get-token with -v`,
    },
  );
}
