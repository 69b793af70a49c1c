import type { RenewEntry } from '../cache/renewal.ts';
import type { Settings } from '../config/resolve.ts';
import { cachePolicy } from '../inputs/cache.ts';
import { tokenExchangeInput } from '../inputs/exchange.ts';
import type { IdentityPorts } from '../inputs/identity.ts';
import { type ReadSettingFile, type SecretPorts, settingFileReader } from '../inputs/secrets.ts';
import type { Environment, Runtime } from '../ports.ts';
import { type Credential, type CredentialMethod, getToken } from './get-token.ts';
import type { DatedResponse, IdentityMethodPorts } from './identity-method.ts';
import { type PreparedCall, withLikelyMistakes } from './prepare-call.ts';
import { tokenExchangeMethod } from './token-exchange-method.ts';
import type { LazyNetwork, TokenNetwork } from './token-network.ts';
import type { Trace } from './trace-event.ts';

/** The parameters of opening the network. */
export interface NetworkOpening {
  readonly settings: Settings;
  readonly readFile: ReadSettingFile;
  /** A deadline in milliseconds from now, if sooner than the deadline of the call. */
  readonly atMostMs: number | undefined;
  readonly env: Environment;
  readonly trace: Trace;
}

/** What obtaining a credential needs from the runtime. */
export interface CredentialRuntime extends Runtime {
  readonly trace: Trace;
  /**
   * Opens the network; loaded on first use.
   * @throws DexchangeError setting_missing, setting_invalid, setting_file_unreadable
   */
  openNetwork(opening: NetworkOpening): Promise<TokenNetwork>;
  /** See RenewEntry; loaded on first use. */
  readonly renewEntry: RenewEntry;
  /**
   * Creates the method service-account; loaded on first use.
   * @throws DexchangeError setting_*, kubeconfig_*
   */
  serviceAccountMethod(settings: Settings, runtime: CredentialRuntime): Promise<CredentialMethod>;
  /**
   * Creates the method identity; loaded on first use.
   * @throws DexchangeError setting_*, identity_*, subject_token_*
   */
  identityMethod(settings: Settings, runtime: IdentityRuntime): Promise<CredentialMethod>;
}

/** What method identity needs from a call. */
export type IdentityRuntime = SecretPorts & IdentityPorts & IdentityMethodPorts;

/** How a call differs from what its settings say. */
export interface ObtainOptions {
  /** Whether to send requests even if a failure is remembered. */
  readonly ignoresFailures?: boolean;
  /** How long before expiry the credential is to be renewed, in milliseconds. */
  readonly refreshBeforeMs?: number;
  /** See CachePolicy; default: true. */
  readonly isAwaited?: boolean;
}

/**
 * Obtains the credential of a prepared call: binds its settings to the runtime, selects the method and
 * runs getToken.
 * @throws DexchangeError of exit codes 2 to 6
 */
export async function obtainCredential(
  call: PreparedCall,
  { ignoresFailures = false, isAwaited = true, refreshBeforeMs }: ObtainOptions,
  callRuntime: CredentialRuntime,
): Promise<Credential> {
  const { settings, env, isClient } = call;
  let lastResponse: DatedResponse | undefined;
  const trace: Trace = (event) => {
    if (event.kind === 'response') {
      lastResponse = { receivedMs: callRuntime.now().wallMs, date: event.date };
    }
    callRuntime.trace(event);
  };
  const runtime = { ...callRuntime, env, trace };
  const readFile = settingFileReader(settings, runtime);
  const network = lazyNetwork(settings, readFile, runtime);
  try {
    const ports = { ...runtime, ...network, readFile, lastResponse: () => lastResponse };
    const method = await selectedMethod(settings, ports, network);
    const caller = { isClient, ignoresFailures, isAwaited };
    const policy = await cachePolicy(settings, caller, runtime);
    return await getToken(
      method,
      refreshBeforeMs === undefined ? policy : { ...policy, refreshBeforeMs },
      { runtime, network, trace },
    );
  } catch (error) {
    throw withLikelyMistakes(error, call);
  }
}

async function selectedMethod(
  settings: Settings,
  ports: CredentialRuntime & IdentityRuntime,
  network: LazyNetwork,
): Promise<CredentialMethod> {
  switch (settings.value('method')) {
    case 'service-account':
      return ports.serviceAccountMethod(settings, ports);
    case 'identity':
      return ports.identityMethod(settings, ports);
    default:
      return tokenExchangeMethod(tokenExchangeInput(settings, ports), network, ports.trace);
  }
}

/** Binds the network of a call, which is opened on first use. */
export function lazyNetwork(
  settings: Settings,
  readFile: ReadSettingFile,
  { env, trace, openNetwork }: Pick<CredentialRuntime, 'env' | 'trace' | 'openNetwork'>,
): LazyNetwork {
  let opened: Promise<TokenNetwork> | undefined;
  const open = (atMostMs?: number): Promise<TokenNetwork> => {
    opened ??= openNetwork({ settings, readFile, atMostMs, env, trace });
    return opened;
  };
  const close = async (): Promise<void> => {
    // An error of opening it has already been thrown to its caller.
    const network = await opened?.catch(() => undefined);
    await network?.close();
  };
  return {
    open,
    close,
    async reopen() {
      await close();
      opened = undefined;
    },
    async exchangeToken(exchange, subjectToken, whenExpired) {
      return (await open()).exchangeToken(exchange, subjectToken, whenExpired);
    },
    async requestClientCredentials(request) {
      return (await open()).requestClientCredentials(request);
    },
    async requestCiToken(request) {
      return (await open()).requestCiToken(request);
    },
    async requestCiAccount(request) {
      return (await open()).requestCiAccount(request);
    },
    async runCommand(command, env) {
      return (await open()).runCommand(command, env);
    },
  };
}
