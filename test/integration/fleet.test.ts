import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Fleet } from '../../scripts/fleet/fleet.ts';
import { usualFleet } from '../../scripts/fleet/options.ts';
import { simulate } from '../../scripts/fleet/simulate.ts';
import { ciClient, dexSuite, idpSecret } from '../support/cli-suite.ts';
import type { Ended } from '../support/run-to-end.ts';

// The simulation of scripts/fleet must count the same exchanges as real processes make.

const suite = dexSuite();

/** Three jobs that start together on two runners, and call twice. */
const fleet: Fleet = {
  ...usualFleet,
  ...{ jobsPerHour: 3, herd: 3, herdSpreadMs: 100, runners: 2, calls: 2, jobLengthMs: 1000 },
};

/** Runs a command of a job. */
type Run = (command: readonly string[], more?: readonly string[]) => Promise<Ended>;

/** Runs the jobs of a fleet as processes; `work` is what one of them does. */
async function runFleet(
  { jobsPerHour, runners, identity, cache }: Fleet,
  work: (run: Run) => Promise<void>,
): Promise<void> {
  const jobs = Array.from({ length: jobsPerHour }, async (_, job) => {
    const home = join(suite.home, cache === 'runner' ? `runner-${job % runners}` : `job-${job}`);
    const token = await suite.idp.mintGitlab('valid', { jti: `${home} ${job}` });
    const flags =
      identity === 'job'
        ? ['--subject-token-env=CI_TOKEN', '--connector-id=gitlab']
        : [
            ...['--idp-client-id=ci-client', `--idp-issuer-url=${suite.idp.issuer}`],
            ...['--idp-scope=openid', '--connector-id=keycloak'],
          ];
    await work((command, more = []) =>
      suite.run(
        [
          ...[...command, `--dex-url=${suite.dex.issuer}`, `--client-id=${ciClient.id}`, ...flags],
          ...[...(cache === 'none' ? ['--no-cache'] : []), ...more],
        ],
        {
          env: {
            ...{ HOME: home, XDG_RUNTIME_DIR: suite.home },
            ...{ DEXCHANGE_CLIENT_SECRET: ciClient.secret, DEXCHANGE_IDP_CLIENT_SECRET: idpSecret },
            ...(identity === 'job' ? { CI_TOKEN: token } : {}),
          },
        },
      ),
    );
  });
  await Promise.all(jobs);
}

/** Calls get-token as often as a job of the fleet does; returns the exit codes. */
async function callPlugin(run: Run): Promise<readonly Ended['code'][]> {
  const codes: Ended['code'][] = [];
  for (let call = 0; call < fleet.calls; call += 1) {
    codes.push((await run(['get-token'])).code);
  }
  return codes;
}

describe('the simulation makes as many exchanges as real processes', () => {
  beforeEach(() => {
    suite.dex.behaviour.misbehave = undefined;
    suite.dex.behaviour.tokenLifeSeconds = undefined;
  });

  test.each([
    ['job', 'job', 3],
    ['shared', 'job', 3],
    ['shared', 'runner', 2],
    ['shared', 'none', 6],
  ] as const)('identity %s, cache %s: %d', async (identity, cache, expected) => {
    const such = { ...fleet, identity, cache };
    const codes: Ended['code'][] = [];
    const made = await suite.tokenRequestsDuring(() =>
      runFleet(such, async (run) => void codes.push(...(await callPlugin(run)))),
    );
    expect(codes).toEqual([0, 0, 0, 0, 0, 0]);
    expect(made).toBe(expected);
    expect(await simulate(such)).toMatchObject({ calls: 6, exchanges: made, failedCalls: 0 });
  });

  test('with the retries after 429, and none while the failure is remembered', async () => {
    let isFirst = true;
    suite.dex.behaviour.misbehave = ({ path }) => {
      if (!path.endsWith('/token')) return undefined;
      const passes = isFirst;
      isFirst = false;
      return passes ? undefined : { kind: 'answer', status: 429, body: '' };
    };
    const codes: Ended['code'][] = [];
    const made = await suite.tokenRequestsDuring(() =>
      runFleet(fleet, async (run) => void codes.push(...(await callPlugin(run)))),
    );
    expect(codes.toSorted()).toEqual([0, 0, 5, 5, 5, 5]);
    // One that passes, and three attempts of each of the other two.
    expect(made).toBe(7);
    const limited = { ...fleet, limitPerSecond: 0.001, herdSpreadMs: 0 };
    expect(await simulate(limited)).toMatchObject({ requests: made, exchanges: 1, failedCalls: 4 });
  });

  test('with the renewals of exec', async () => {
    suite.dex.behaviour.tokenLifeSeconds = 6;
    const jobLengthMs = 6000;
    const such: Fleet = {
      ...fleet,
      client: 'exec',
      jobLengthMs,
      tokenLifeMs: 6000,
      jobsPerHour: 1,
      herd: 1,
    };
    const made = await suite.tokenRequestsDuring(() =>
      runFleet(such, async (run) => {
        const kubernetes = [
          '--server=https://127.0.0.1:1',
          '--',
          'sleep',
          String(jobLengthMs / 1000),
        ];
        expect(await run(['exec'], kubernetes)).toMatchObject({ code: 0 });
      }),
    );
    const { exchanges } = await simulate(such);
    expect(exchanges).toBe(3);
    // A renewal can be late on a busy machine, or early, because Dex's times are in whole seconds.
    expect(Math.abs(made - exchanges)).toBeLessThanOrEqual(1);
  });
});
