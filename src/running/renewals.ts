import { DexchangeError } from '../errors.ts';
import type { IdentitySource } from '../identity/source.ts';
import { isVariable } from '../identity/variable-systems.ts';
import { decodeJwt, numericDate } from '../jwt.ts';
import type { Credential } from '../usecases/get-token.ts';
import { type CredentialRuntime, obtainCredential } from '../usecases/obtain-credential.ts';
import type { PreparedCall } from '../usecases/prepare-call.ts';
import type { Trace } from '../usecases/trace-event.ts';
import type { KeepFreshPorts, SourceEnd } from './keep-fresh.ts';

/** What `renewalsOf` needs from the runtime. */
export interface RenewalPorts extends CredentialRuntime {
  /** Ends the time limit of the previous call and starts a new one. */
  beginCall(): void;
  /** Waits, or returns early if the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  printNotice(line: string): void;
}

/** What `keepFresh` needs to renew the credential of a call. */
export interface Renewals extends Omit<KeepFreshPorts, 'publish' | 'failed'> {
  /** @throws DexchangeError of exit codes 2 to 6 */
  obtainFirst(): Promise<Credential>;
}

/** Creates the renewals of a call; each has its own time limit. */
export function renewalsOf(call: PreparedCall, ports: RenewalPorts): Renewals {
  const isIdentity = call.settings.value('method') === 'identity';
  let reason: DexchangeError | undefined;
  let source: IdentitySource | undefined;
  let sourceEnd: SourceEnd | undefined;
  const trace: Trace = (event) => {
    if (event.kind === 'identity') ({ source } = event);
    if (event.kind === 'identity-credential') reason = stillTheSame(source);
    if (event.kind === 'cache-old-entry-used' && event.why.kind === 'renewal-failed') {
      reason = event.why.error;
    }
    ports.trace(event);
  };
  return {
    now: () => ports.now().wallMs,
    sleep: ports.sleep,
    random: Math.random,
    reason: () => reason,
    sourceEnd: () => sourceEnd,
    async obtainFirst() {
      const credential = await obtainCredential(call, {}, { ...ports, trace });
      sourceEnd = await endOf(source, isIdentity);
      return credential;
    },
    notice: ports.printNotice,
    async obtain(refreshBeforeMs: number) {
      reason = undefined;
      ports.beginCall();
      const done = new AbortController();
      try {
        return await Promise.race([
          obtainCredential(call, { refreshBeforeMs, isAwaited: false }, { ...ports, trace }),
          tooLate(call.settings.value('timeout') + graceMs, ports, done.signal),
        ]);
      } finally {
        done.abort();
      }
    },
  };
}

/** When the identity token expires, if the source always provides the same token. */
async function endOf(
  source: IdentitySource | undefined,
  isCredential: boolean,
): Promise<SourceEnd | undefined> {
  if (source === undefined || !isVariable(source)) return undefined;
  const claims = decodeJwt((await source.obtain()).reveal())?.claims;
  const seconds = claims === undefined ? undefined : numericDate(claims, 'exp');
  if (seconds === undefined) return undefined;
  const name = `the identity token from ${source.origin}`;
  return { atMs: seconds * 1000, isCredential, name, hint: source.ifLonger ?? source.whenExpired };
}

/** With method identity, the credential stays the same until the source provides a new token. */
function stillTheSame(source: IdentitySource | undefined): DexchangeError {
  const origin = source?.origin ?? 'its source';
  return new DexchangeError(
    'identity_unavailable',
    `the identity token from ${origin} has not changed`,
    { hint: source?.whenExpired ?? 'use a source that provides new tokens' },
  );
}

/** How long a renewal can take after its time limit to end by itself, in milliseconds. */
const graceMs = 500;

/** Rejects after the time limit, because some waits ignore it, such as a name lookup. */
async function tooLate(
  afterMs: number,
  { sleep }: Pick<RenewalPorts, 'sleep'>,
  signal: AbortSignal,
): Promise<never> {
  await sleep(afterMs, signal);
  throw new DexchangeError('server_timeout', 'the renewal timed out', {
    hint: 'raise --timeout',
  });
}
