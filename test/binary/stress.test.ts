import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { expect, onTestFinished, test } from 'vitest';
import { type Dex, dexClients, startDex } from '../support/dex.ts';
import { dexchange, execCredential, freshFolder } from '../support/dexchange.ts';
import { busyAnswer, type Fault, jsonAnswer } from '../support/faults.ts';
import { type Idp, startIdp } from '../support/idp.ts';
import { type EndedCall, type RunningCall, startCall } from './recorded-call.ts';

// Dex's clock and the IdP's are two hours ahead of this machine's.
const skewSeconds = 7200;
const tokenLifeSeconds = 5;

/** A credential is used for its life, less the second that `Date` may be behind and a tenth. */
const usableMs = (tokenLifeSeconds - 1) * 900;
/** And renewed at the earliest when a fifth of that life is left. */
const renewedAfterMs = (tokenLifeSeconds - 1) * 800;

const identities = ['anna', 'boris', 'clara', 'dmitri'] as const;
type Identity = (typeof identities)[number];

interface Phase {
  readonly ms: number;
  /** What Dex does at a token request; undefined is its usual answer. */
  readonly fault?: () => Fault;
  /** Whether the client asks again within the same call. */
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

const atOnce = 20;

interface Call extends EndedCall {
  readonly identity: Identity;
}

interface Run {
  readonly calls: readonly Call[];
  readonly elapsedMs: number;
  /** Requests that Dex answered by something that makes the client try again. */
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
  const given = calls.flatMap((call) => credentialOf(call));
  tellOf(run, dex);

  // The run itself is of the kind it claims to be.
  expect(calls.length).toBeGreaterThan(300);
  expect(calls.length - ended.length).toBeGreaterThan(20);
  expect(given.length).toBeGreaterThan(150);

  for (const { call, claims } of given) {
    expect(claims, `for ${call.identity}`).toMatchObject({ email: `${call.identity}@example.com` });
    expect(claims.aud).toContain('kubernetes');
    const deadMs = (Number(claims.exp) - skewSeconds) * 1000;
    expect(call.printedMs, 'printed before it expired').toBeLessThan(deadMs);
  }

  // Whoever ends by itself says yes, or no with a reason that is Dex's.
  for (const call of ended) {
    expect([0, 4, 5], call.stderr).toContain(call.code);
    expect(call.stdout === '', call.stderr).toBe(call.code !== 0);
  }

  // No call fails while a valid credential exists: one that another call had printed, and so had
  // stored, before this one began, and that was to be used beyond this one's end.
  for (const failed of ended.filter(({ code }) => code !== 0)) {
    const valid = given.filter(
      ({ call, claims }) =>
        call.identity === failed.identity &&
        call.endedMs < failed.startedMs &&
        failed.endedMs < usableUntilMs(claims),
    );
    expect(valid, `failed all the same:\n${failed.stderr}`).toEqual([]);
  }

  // The bound that docs/cache.md states: per identity and credential's life one renewal, and one
  // more exchange if that failed; and one for each process that was killed, or that ran out of
  // patience with the holder of the lock.
  const lives = Math.ceil(run.elapsedMs / renewedAfterMs) + 1;
  const alone = calls.filter((call) => call.stderr.includes('going on without the lock')).length;
  const killed = calls.length - ended.length;
  const bound = identities.length * lives * 2 + killed + alone;
  // Of three attempts at most one is the exchange, the others are retries.
  const retries = Math.ceil((run.retriedRequests * 2) / 3);
  expect(dex.tokenRequests().length - retries).toBeLessThanOrEqual(bound);

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

/** Keeps a number of calls running through all phases, and kills some. */
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
    // A cancelled job: the holder of the lock goes, those who wait for it, and all that read just
    // then; before the answer, after it, or while it is being written.
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
  const workers = Array.from({ length: atOnce }, worker);
  for (const next of phases) {
    phase = next;
    await pause(next.ms);
  }
  phase = undefined;
  await Promise.all(workers);
  dex.behaviour.misbehave = undefined;
  return { calls, elapsedMs: Date.now() - startedMs, retriedRequests };
}

// The first and second end while a killed holder's lock still looks alive.
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

/** What a call printed; nothing if it printed nothing whole. */
function credentialOf(call: Call) {
  if (!call.stdout.endsWith('\n')) return [];
  const { status } = execCredential({ ...call, code: 0 });
  return [{ call, claims: decodeJwt(status.token) }];
}

/** By this machine's clock, and a moment less, since the printing was a moment after the issue. */
function usableUntilMs(claims: { exp?: number }): number {
  const issuedMs = (Number(claims.exp) - skewSeconds - tokenLifeSeconds) * 1000;
  return issuedMs + usableMs - 100;
}

function tellOf({ calls, elapsedMs }: Run, dex: Dex): void {
  const count = (is: (call: Call) => boolean): number => calls.filter(is).length;
  console.log(
    [
      `${calls.length} calls in ${Math.round(elapsedMs / 1000)} s`,
      `${count(({ killed }) => killed)} killed`,
      `${count(({ code }) => code === 0)} with a credential`,
      `${count(({ stderr }) => stderr.includes('repeated for another'))} told a remembered answer`,
      `${count(({ stderr }) => stderr.includes('going on without the lock'))} without the lock`,
      `${dex.tokenRequests().length} requests at Dex`,
    ].join(', '),
  );
}

/** One miss, later than all stale times, leaves its own entry and the key. */
async function expectNoLitter(
  dex: Dex,
  home: string,
  tokens: Readonly<Record<Identity, string>>,
): Promise<void> {
  const cache = join(home, '.cache/dexchange');
  const data = join(home, '.local/share/dexchange');
  // What only a killed process leaves: some of each, whatever this run has left.
  const name = (digit: string): string => digit.repeat(32);
  for (const path of [
    join(cache, `${name('a')}.entry.${'0'.repeat(16)}.tmp`),
    join(cache, `${name('b')}.refusal.${'1'.repeat(16)}.tmp`),
    join(data, `key.${'2'.repeat(16)}.tmp`),
  ]) {
    writeFileSync(path, 'half', { mode: 0o600 });
  }
  for (const folder of [cache, data]) {
    for (const file of readdirSync(folder)) {
      const path = join(folder, file);
      if (/\.(entry|refusal)$/.test(file)) age(path);
      if (file !== 'key') utimesSync(path, longAgo, longAgo);
    }
  }
  const ended = await dexchange(argsFor(dex), { env: envFor(home, tokens.anna) });
  execCredential(ended);
  expect(readdirSync(cache)).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.entry$/)]);
  expect(readdirSync(data)).toEqual(['key']);
}

const longAgo = new Date(Date.now() - 25 * 3_600_000);

/** Sets the clear header's time back, which nobody believes but clean-up. */
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
