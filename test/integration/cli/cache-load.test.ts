import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Dex, startDex } from '../../support/dex.ts';
import { dexchange, freshFolder } from '../../support/dexchange.ts';
import { busyAnswer, jsonAnswer } from '../../support/faults.ts';
import type { Ended } from '../../support/run-to-end.ts';

const clientSecret = 's3cr+t%2F=&:x';
let dex: Dex;
let home: string;

beforeAll(async () => {
  dex = await startDex();
});
afterAll(() => dex.close());
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
  onTestFinished(() => {
    dex.behaviour.misbehave = undefined;
    dex.behaviour.tokenLifeSeconds = undefined;
  });
});

function getToken(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return dexchange(
    [
      'get-token',
      `--dex-url=${dex.issuer}`,
      '--client-id=dex-client-ci-token-exchange@d8-user-authn',
      '--connector-id=mock',
      ...args,
    ],
    { env: { HOME: home, DEXCHANGE_CLIENT_SECRET: clientSecret, SUBJECT_TOKEN: 'any', ...env } },
  );
}

function times<T>(count: number, run: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => run(index));
}

/** A credential that is due for renewal: a tenth of its life has passed, and most is left. */
async function aging(args: readonly string[]): Promise<Ended> {
  dex.behaviour.tokenLifeSeconds = 100;
  const ended = await getToken(args);
  await pause(10_000);
  return ended;
}

async function requests(work: () => Promise<unknown>): Promise<number> {
  const before = dex.tokenRequests().length;
  await work();
  return dex.tokenRequests().length - before;
}

describe('many at once', () => {
  test('50 processes with an empty cache make one request and get one credential', async () => {
    let ended: Ended[] = [];
    const count = await requests(async () => {
      ended = await Promise.all(times(50, () => getToken(['-o', 'token'])));
    });
    expect(new Set(ended.map(({ code, stderr }) => `${code} ${stderr}`))).toEqual(new Set(['0 ']));
    expect(new Set(ended.map(({ stdout }) => stdout)).size).toBe(1);
    expect(count).toBe(1);
  });

  test('a failure of one is taken over by those who wait for it', async () => {
    dex.behaviour.misbehave = () => ({
      kind: 'delay',
      ms: 1500,
      then: jsonAnswer(401, { error: 'access_denied' }),
    });
    let ended: Ended[] = [];
    const count = await requests(async () => {
      ended = await Promise.all(times(12, () => getToken()));
    });
    expect(count).toBe(1);
    for (const each of ended) {
      expect(each).toMatchObject({ code: 4, stdout: '' });
      expect(each.stderr).toMatch(
        /^dexchange: Dex refused the id_token from SUBJECT_TOKEN as subject token/,
      );
    }
  });

  test('different identities do not wait for each other, nor share', async () => {
    const count = await requests(() =>
      Promise.all(times(6, (index) => getToken([], { SUBJECT_TOKEN: `any-${index % 3}` }))),
    );
    expect(count).toBe(3);
  });

  test('nothing but entries is left behind', async () => {
    await Promise.all(times(10, () => getToken()));
    const left = readdirSync(join(home, '.cache/dexchange'));
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/^[0-9a-f]{32}\.entry$/);
  });
});

describe('a refusal', () => {
  test('is remembered, so that a client that asks six times causes one request', async () => {
    dex.behaviour.misbehave = () => jsonAnswer(401, { error: 'access_denied' });
    const ended: Ended[] = [];
    const count = await requests(async () => {
      for (const _ of times(6, () => 0)) ended.push(await getToken());
    });
    expect(count).toBe(1);
    const [first, ...others] = ended;
    expect(first?.stderr).not.toContain('repeated');
    for (const other of others) {
      expect(other).toMatchObject({ code: 4, stdout: '' });
      expect(other.stderr.split('\n')[0]).toBe(first?.stderr.split('\n')[0]);
      expect(other.stderr).toMatch(
        /\nhint: .* \(this answer is \d+ s old and repeated for another \d+ s; --no-cache or DEXCHANGE_NO_CACHE=true asks anew\)\n$/,
      );
    }
  });

  test('is not remembered for another secret, nor with --no-cache', async () => {
    const wrong = { DEXCHANGE_CLIENT_SECRET: 'wrong' };
    expect(await getToken([], wrong)).toMatchObject({ code: 4 });
    expect(await getToken()).toMatchObject({ code: 0 });
    const count = await requests(async () => {
      expect(await getToken(['--no-cache'], wrong)).toMatchObject({ code: 4 });
    });
    expect(count).toBe(1);
  });

  test('never hides a credential that can be used', async () => {
    const args = ['--refresh-before=1h'];
    const first = await aging(['-o', 'token', ...args]);
    dex.behaviour.misbehave = () => jsonAnswer(401, { error: 'access_denied' });
    const count = await requests(async () => {
      for (const _ of times(4, () => 0)) {
        expect(await getToken(['-o', 'token', ...args])).toEqual(first);
      }
    });
    // One try to renew, then peace.
    expect(count).toBe(1);
  });

  test.each([
    ['a configuration error', ['--certificate-authority=/nowhere/ca.crt'], {}, 2],
    ['an empty identity token', ['--subject-token-env=UNSET'], {}, 3],
  ])('is not what %s is', async (_what, args, env, code) => {
    for (const _ of [1, 2]) {
      const ended = await getToken(args, env);
      expect(ended).toMatchObject({ code, stdout: '' });
      expect(ended.stderr).not.toContain('repeated');
    }
  });
});

describe('an outage', () => {
  test('is remembered for as long as the server wants to be left alone, at most 10 s', async () => {
    dex.behaviour.misbehave = () => busyAnswer(503, '3600');
    const ended: Ended[] = [];
    const count = await requests(async () => {
      for (const _ of [1, 2, 3]) ended.push(await getToken());
    });
    expect(count).toBe(1);
    expect(ended[2]?.stderr).toMatch(/repeated for another ([1-9]|10) s/);
  });

  test('means the old credential while there is one, in silence', async () => {
    const args = ['--refresh-before=1h', '-o', 'token'];
    const first = await aging(args);
    dex.behaviour.misbehave = () => ({ kind: 'hang' });
    const count = await requests(async () => {
      expect(await Promise.all(times(8, () => getToken(args)))).toEqual(times(8, () => first));
      const told = await getToken([...args, '-v']);
      expect(told.stdout).toBe(first.stdout);
      expect(told.stderr).toContain(
        'debug: cache: hit, due for renewal, which failed a moment ago',
      );
    });
    // None where the machine is so busy that two seconds do not suffice to ask.
    expect(count).toBeLessThanOrEqual(1);
  });
});

describe('dexchange cache', () => {
  const cache = (...args: string[]) => dexchange(['cache', ...args], { env: { HOME: home } });

  test('lists, clears by key and all, and never shows a token', async () => {
    expect(await cache('list')).toEqual({
      code: 0,
      stderr: '',
      stdout: `the cache in ${join(home, '.cache/dexchange')} is empty\n`,
    });
    const token = (await getToken(['-o', 'token'])).stdout.trim();
    await getToken([], { SUBJECT_TOKEN: 'another' });
    const listed = await cache('list', '-o', 'json');
    expect(listed.stdout).not.toContain(token.slice(0, 20));
    const items = JSON.parse(listed.stdout) as { key: string; remainingSeconds: number }[];
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({ kind: 'token', dex: dex.issuer, connector: 'mock' });
    expect(items[0]?.remainingSeconds).toBeGreaterThan(500);
    const text = await cache('list');
    expect(text.stdout.split('\n')).toHaveLength(4);
    const key = items[0]?.key ?? '';
    expect(await cache('clear', key.slice(0, 12))).toMatchObject({ stdout: '1 file removed\n' });
    expect(JSON.parse((await cache('list', '-o', 'json')).stdout)).toHaveLength(1);
    expect(await cache('clear')).toMatchObject({ code: 0, stdout: '1 file removed\n' });
    expect(readdirSync(join(home, '.cache/dexchange'))).toEqual([]);
  });

  test('prune keeps what is of use and what is not ours', async () => {
    dex.behaviour.tokenLifeSeconds = 600;
    await getToken();
    expect(await cache('prune')).toMatchObject({ code: 0, stdout: '0 files removed\n' });
    expect(await cache('path')).toMatchObject({ stdout: `${join(home, '.cache/dexchange')}\n` });
  });
});
