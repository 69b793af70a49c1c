import type { CachePolicy } from '../../src/cache/policy.ts';
import type { CacheNetwork, ObtainedToken } from '../../src/cache/renewal.ts';
import { renewEntry } from '../../src/cache/renewal.ts';
import { asDexchangeError, DexchangeError } from '../../src/errors.ts';
import { defaultLimits } from '../../src/platform/http/limits.ts';
import { retryWaitMs } from '../../src/platform/http/retry.ts';
import type { Instant, PrivateFiles, TryLock } from '../../src/ports.ts';
import { keepFresh } from '../../src/running/keep-fresh.ts';
import { Secret } from '../../src/secret.ts';
import { type Credential, getToken } from '../../src/usecases/get-token.ts';
import type { Fleet } from './fleet.ts';
import { memoryFiles } from './memory-files.ts';
import type { SimulatedDex } from './simulated-dex.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What all jobs share. */
export interface World {
  readonly fleet: Fleet;
  readonly time: VirtualTime;
  readonly dex: SimulatedDex;
  readonly random: () => number;
  /** Receives each call of a job when it has ended. */
  ended(call: EndedCall): void;
  /** Receives each attempt of exec to renew a credential that has failed. */
  renewalFailed(attempt: { readonly atMs: number }): void;
}

/** A call of dexchange. */
export interface EndedCall {
  /** When it started. */
  readonly atMs: number;
  readonly tookMs: number;
  readonly failed: boolean;
}

/** The cache folder of a job or a runner. */
export interface CacheFolder {
  readonly files: PrivateFiles;
  /** The names of the locks that are held. */
  readonly locks: Set<string>;
}

/** A job with its identity token and its cache. */
export interface Job {
  readonly identity: string;
  /** Undefined: no cache. */
  readonly cache: CacheFolder | undefined;
}

const label = { dex: 'https://dex.example.com/', connector: 'ci' };

/** Runs a job to its end: its calls, or one `exec`. */
export async function runJob(job: Job, world: World): Promise<void> {
  const { fleet, time } = world;
  if (fleet.client === 'exec') return runExec(job, world);
  const startMs = time.now();
  for (let made = 0; made < fleet.calls; made += 1) {
    await time.sleep(startMs + (made * fleet.jobLengthMs) / fleet.calls - time.now());
    await call(job, world);
  }
}

/** As `dexchange exec` does: one credential at the start, then renewals until the command ends. */
async function runExec(job: Job, world: World): Promise<void> {
  const { time, fleet, random } = world;
  const end = new AbortController();
  const startMs = time.now();
  const first = await call(job, world);
  // Without a credential, exec does not run its command.
  if (first === undefined) return;
  const renewing = keepFresh(
    first,
    undefined,
    {
      now: time.now,
      sleep: time.sleep,
      random,
      obtain: (refreshBeforeMs) => credentialOf(job, world, { refreshBeforeMs, isAwaited: false }),
      publish: () => {},
      failed: () => world.renewalFailed({ atMs: time.now() }),
      reason: () => undefined,
      notice: () => {},
      sourceEnd: () => undefined,
    },
    end.signal,
  );
  await time.sleep(startMs + fleet.jobLengthMs - time.now());
  end.abort();
  await renewing;
}

/** Makes a call and records it; returns undefined if it fails. */
async function call(job: Job, world: World): Promise<Credential | undefined> {
  const { time, ended } = world;
  const atMs = time.now();
  const credential = await credentialOf(job, world).catch((error: unknown) => {
    if (asDexchangeError(error).code === 'bug') throw error;
    return undefined;
  });
  ended({ atMs, tookMs: time.now() - atMs, failed: credential === undefined });
  return credential;
}

/** One call of get-token by the code of the program, with simulated files, locks and Dex. */
function credentialOf(
  { identity, cache }: Job,
  world: World,
  renewal: Pick<CachePolicy, 'refreshBeforeMs' | 'isAwaited'> = {
    refreshBeforeMs: undefined,
    isAwaited: true,
  },
): Promise<Credential> {
  const { time, fleet } = world;
  // Without a cache, the program uses neither.
  const folder = cache ?? emptyFolder();
  const now = (): Instant => ({ wallMs: time.now(), steadyMs: time.now(), bootId: 'boot' });
  const runtime = {
    now,
    parentProcess: () => undefined,
    privateFiles: folder.files,
    renewEntry,
  };
  const network = simulatedNetwork(world, folder.locks);
  const method = {
    keyInputs: [['identity', identity]] as const,
    label,
    prepare: async () => async () => exchange(world, (await network.open()).remainingMs),
  };
  const policy: CachePolicy = {
    ...renewal,
    place: cache === undefined ? { off: 'no cache' } : { leaf: '/cache', keyFolders: ['/data'] },
    minTtlMs: 0,
    timeoutMs: fleet.timeoutMs,
    route: '',
    isClient: false,
    ignoresFailures: false,
  };
  return getToken(method, policy, { runtime, network, trace: () => {} });
}

/** A new cache folder. */
export function emptyFolder(): CacheFolder {
  return { files: memoryFiles(), locks: new Set() };
}

/** Locks and deadlines in virtual time. */
function simulatedNetwork(
  { fleet, time, random }: World,
  locks: Set<string>,
): CacheNetwork & { close(): Promise<void> } {
  const startedMs = time.now();
  let endsAtMs: number | undefined;
  const tryLock: TryLock = async (path) => {
    if (locks.has(path)) return undefined;
    locks.add(path);
    return async () => {
      locks.delete(path);
    };
  };
  return {
    async open(atMostMs = Number.POSITIVE_INFINITY) {
      endsAtMs ??= Math.min(startedMs + fleet.timeoutMs, time.now() + atMostMs);
      const deadlineMs = endsAtMs;
      return {
        tryLock,
        sleep: time.sleep,
        random,
        remainingMs: () => Math.max(0, deadlineMs - time.now()),
        cleanUp: () => 0,
      };
    },
    async reopen() {
      endsAtMs = undefined;
    },
    async close() {},
  };
}

/** Sends an exchange, with the retries of the program's HTTP client. */
async function exchange(
  { fleet, time, dex, random }: World,
  remainingMs: () => number,
): Promise<ObtainedToken> {
  for (let attempt = 1; ; attempt += 1) {
    const atMs = time.now();
    const requestedAt: Instant = { wallMs: atMs, steadyMs: atMs, bootId: 'boot' };
    const answer = await dex.exchange(remainingMs());
    if (answer === 'token') {
      // The life starts when Dex signs the token, which is close to the end of the request.
      const token = new Secret(`token ${atMs} ${random()}`);
      return { token, remainingMs: fleet.tokenLifeMs, requestedAt };
    }
    const failed = {
      attempt,
      retryable: answer === 'busy',
      retryAfterMs: answer === 'busy' ? fleet.retryAfterMs : undefined,
    };
    const waitMs = retryWaitMs(failed, defaultLimits.firstBackoffMs, random, remainingMs());
    if (waitMs === undefined) throw failure(answer, fleet);
    await time.sleep(waitMs);
  }
}

function failure(answer: 'busy' | 'timeout', { retryAfterMs }: Fleet): DexchangeError {
  if (answer === 'timeout') {
    return new DexchangeError('server_timeout', 'dex timed out', { hint: 'raise --timeout' });
  }
  return new DexchangeError('server_busy', 'dex answered 429', {
    hint: 'try again later',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
