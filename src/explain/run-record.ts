import type { Entry } from '../cache/entry.ts';
import type { CacheOff, CachePlace } from '../cache/folder.ts';
import type { KeyInput } from '../cache/key.ts';
import type { Settings } from '../config/resolve.ts';
import type { DexchangeError } from '../errors.ts';
import type { HttpEvent } from '../http/event.ts';
import type { IncomingResponse, OutgoingRequest } from '../http/message.ts';
import type { IdentityOptions } from '../identity/select.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { ExchangeInput } from '../inputs/exchange.ts';
import type { DexToken } from '../oauth/dex-token.ts';
import type { DeferredSecret, Secret } from '../secret.ts';
import type { KubeconfigSource, Trace } from '../usecases/trace-event.ts';

/** What happened in a run, as far as it got. Contains secrets. Times are local, in ms since the epoch. */
export interface RunRecord {
  settings?: Settings;
  kubeconfig?: KubeconfigSource;
  exchange?: ExchangeInput;
  clientSecret?: DeferredSecret;
  identityOptions?: IdentityOptions;
  identity?: IdentitySource;
  subjectTokenType?: string | undefined;
  subjectToken?: Secret;
  /** Whether the identity token is the credential, and has been checked as one. */
  isIdentityCredential?: boolean;
  cache?: { readonly inputs: readonly KeyInput[]; readonly place: CachePlace | CacheOff };
  cacheMiss?: string;
  cacheHit?: { readonly entry: Entry; readonly isFresh: boolean };
  notStored?: string;
  readonly traffic: Traffic[];
  dexToken?: DexToken;
  /** The error that ended the run, if it failed. */
  error?: DexchangeError;
}

/** A request, its events on the network, and its response. */
export interface Traffic {
  readonly request: OutgoingRequest;
  readonly events: HttpEvent[];
  response?: IncomingResponse;
  /** When the last response arrived. */
  answeredMs?: number;
}

/** Whether the call makes no exchange at Dex, because the identity token is the credential. */
export function usesIdentityMethod({ settings }: Pick<RunRecord, 'settings'>): boolean {
  return settings?.value('method') === 'identity';
}

/** Creates an empty record, and an observer that fills it during the run. */
export function recordRun(now: () => number): { record: RunRecord; observe: Trace } {
  const record: RunRecord = { traffic: [] };
  const observe: Trace = (event) => {
    const current = record.traffic.at(-1);
    switch (event.kind) {
      case 'settings':
        record.settings = event.settings;
        break;
      case 'kubeconfig':
        record.kubeconfig = event.source;
        break;
      case 'client':
        record.exchange = event.exchange;
        record.clientSecret = event.clientSecret;
        break;
      case 'identity-options':
        record.identityOptions = event.options;
        break;
      case 'identity':
        record.identity = event.source;
        record.subjectTokenType = event.subjectTokenType;
        break;
      case 'cache-place':
        record.cache = { inputs: event.keyInputs, place: event.place };
        break;
      case 'cache-miss':
        record.cacheMiss ??= event.reason;
        break;
      case 'cache-rejected':
        record.cacheMiss ??= 'bypassed after a 401 of the API server';
        break;
      case 'cache-hit':
        record.cacheHit = { entry: event.entry, isFresh: event.state === 'fresh' };
        break;
      case 'cache-not-stored':
        record.notStored = event.reason;
        break;
      case 'subject-token':
        record.subjectToken = event.token;
        break;
      case 'identity-credential':
        record.isIdentityCredential = true;
        break;
      case 'request':
        record.traffic.push({ request: event.request, events: [] });
        break;
      case 'attempt':
      case 'connected':
      case 'response':
      case 'failed':
        current?.events.push(event);
        if (event.kind === 'response' && current !== undefined) current.answeredMs = now();
        break;
      case 'answer':
        if (current !== undefined) current.response = event.response;
        break;
      case 'dex-token':
        record.dexToken = event.token;
        break;
    }
  };
  return { record, observe };
}
