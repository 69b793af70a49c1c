import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { dexSuite } from '../support/cli-suite.ts';
import { expectFailure } from '../support/expect-failure.ts';
import { busyAnswer, jsonAnswer } from '../support/faults.ts';
import type { Ended } from '../support/run-to-end.ts';

const suite = dexSuite();
const { tokenRequestsDuring: requests } = suite;
beforeEach(() => {
  const { behaviour } = suite.dex;
  onTestFinished(() => {
    behaviour.misbehave = undefined;
    behaviour.tokenLifeSeconds = undefined;
  });
});

function getToken(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return suite.getToken(['--connector-id=mock', ...args], {
    env: { SUBJECT_TOKEN: 'any', ...env },
  });
}

function times<T>(count: number, run: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => run(index));
}

/** Caches a credential and waits until it is due for renewal: a tenth of its lifetime. */
async function aging(args: readonly string[]): Promise<Ended> {
  suite.dex.behaviour.tokenLifeSeconds = 100;
  const ended = await getToken(args);
  await pause(10_000);
  return ended;
}

describe('concurrent processes', () => {
  test('50 processes with an empty cache make one request and get one credential', async () => {
    let ended: Ended[] = [];
    const count = await requests(async () => {
      ended = await Promise.all(times(50, () => getToken(['-o', 'token'])));
    });
    expect(new Set(ended.map(({ code, stderr }) => `${code} ${stderr}`))).toEqual(new Set(['0 ']));
    expect(new Set(ended.map(({ stdout }) => stdout)).size).toBe(1);
    expect(count).toBe(1);
  });

  test('processes that wait for one share its failure', async () => {
    suite.dex.behaviour.misbehave = () => ({
      kind: 'delay',
      ms: 1500,
      then: jsonAnswer(401, { error: 'access_denied' }),
    });
    let ended: Ended[] = [];
    const count = await requests(async () => {
      ended = await Promise.all(times(12, () => getToken()));
    });
    expect(count).toBe(1);
    for (const each of ended) expectFailure(each, { exitCode: 4, names: ['SUBJECT_TOKEN'] });
  });

  test('different identities neither wait for each other nor share a credential', async () => {
    const count = await requests(() =>
      Promise.all(times(6, (index) => getToken([], { SUBJECT_TOKEN: `any-${index % 3}` }))),
    );
    expect(count).toBe(3);
  });

  test('leave only entries behind', async () => {
    await Promise.all(times(10, () => getToken()));
    const left = readdirSync(join(suite.home, '.cache/dexchange'));
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/^[0-9a-f]{32}\.entry$/);
  });
});

/** How a hint says that the failure comes from the cache: its age, and how long it is kept. */
const remembered = /\d+ s old.*\d+ s\b/;

describe('a denial', () => {
  test('is remembered, so that six calls of a client cause one request', async () => {
    suite.dex.behaviour.misbehave = () => jsonAnswer(401, { error: 'access_denied' });
    const ended: Ended[] = [];
    const count = await requests(async () => {
      for (const _ of times(6, () => 0)) ended.push(await getToken());
    });
    expect(count).toBe(1);
    const [first, ...others] = ended;
    expect(first?.stderr).not.toMatch(remembered);
    for (const other of others) {
      const { message } = expectFailure(other, {
        exitCode: 4,
        hint: [remembered, '--no-cache', 'DEXCHANGE_NO_CACHE=true'],
      });
      expect(first?.stderr).toContain(`dexchange: ${message} (dex_subject_token_refused)\n`);
    }
  });

  test('is not remembered for another secret or with --no-cache', async () => {
    const wrong = { DEXCHANGE_CLIENT_SECRET: 'wrong' };
    expect(await getToken([], wrong)).toMatchObject({ code: 4 });
    expect(await getToken()).toMatchObject({ code: 0 });
    const count = await requests(async () => {
      expect(await getToken(['--no-cache'], wrong)).toMatchObject({ code: 4 });
    });
    expect(count).toBe(1);
  });

  test('never hides a valid credential', async () => {
    const args = ['--refresh-before=1h'];
    const first = await aging(['-o', 'token', ...args]);
    suite.dex.behaviour.misbehave = () => jsonAnswer(401, { error: 'access_denied' });
    const count = await requests(async () => {
      for (const _ of times(4, () => 0)) {
        expect(await getToken(['-o', 'token', ...args])).toEqual(first);
      }
    });
    // One attempt to renew, then backoff.
    expect(count).toBe(1);
  });

  test.each([
    ['a configuration error', ['--certificate-authority=/nowhere/ca.crt'], {}, 2],
    ['an empty identity token', ['--subject-token-env=UNSET'], {}, 3],
  ])('is remembered, but %s is not', async (_what, args, env, exitCode) => {
    for (const _ of [1, 2]) {
      const ended = await getToken(args, env);
      const { hint } = expectFailure(ended, { exitCode });
      expect(hint).not.toMatch(remembered);
    }
  });
});

describe('an outage', () => {
  test('is remembered for Retry-After, at most 10 s', async () => {
    suite.dex.behaviour.misbehave = () => busyAnswer(503, '3600');
    const ended: Ended[] = [];
    const count = await requests(async () => {
      for (const _ of [1, 2, 3]) ended.push(await getToken());
    });
    expect(count).toBe(1);
    expect(ended[2]?.stderr).toMatch(/\d+ s old.*\b([1-9]|10) s\b/);
  });

  test('returns the old credential without a message while that is valid', async () => {
    const args = ['--refresh-before=1h', '-o', 'token'];
    const first = await aging(args);
    suite.dex.behaviour.misbehave = () => ({ kind: 'hang' });
    const count = await requests(async () => {
      expect(await Promise.all(times(8, () => getToken(args)))).toEqual(times(8, () => first));
      const told = await getToken([...args, '-v']);
      expect(told.stdout).toBe(first.stdout);
      expect(told.stderr).toMatch(/^debug: cache: .*renew.*failed/m);
    });
    // A busy machine may need more than the two seconds of the attempt to send it.
    expect(count).toBeLessThanOrEqual(1);
  });
});

describe('dexchange cache', () => {
  const cache = (...args: string[]) => suite.run(['cache', ...args]);

  test('lists, clears by key and all, and never shows a token', async () => {
    expect(await cache('list')).toEqual({
      code: 0,
      stderr: '',
      stdout: `the cache in ${join(suite.home, '.cache/dexchange')} is empty\n`,
    });
    const token = (await getToken(['-o', 'token'])).stdout.trim();
    await getToken([], { SUBJECT_TOKEN: 'another' });
    const listed = await cache('list', '-o', 'json');
    expect(listed.stdout).not.toContain(token.slice(0, 20));
    const items = JSON.parse(listed.stdout) as { key: string; remainingSeconds: number }[];
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({ kind: 'token', dex: suite.dex.issuer, connector: 'mock' });
    expect(items[0]?.remainingSeconds).toBeGreaterThan(500);
    const text = await cache('list');
    expect(text.stdout.split('\n')).toHaveLength(4);
    const key = items[0]?.key ?? '';
    expect(await cache('clear', key.slice(0, 12))).toMatchObject({ stdout: '1 file removed\n' });
    expect(JSON.parse((await cache('list', '-o', 'json')).stdout)).toHaveLength(1);
    expect(await cache('clear')).toMatchObject({ code: 0, stdout: '1 file removed\n' });
    expect(readdirSync(join(suite.home, '.cache/dexchange'))).toEqual([]);
  });

  test('prune keeps valid entries', async () => {
    suite.dex.behaviour.tokenLifeSeconds = 600;
    await getToken();
    expect(await cache('prune')).toMatchObject({ code: 0, stdout: '0 files removed\n' });
    expect(await cache('path')).toMatchObject({
      stdout: `${join(suite.home, '.cache/dexchange')}\n`,
    });
  });
});
