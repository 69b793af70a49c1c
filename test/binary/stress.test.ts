import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { type Dex, dexClients, startDex } from '../support/dex.ts';
import { dexchange, execCredential, freshFolder } from '../support/dexchange.ts';
import { busyAnswer, type Fault, jsonAnswer } from '../support/faults.ts';
import { type Idp, startIdp } from '../support/idp.ts';
import { type EndedCall, type RunningCall, startCall } from './recorded-call.ts';

// The clocks of Dex and the IdP are two hours ahead of the local clock.
const skewSeconds = 7200;
const tokenLifeSeconds = 5;

/** A credential is used for 90 % of its lifetime minus 1 s, the resolution of the `Date` header. */
const usableMs = (tokenLifeSeconds - 1) * 900;
/** It is renewed when at most 20 % of that lifetime is left. */
const renewedAfterMs = (tokenLifeSeconds - 1) * 800;

const identities = ['anna', 'boris', 'clara', 'dmitri'] as const;
type Identity = (typeof identities)[number];

interface Phase {
  readonly ms: number;
  /** How Dex fails token requests; undefined if it works. */
  readonly fault?: () => Fault;
  /** Whether the client retries within the same call. */
  readonly isRetried?: boolean;
}

const phases: readonly Phase[] = [
  { ms: 6000 },
  { ms: 3000, fault: () => busyAnswer(503), isRetried: true },
  { ms: 8000 },
  { ms: 3500, fault: () => ({ kind: 'hang' }) },
  { ms: 8000 },
  { ms: 1500, fault: () => ({ kind: 'reset' }), isRetried: true },
  { ms: 1500, fault: () => jsonAnswer(401, { error: 'access_denied' }) },
  { ms: 12_000 },
];

const concurrentCalls = 20;

interface Call extends EndedCall {
  readonly identity: Identity;
}

interface Run {
  readonly calls: readonly Call[];
  readonly elapsedMs: number;
  /** Requests with a response that the client retries. */
  readonly retriedRequests: number;
}

test('hundreds of calls, killed at random, while Dex fails, hangs and recovers', {
  timeout: 120_000,
}, async () => {
  const idp = await startIdp({ clockSkewSeconds: skewSeconds });
  onTestFinished(idp.close);
  const dex = await startDex({
    idps: { gitlab: idp },
    clockSkewSeconds: skewSeconds,
    tokenLifeSeconds,
  });
  onTestFinished(dex.close);
  const home = freshFolder();
  onTestFinished(home.remove);

  const tokens = await subjectTokens(idp);
  const run = await play(dex, home.path, tokens);
  const { calls } = run;
  const ended = calls.filter((call) => !call.killed);
  const printed = calls.flatMap((call) => credentialOf(call));
  logSummary(run, dex);

  // The run had enough calls, killed calls and credentials.
  expect(calls.length).toBeGreaterThan(300);
  expect(calls.length - ended.length).toBeGreaterThan(20);
  expect(printed.length).toBeGreaterThan(150);

  for (const { call, claims } of printed) {
    expect(claims, `for ${call.identity}`).toMatchObject({ email: `${call.identity}@example.com` });
    expect(claims.aud).toContain('kubernetes');
    const expiryMs = (Number(claims.exp) - skewSeconds) * 1000;
    expect(call.printedMs, 'printed before it expired').toBeLessThan(expiryMs);
  }

  // Each call that was not killed succeeds, or fails because of Dex.
  for (const call of ended) {
    expect([0, 4, 5], call.stderr).toContain(call.code);
    expect(call.stdout === '', call.stderr).toBe(call.code !== 0);
  }

  // No call fails while a valid credential exists: one that another call had printed, and therefore
  // stored, before the failed call started, and that was usable until after the failed call ended.
  for (const failed of ended.filter(({ code }) => code !== 0)) {
    const valid = printed.filter(
      ({ call, claims }) =>
        call.identity === failed.identity &&
        call.endedMs < failed.startedMs &&
        failed.endedMs < usableUntilMs(claims),
    );
    expect(valid, `failed despite a valid credential:\n${failed.stderr}`).toEqual([]);
  }

  // The limit in docs/cache.md: one renewal per identity and credential lifetime, and one more
  // exchange if it failed; one exchange per process that was killed or that stopped waiting for the
  // lock.
  const lifetimes = Math.ceil(run.elapsedMs / renewedAfterMs) + 1;
  const unlocked = calls.filter((call) => call.stderr.includes('going on without the lock')).length;
  const killed = calls.length - ended.length;
  const limit = identities.length * lifetimes * 2 + killed + unlocked;
  // At most one of three attempts is the exchange, the others are retries.
  const retries = Math.ceil((run.retriedRequests * 2) / 3);
  expect(dex.tokenRequests().length - retries).toBeLessThanOrEqual(limit);

  await expectNoLitter(dex, home.path, tokens);
});

async function subjectTokens(idp: Idp): Promise<Record<Identity, string>> {
  const minted = identities.map(async (identity) => [
    identity,
    await idp.mintGitlab(undefined, {
      user_email: `${identity}@example.com`,
      user_login: identity,
    }),
  ]);
  return Object.fromEntries(await Promise.all(minted));
}

/** Keeps several calls running during all phases, and kills some of them. */
async function play(
  dex: Dex,
  home: string,
  tokens: Readonly<Record<Identity, string>>,
): Promise<Run> {
  const running = new Map<RunningCall, Identity>();
  const calls: Call[] = [];
  let retriedRequests = 0;
  let phase: Phase | undefined = phases[0];

  const kill = (identity: Identity): void => {
    for (const [call, whose] of running) if (whose === identity) call.kill();
  };
  dex.behaviour.misbehave = (request) => {
    const identity = identities.find((name) => tokens[name] === request.form.get('subject_token'));
    // A cancelled job kills the holder of the lock, the calls that wait for it and those that read
    // the cache, before or after the response of Dex, or while the entry is being written.
    if (identity !== undefined && Math.random() < 0.15) {
      setTimeout(() => kill(identity), Math.random() * 40);
    }
    if (phase?.isRetried === true) retriedRequests += 1;
    return phase?.fault?.();
  };

  const worker = async (): Promise<void> => {
    while (phase !== undefined) {
      const identity = pick(identities);
      const call = startCall(home, [...argsFor(dex), '-v', `--timeout=${pick(timeouts)}`], {
        ...envFor(home, tokens[identity]),
        ...(Math.random() < 0.5 ? { KUBERNETES_EXEC_INFO: execInfo } : {}),
      });
      running.set(call, identity);
      if (Math.random() < 0.05) setTimeout(call.kill, Math.random() * 200);
      calls.push({ ...(await call.ended), identity });
      running.delete(call);
      await pause(Math.random() * 150);
    }
  };
  const startedMs = Date.now();
  const workers = Array.from({ length: concurrentCalls }, worker);
  for (const next of phases) {
    phase = next;
    await pause(next.ms);
  }
  phase = undefined;
  await Promise.all(workers);
  dex.behaviour.misbehave = undefined;
  return { calls, elapsedMs: Date.now() - startedMs, retriedRequests };
}

// The first and second timeouts expire while the lock of a killed holder is still considered held.
const timeouts = ['2s', '4s', '15s', '30s'] as const;
const execInfo = JSON.stringify({
  kind: 'ExecCredential',
  apiVersion: 'client.authentication.k8s.io/v1',
  spec: { interactive: false },
});

function argsFor(dex: Dex): string[] {
  return [
    'get-token',
    `--dex-url=${dex.issuer}`,
    `--client-id=${dexClients[0].id}`,
    '--connector-id=gitlab',
    '--subject-token-env=CI_TOKEN',
  ];
}

function envFor(home: string, token: string): Readonly<Record<string, string>> {
  return { HOME: home, CI_TOKEN: token, DEXCHANGE_CLIENT_SECRET: dexClients[0].secret };
}

/** The credential that a call printed; an empty list if the output is incomplete. */
function credentialOf(call: Call) {
  if (!call.stdout.endsWith('\n')) return [];
  const { status } = execCredential({ ...call, code: 0 });
  return [{ call, claims: decodeJwt(status.token) }];
}

/** By the local clock; 100 ms early, because Dex issues a credential before a call prints it. */
function usableUntilMs(claims: { exp?: number }): number {
  const issuedMs = (Number(claims.exp) - skewSeconds - tokenLifeSeconds) * 1000;
  return issuedMs + usableMs - 100;
}

function logSummary({ calls, elapsedMs }: Run, dex: Dex): void {
  const count = (is: (call: Call) => boolean): number => calls.filter(is).length;
  console.log(
    [
      `${calls.length} calls in ${Math.round(elapsedMs / 1000)} s`,
      `${count(({ killed }) => killed)} killed`,
      `${count(({ code }) => code === 0)} with a credential`,
      `${count(({ stderr }) => stderr.includes('repeated for another'))} repeated a remembered denial`,
      `${count(({ stderr }) => stderr.includes('going on without the lock'))} without the lock`,
      `${dex.tokenRequests().length} requests at Dex`,
    ].join(', '),
  );
}

/** Asserts that misses after all files are stale leave only their entry and the key. */
async function expectNoLitter(
  dex: Dex,
  home: string,
  tokens: Readonly<Record<Identity, string>>,
): Promise<void> {
  const cache = join(home, '.cache/dexchange');
  const data = join(home, '.local/share/dexchange');
  // Files that only a killed process leaves, in addition to those of this run.
  const name = (digit: string): string => digit.repeat(32);
  for (const path of [
    join(cache, `${name('a')}.entry.${'0'.repeat(16)}.tmp`),
    join(cache, `${name('b')}.refusal.${'1'.repeat(16)}.tmp`),
    join(data, `key.${'2'.repeat(16)}.tmp`),
  ]) {
    writeFileSync(path, 'half', { mode: 0o600 });
  }
  // Clean-up has 50 ms in each miss, in which a busy machine does only a part.
  for (let misses = 0; misses < 10 && (misses === 0 || isLittered(cache, data)); misses++) {
    for (const folder of [cache, data]) {
      for (const file of readdirSync(folder)) {
        const path = join(folder, file);
        if (/\.(entry|refusal)$/.test(file)) age(path);
        if (file !== 'key') utimesSync(path, longAgo, longAgo);
      }
    }
    execCredential(await dexchange(argsFor(dex), { env: envFor(home, tokens.anna) }));
  }
  expect(readdirSync(cache)).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.entry$/)]);
  expect(readdirSync(data)).toEqual(['key']);
}

function isLittered(cache: string, data: string): boolean {
  return readdirSync(cache).length > 1 || readdirSync(data).length > 1;
}

const longAgo = new Date(Date.now() - 25 * 3_600_000);

/** Sets back the time in the unencrypted header, which only clean-up uses. */
function age(path: string): void {
  const text = readFileSync(path, 'latin1');
  const aged = text.replace(/"wallMs":(\d+)/, (_all, digits: string) => {
    const wallMs = String(Math.round(Number(digits) - 3_600_000)).padStart(digits.length, ' ');
    return `"wallMs":${wallMs}`;
  });
  writeFileSync(path, aged, 'latin1');
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)] as T;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
