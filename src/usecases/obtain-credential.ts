import type { Settings } from '../config/resolve.ts';
import { cachePolicy } from '../inputs/cache.ts';
import { tokenExchangeInput } from '../inputs/exchange.ts';
import { networkSettings } from '../inputs/network.ts';
import { settingFileReader } from '../inputs/secrets.ts';
import type { NetworkSettings, Runtime } from '../ports.ts';
import type { CredentialMethod } from './credential-method.ts';
import { type Credential, getToken } from './get-token.ts';
import { type PreparedCall, withLikelySlips } from './prepare-call.ts';
import { tokenExchangeMethod } from './token-exchange-method.ts';
import { lazyNetwork, type TokenNetwork } from './token-network.ts';
import type { Trace } from './trace-event.ts';

/** What obtaining a credential needs of the world. */
export interface CredentialRuntime extends Runtime {
  readonly trace: Trace;
  /** Opens the network; loaded when it is used. */
  openNetwork(settings: NetworkSettings, runtime: CredentialRuntime): Promise<TokenNetwork>;
  /**
   * The method service-account; loaded when it is used.
   * @throws DexchangeError setting_*, kubeconfig_*
   */
  serviceAccountMethod(settings: Settings, runtime: CredentialRuntime): Promise<CredentialMethod>;
}

/**
 * The credential of a prepared call: binds its settings to the world, chooses the method and runs
 * getToken.
 * @param ignoresFailures true if the servers are asked even though a failure is remembered
 * @throws DexchangeError of exit codes 2 to 6
 */
export async function obtainCredential(
  call: PreparedCall,
  ignoresFailures: boolean,
  callRuntime: CredentialRuntime,
): Promise<Credential> {
  const { settings, env, isClient } = call;
  const runtime = { ...callRuntime, env };
  const { trace } = runtime;
  const readFile = settingFileReader(settings, runtime);
  const network = lazyNetwork((atMostMs) => {
    const shorter = atMostMs === undefined ? {} : { atMostMs };
    return runtime.openNetwork({ ...networkSettings(settings, readFile), ...shorter }, runtime);
  });
  try {
    const method =
      settings.value('method') === 'service-account'
        ? await runtime.serviceAccountMethod(settings, runtime)
        : tokenExchangeMethod(
            tokenExchangeInput(settings, { ...runtime, ...network, readFile }),
            network,
            trace,
          );
    const policy = await cachePolicy(settings, { isClient, ignoresFailures }, runtime);
    return await getToken(method, policy, { runtime, network, trace });
  } catch (error) {
    throw withLikelySlips(error, call);
  }
}
