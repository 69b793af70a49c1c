import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Dex, dexClients, startDex } from '../support/dex.ts';
import { dexchange, freshFolder } from '../support/dexchange.ts';
import type { Ended } from '../support/run-to-end.ts';
import { startCall } from './recorded-call.ts';

const isRoot = process.geteuid?.() === 0;
const isLinux = process.platform === 'linux';
const [client] = dexClients;

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

function argsWith(...args: string[]): string[] {
  return [
    ...['get-token', '-v', '-o', 'token', `--dex-url=${dex.issuer}`],
    ...[`--client-id=${client.id}`, '--connector-id=mock', ...args],
  ];
}

function envOf(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return { HOME: home, SUBJECT_TOKEN: 'any', DEXCHANGE_CLIENT_SECRET: client.secret, ...more };
}

function getToken(args: readonly string[] = [], env = envOf()): Promise<Ended> {
  return dexchange(argsWith(...args), { env });
}

async function requests(work: () => Promise<unknown>): Promise<number> {
  const before = dex.tokenRequests().length;
  await work();
  return dex.tokenRequests().length - before;
}

function times<T>(count: number, run: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => run(index));
}

const leaf = (): string => join(home, '.cache', 'dexchange');

describe('50 concurrent processes without a sealing key', () => {
  test.each<[string, () => Readonly<Record<string, string>>, () => string]>([
    ['in the data folder', () => ({}), () => join(home, '.local/share/dexchange')],
    // A data folder that cannot be created.
    [
      'in the cache folder',
      () => ({ XDG_DATA_HOME: '/dev/null' }),
      () => join(home, '.cache/dexchange'),
    ],
  ])('agree on one key %s, and can open all entries', async (_where, env, folder) => {
    const round = () =>
      Promise.all(
        times(50, (index) => getToken([], envOf({ ...env(), SUBJECT_TOKEN: `s${index}` }))),
      );
    let first: Ended[] = [];
    let second: Ended[] = [];
    expect(
      await requests(async () => {
        first = await round();
      }),
    ).toBe(50);
    expect(
      await requests(async () => {
        second = await round();
      }),
    ).toBe(0);
    expect(first.map(({ code }) => code)).toEqual(times(50, () => 0));
    expect(second.map(({ stdout }) => stdout)).toEqual(first.map(({ stdout }) => stdout));
    expect(readdirSync(folder()).filter((name) => name.startsWith('key'))).toEqual(['key']);
    const keys = [leaf(), join(home, '.local/share/dexchange')].filter((path) =>
      existsSync(join(path, 'key')),
    );
    expect(keys).toEqual([folder()]);
  });
});

describe.skipIf(!isRoot || !isLinux)(
  'another user with write access to the parent folder (needs root and setpriv)',
  () => {
    const [victim, attacker] = [12_345, 23_456];
    const named = () => join(home, 'builds');

    function asVictim(): Promise<Ended> {
      const wrapper = ['setpriv', '--reuid', `${victim}`, '--regid', `${victim}`, '--clear-groups'];
      const args = argsWith(`--cache-dir=${named()}`);
      return dexchange(args, { env: envOf({ HOME: join(home, 'victim') }), cwd: '/', wrapper });
    }

    beforeEach(() => {
      chmodSync(home, 0o755);
      mkdirSync(named());
      chmodSync(named(), 0o777);
      mkdirSync(join(home, 'victim'));
      chownSync(join(home, 'victim'), victim, victim);
    });

    test.each([0o700, 0o777])('cannot prepare the cache folder with mode %d', async (mode) => {
      const folder = join(named(), 'dexchange');
      mkdirSync(folder);
      chownSync(folder, attacker, attacker);
      chmodSync(folder, mode);
      const ended = await asVictim();
      expect(ended).toMatchObject({ code: 0 });
      expect(ended.stderr).toContain(`belongs to user id ${attacker}, not to ${victim}`);
      expect(readdirSync(folder)).toEqual([]);
    });

    test('cannot replace the cache folder by a copy, a link or a file', async () => {
      const folder = join(named(), 'dexchange');
      const first = await asVictim();
      const attacks: (() => void)[] = [
        () => {
          cpSync(`${folder}.victim`, folder, { recursive: true });
          for (const name of ['', ...readdirSync(folder)]) {
            chownSync(join(folder, name), attacker, attacker);
          }
        },
        () => symlinkSync(`${folder}.victim`, folder),
        () => symlinkSync('/etc', folder),
        () => writeFileSync(folder, ''),
      ];
      renameSync(folder, `${folder}.victim`);
      for (const attack of attacks) {
        rmSync(folder, { recursive: true, force: true });
        attack();
        const before = dex.tokenRequests().length;
        const ended = await asVictim();
        expect(ended.code, ended.stderr).toBe(0);
        expect(dex.tokenRequests().length - before).toBe(1);
        expect(ended.stderr).toContain('debug: cache: not stored');
      }
      rmSync(folder);
      renameSync(`${folder}.victim`, folder);
      expect(await asVictim()).toMatchObject({ code: 0, stdout: first.stdout });
    });
  },
);

describe('a short timeout', () => {
  test('of 0 is invalid, and a hit succeeds with any other', async () => {
    expect(await getToken(['--timeout=0'])).toMatchObject({ code: 2, stdout: '' });
    expect(await getToken(['--timeout=1ms'])).toMatchObject({ code: 5, stdout: '' });
    expect(await getToken()).toMatchObject({ code: 0 });
    expect(await getToken(['--timeout=1ms'])).toMatchObject({ code: 0 });
  });

  test('that expires again and again makes no other call fail', async () => {
    dex.behaviour.misbehave = () => ({ kind: 'delay', ms: 600 });
    let isOver = false;
    const impatient = async (): Promise<void> => {
      while (!isOver) expect([0, 5]).toContain((await getToken(['--timeout=400ms'])).code);
    };
    const poison = Promise.all([impatient(), impatient()]);
    const patient = await Promise.all(times(4, () => getToken()));
    isOver = true;
    await poison;
    expect(patient.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0, 0, 0]);
  });

  test('of concurrent calls to a hanging Dex limits them to one request each, and the next ones to none', async () => {
    dex.behaviour.misbehave = () => ({ kind: 'hang' });
    const round = () => Promise.all(times(25, () => getToken(['--timeout=3s'])));
    let ended: Ended[] = [];
    const first = await requests(async () => {
      ended = await round();
    });
    expect(first).toBeLessThanOrEqual(25);
    const second = await requests(async () => {
      ended.push(...(await Promise.all(times(10, () => getToken(['--timeout=3s'])))));
    });
    expect(second).toBe(0);
    for (const { code, stdout } of ended) expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
  });
});

describe('a lock', () => {
  const lockPath = async (): Promise<string> => {
    await getToken();
    const [entry = ''] = readdirSync(leaf());
    const path = join(leaf(), entry.replace('.entry', '.lock'));
    rmSync(join(leaf(), entry));
    return path;
  };

  test('that cannot be removed is skipped', async () => {
    const path = await lockPath();
    mkdirSync(join(path, 'inside'), { recursive: true });
    const ended = await getToken(['--timeout=4s']);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain('going on without the lock');
    expect(await getToken()).toMatchObject({ code: 0, stdout: ended.stdout });
    expect(readdirSync(path)).toEqual(['inside']);
  });

  test('that becomes a file while it is held is replaced', async () => {
    const path = await lockPath();
    dex.behaviour.misbehave = () => {
      rmSync(path, { recursive: true, force: true });
      writeFileSync(path, '');
      return undefined;
    };
    expect(await getToken()).toMatchObject({ code: 0 });
    rmSync(join(leaf(), readdirSync(leaf()).find((name) => name.endsWith('.entry')) ?? ''));
    dex.behaviour.misbehave = undefined;
    expect(await getToken()).toMatchObject({ code: 0 });
    expect(existsSync(path) && readFileSync(path, 'utf8')).toBe(false);
  });

  test('whose holder is stopped delays no call for long, and the holder later prints a valid credential', async () => {
    dex.behaviour.tokenLifeSeconds = 5;
    let stopped = 0;
    const holder = startCall(home, argsWith(), envOf());
    dex.behaviour.misbehave = () => {
      if (stopped === 0) {
        stopped += 1;
        holder.signal('SIGSTOP');
      }
      return undefined;
    };
    onTestFinished(() => holder.kill());
    while (stopped === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const others = await Promise.all(
      [3, 3, 15, 15, 30].map((seconds) => getToken([`--timeout=${seconds}s`])),
    );
    expect(others.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    await new Promise((resolve) => setTimeout(resolve, 6000));
    holder.signal('SIGCONT');
    const { code, stdout, printedMs, stderr } = await holder.ended;
    expect(code, stderr).toBe(0);
    expect(printedMs).toBeLessThan(Number(decodeJwt(stdout).exp) * 1000);
    const next = await getToken();
    expect(Number(decodeJwt(next.stdout).exp) * 1000).toBeGreaterThan(Date.now());
  });
});
