import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import { rejection } from '../support/failure.ts';
import { emptyFolder } from '../support/folder.ts';
import { credentialOf, type FakeRuntime, fakeRuntime } from '../support/runtime.ts';
import { type Given, settingsOf } from '../support/settings.ts';

const flags = {
  'dex-url': 'https://dex.example.com/',
  'client-id': 'ci',
  'connector-id': 'gitlab',
  'client-secret': 'dex-s3cret',
  'subject-token': 'subject.token.one',
} as const;

async function ask(runtime: FakeRuntime, given: Given = {}, isClient = false) {
  const settings = settingsOf({ ...given, flags: { ...flags, ...given.flags }, env: runtime.env });
  runtime.log.length = 0;
  const { token, expirationMs } = await credentialOf(settings, runtime, isClient);
  return {
    token: token.reveal(),
    expiresInMs: Math.round(expirationMs - runtime.now().wallMs),
  };
}

test('a miss takes the lock, exchanges, stores, and closes what it opened', async () => {
  const runtime = fakeRuntime(emptyFolder());
  expect(await ask(runtime)).toEqual({ token: 'dex-token-1', expiresInMs: 590_000 });
  expect(runtime.log).toEqual(['open', 'lock', 'exchange', 'release', 'close']);
  const [{ exchange, subjectToken } = expect.fail()] = runtime.exchanged;
  expect(subjectToken.reveal()).toBe('subject.token.one');
  expect(exchange.clientSecret.reveal()).toBe('dex-s3cret');
  expect(exchange).toMatchObject({
    dexUrl: 'https://dex.example.com/',
    clientId: 'ci',
    connectorId: 'gitlab',
    scope: 'openid profile email groups',
    audiences: ['kubernetes'],
    requestedTokenType: 'id_token',
    subjectTokenType: 'id_token',
  });
});

test('a hit opens nothing: no lock, no network, no command', async () => {
  const folder = emptyFolder();
  await ask(fakeRuntime(folder));
  const next = fakeRuntime(folder);
  next.pass(60_000);
  expect(await ask(next)).toEqual({ token: 'dex-token-1', expiresInMs: 530_000 });
  expect(next.log).toEqual([]);
  expect(next.opened).toEqual([]);
});

test('a command is run on a miss alone, without our secrets in its environment', async () => {
  const folder = emptyFolder();
  const env = {
    DEXCHANGE_SUBJECT_TOKEN_COMMAND: `mint --for 'my job'`,
    DEX_CLIENT_SECRET: 'dex-s3cret',
    SUBJECT_TOKEN: 'subject.token.one',
    KUBERNETES_EXEC_INFO: '{}',
    PATH: '/bin',
  };
  const settings = () => {
    const { 'subject-token': _dropped, ...others } = flags;
    return settingsOf({ flags: others, env });
  };
  const first = fakeRuntime(folder, env);
  await credentialOf(settings(), first);
  expect(first.log).toEqual(['open', 'lock', 'command', 'exchange', 'release', 'close']);
  expect(first.commands).toEqual([
    {
      words: ['mint', '--for', 'my job'],
      env: { PATH: '/bin', DEXCHANGE_SUBJECT_TOKEN_COMMAND: `mint --for 'my job'` },
    },
  ]);
  expect(first.exchanged[0]?.subjectToken.reveal()).toBe('command-token');
  const second = fakeRuntime(folder, env);
  await credentialOf(settings(), second);
  expect(second.log).toEqual([]);
});

describe('shortly before the end', () => {
  async function aging(folder = emptyFolder()) {
    await ask(fakeRuntime(folder));
    const next = fakeRuntime(folder);
    next.pass(500_000);
    next.dex = async () => ({ token: 'renewed', lifeMs: 600_000 });
    return next;
  }

  test('whoever gets the lock at once renews, within two seconds', async () => {
    const runtime = await aging();
    expect(await ask(runtime)).toEqual({ token: 'renewed', expiresInMs: 590_000 });
    expect(runtime.log).toEqual(['open', 'lock', 'exchange', 'release', 'close']);
    expect(runtime.opened[0]?.atMostMs).toBe(2_000);
    expect(await ask(runtime)).toMatchObject({ token: 'renewed' });
    expect(runtime.log).toEqual([]);
  });

  test('the others use the old one, and do not wait', async () => {
    const runtime = await aging();
    runtime.lockIsBusy = () => true;
    expect(await ask(runtime)).toEqual({ token: 'dex-token-1', expiresInMs: 90_000 });
    expect(runtime.log).toEqual(['open', 'busy', 'close']);
  });

  test.each([
    new DexchangeError('server_unreachable', 'Dex is down'),
    new DexchangeError('dex_client_refused', 'the secret has changed'),
    new Error('anything at all'),
  ])('the old one serves when renewing fails: %s', async (error) => {
    const folder = emptyFolder();
    const runtime = await aging(folder);
    runtime.dex = () => Promise.reject(error);
    expect(await ask(runtime)).toEqual({ token: 'dex-token-1', expiresInMs: 90_000 });
    expect(runtime.log).toEqual(['open', 'lock', 'exchange', 'release', 'close']);
    expect(runtime.debugLines.at(-1)).toMatch(/^cache: the old credential is used/);
  });

  test('nobody tries again for half a minute after a failure', async () => {
    const folder = emptyFolder();
    const runtime = await aging(folder);
    runtime.dex = () => Promise.reject(new DexchangeError('server_unreachable', 'down'));
    await ask(runtime);
    runtime.pass(29_000);
    expect(await ask(runtime)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toEqual([]);
    runtime.pass(1_000);
    expect(await ask(runtime)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toContain('exchange');
  });

  test('refresh-before moves the window', async () => {
    const runtime = await aging();
    expect(await ask(runtime, { flags: { 'refresh-before': '10s' } })).toMatchObject({
      token: 'dex-token-1',
    });
    expect(runtime.log).toEqual([]);
  });
});

test('an expired credential is never given, even if Dex is down', async () => {
  const folder = emptyFolder();
  await ask(fakeRuntime(folder));
  const next = fakeRuntime(folder);
  next.pass(590_000);
  next.dex = () => Promise.reject(new DexchangeError('server_unreachable', 'Dex is down'));
  expect(await rejection(ask(next))).toMatchObject({ code: 'server_unreachable', exitCode: 5 });
  expect(next.log).toEqual(['open', 'lock', 'exchange', 'release', 'close']);
});

describe('a credential that expires while its renewal is tried', () => {
  async function dying() {
    const folder = emptyFolder();
    await ask(fakeRuntime(folder));
    const runtime = fakeRuntime(folder);
    runtime.pass(589_000);
    return runtime;
  }

  test('is not given: the call goes on as a miss, with all its time', async () => {
    const runtime = await dying();
    runtime.dex = async (count) => {
      if (count > 0) return { token: 'fresh', lifeMs: 600_000 };
      runtime.pass(2000);
      throw new DexchangeError('server_timeout', 'Dex did not answer within 2 s');
    };
    expect(await ask(runtime)).toEqual({ token: 'fresh', expiresInMs: 590_000 });
    expect(runtime.opened.map(({ atMostMs }) => atMostMs)).toEqual([2000, undefined]);
    expect(runtime.log).toEqual([
      ...['open', 'lock', 'exchange', 'release', 'close'],
      ...['open', 'lock', 'exchange', 'release', 'close'],
    ]);
  });

  test('is an error if Dex is down for good', async () => {
    const runtime = await dying();
    runtime.dex = async () => {
      runtime.pass(2000);
      throw new DexchangeError('server_unreachable', 'Dex is down');
    };
    expect(await rejection(ask(runtime))).toMatchObject({ code: 'server_unreachable' });
    expect(await rejection(ask(runtime))).toMatchObject({
      hint: expect.stringContaining('repeated'),
    });
  });
});

describe('who waits for the lock', () => {
  test('takes the entry that the holder has written', async () => {
    const folder = emptyFolder();
    const winner = fakeRuntime(folder);
    const waiter = fakeRuntime(folder);
    let tries = 0;
    waiter.lockIsBusy = () => {
      tries++;
      return true;
    };
    const { openNetwork } = waiter;
    const opening: FakeRuntime['openNetwork'] = async (call) => {
      const network = await openNetwork(call);
      return {
        ...network,
        async sleep(milliseconds) {
          await network.sleep(milliseconds);
          if (tries === 2) await ask(winner);
        },
      };
    };
    expect(await ask({ ...waiter, openNetwork: opening })).toMatchObject({ token: 'dex-token-1' });
    expect(winner.exchanged).toHaveLength(1);
    expect(waiter.exchanged).toHaveLength(0);
    expect(waiter.log).toEqual(['open', 'busy', 'sleep', 'busy', 'sleep', 'busy', 'close']);
  });

  test('takes over the failure of the holder', async () => {
    const folder = emptyFolder();
    const holder = fakeRuntime(folder);
    holder.dex = () => Promise.reject(new DexchangeError('dex_client_refused', 'wrong secret'));
    const waiter = fakeRuntime(folder);
    const { openNetwork } = waiter;
    waiter.lockIsBusy = () => true;
    const opening: FakeRuntime['openNetwork'] = async (call) => ({
      ...(await openNetwork(call)),
      sleep: async () => {
        await rejection(ask(holder));
      },
    });
    expect(await rejection(ask({ ...waiter, openNetwork: opening }))).toMatchObject({
      code: 'dex_client_refused',
      message: 'wrong secret',
    });
    expect(waiter.exchanged).toHaveLength(0);
  });

  test('goes on alone when the holder hangs', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.lockIsBusy = () => true;
    expect(await ask(runtime)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log.filter((step) => step === 'exchange')).toHaveLength(1);
    expect(runtime.debugLines).toContain('cache: going on without the lock');
    expect(runtime.now().steadyMs).toBeLessThan(30_000);
  });
});

describe('a refusal', () => {
  const wrongSecret = new DexchangeError('dex_client_refused', 'wrong secret', { hint: 'fix it' });

  test('is repeated for ten seconds without asking, and says so', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.dex = () => Promise.reject(wrongSecret);
    expect(await rejection(ask(runtime))).toMatchObject({
      message: 'wrong secret',
      hint: 'fix it',
    });
    runtime.pass(4_000);
    expect(await rejection(ask(runtime))).toEqual({
      code: 'dex_client_refused',
      message: 'wrong secret',
      hint: 'fix it (this error is 4 s old and repeated for another 6 s; to try again now, set --no-cache or DEXCHANGE_NO_CACHE=true)',
      exitCode: 4,
    });
    expect(runtime.log).toEqual([]);
    runtime.pass(6_000);
    runtime.dex = async () => ({ token: 'mended', lifeMs: 600_000 });
    expect(await ask(runtime)).toMatchObject({ token: 'mended' });
  });

  test('of the settings is never remembered', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.dex = () => Promise.reject(new DexchangeError('url_insecure', 'plain http'));
    await rejection(ask(runtime));
    runtime.dex = async () => ({ token: 'mended', lifeMs: 600_000 });
    expect(await ask(runtime)).toMatchObject({ token: 'mended' });
  });

  test('of a call with little time is not repeated to one with more', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.dex = () => Promise.reject(new DexchangeError('server_timeout', 'too slow'));
    await rejection(ask(runtime, { flags: { timeout: '1ms' } }));
    runtime.dex = async () => ({ token: 'in time', lifeMs: 600_000 });
    expect(await ask(runtime)).toMatchObject({ token: 'in time' });
  });

  test('that a credential has overtaken is not repeated when that has expired', async () => {
    const runtime = fakeRuntime(emptyFolder());
    const give = async () => ({ token: 'short', lifeMs: 4000 });
    runtime.dex = () => Promise.reject(wrongSecret);
    await rejection(ask(runtime));
    // Its answer came later than that refusal, to a call that did not see it.
    const blind = {
      ...runtime,
      privateFiles: {
        ...runtime.privateFiles,
        read: (path: string, maxBytes: number) =>
          path.endsWith('.refusal')
            ? { reason: 'not yet there', absent: true }
            : runtime.privateFiles.read(path, maxBytes),
      },
    };
    runtime.pass(1000);
    runtime.dex = give;
    expect(await ask(blind)).toMatchObject({ token: 'short' });
    runtime.pass(4000);
    expect(await ask(runtime)).toMatchObject({ token: 'short' });
  });

  test('is not that of another secret', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.dex = () => Promise.reject(wrongSecret);
    await rejection(ask(runtime));
    runtime.dex = async () => ({ token: 'mended', lifeMs: 600_000 });
    expect(await ask(runtime, { flags: { 'client-secret': 'right' } })).toMatchObject({
      token: 'mended',
    });
  });
});

describe('a client that asks again', () => {
  async function served() {
    const runtime = fakeRuntime(emptyFolder());
    runtime.dex = async (count) => ({ token: `dex-token-${count + 1}`, lifeMs: 86_400_000 });
    await ask(runtime, {}, true);
    // The entry was not given from the cache yet: the first hit is noted.
    expect(await ask(runtime, {}, true)).toMatchObject({ token: 'dex-token-1' });
    return runtime;
  }

  test('for an entry ten seconds old was told 401: the cache is bypassed, once a minute', async () => {
    const runtime = await served();
    runtime.pass(10_000);
    expect(await ask(runtime, {}, true)).toMatchObject({ token: 'dex-token-2' });
    expect(runtime.opened.at(-1)?.atMostMs).toBe(10_000);
    for (const _again of [1, 2, 3]) {
      runtime.pass(15_000);
      expect(await ask(runtime, {}, true)).toMatchObject({ token: 'dex-token-2' });
    }
    expect(runtime.exchanged).toHaveLength(2);
    runtime.pass(15_000);
    expect(await ask(runtime, {}, true)).toMatchObject({ token: 'dex-token-3' });
  });

  test('is not bypassed when that cannot be noted, as then it would be each time', async () => {
    const runtime = await served();
    runtime.pass(10_000);
    const overwrite = () => ({ reason: 'read-only', absent: false });
    const broken = { ...runtime, privateFiles: { ...runtime.privateFiles, overwrite } };
    for (const _again of [1, 2, 3]) {
      expect(await ask(broken, {}, true)).toMatchObject({ token: 'dex-token-1' });
    }
    expect(runtime.exchanged).toHaveLength(1);
  });

  test('sooner than that gets what it had', async () => {
    const runtime = await served();
    runtime.pass(9_999);
    expect(await ask(runtime, {}, true)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toEqual([]);
  });

  test('gets the old one if Dex is down', async () => {
    const runtime = await served();
    runtime.pass(10_000);
    runtime.dex = () => Promise.reject(new DexchangeError('server_unreachable', 'down'));
    expect(await ask(runtime, {}, true)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toContain('exchange');
  });

  test('is not bypassed by hand, nor when another process asks, nor when nobody knows who', async () => {
    const runtime = await served();
    runtime.pass(10_000);
    expect(await ask(runtime, {}, false)).toMatchObject({ token: 'dex-token-1' });
    runtime.parentProcess = () => undefined;
    expect(await ask(runtime, {}, true)).toMatchObject({ token: 'dex-token-1' });
    runtime.parentProcess = () => 'another';
    expect(await ask(runtime, {}, true)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toEqual([]);
  });
});

describe('trouble with the cache is a miss and a debug line:', () => {
  test.each<[string, (folder: string) => void, RegExp]>([
    [
      'its folder is open to others',
      (folder) => chmodSync(join(folder, 'cache'), 0o777),
      /^cache: miss, .*cache is open to others \(mode 777\)$/,
    ],
    [
      'an entry is damaged',
      (folder) => {
        const name = readdirSync(join(folder, 'cache')).find((file) => file.endsWith('.entry'));
        writeFileSync(join(folder, 'cache', name ?? ''), 'dxc1 garbage');
      },
      /^cache: miss, the entry is damaged, forged or of another version$/,
    ],
    [
      'the key is damaged',
      (folder) => writeFileSync(join(folder, 'data', 'key'), 'short'),
      /^cache: miss, .*key is not a sealing key$/,
    ],
  ])('%s', async (_what, spoil, line) => {
    const folder = emptyFolder();
    await ask(fakeRuntime(folder));
    spoil(folder);
    const next = fakeRuntime(folder);
    expect(await ask(next)).toMatchObject({ token: 'dex-token-1' });
    expect(next.log).toContain('exchange');
    expect(next.debugLines).toContainEqual(expect.stringMatching(line));
  });

  test('its folder cannot be made', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'cache'), 'a file');
    const runtime = fakeRuntime(folder);
    expect(await ask(runtime)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toEqual(['open', 'exchange', 'close']);
    expect(runtime.debugLines).toContainEqual(expect.stringMatching(/^cache: not stored, /));
  });

  test('there is no home', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.platformFolders = async () => undefined;
    expect(await ask(runtime)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.debugLines).toContain('cache: miss, there is no home folder; set --cache-dir');
    expect(await ask(runtime, { flags: { 'cache-dir': 'c' } })).toMatchObject({
      token: 'dex-token-2',
    });
    expect(await ask(runtime, { flags: { 'cache-dir': 'c' } })).toMatchObject({
      token: 'dex-token-2',
    });
    expect(runtime.log).toEqual([]);
  });

  test('an entry cannot be written', async () => {
    const runtime = fakeRuntime(emptyFolder());
    const refused = () => ({ reason: 'no space left', absent: false });
    const broken = { ...runtime, privateFiles: { ...runtime.privateFiles, replace: refused } };
    expect(await ask(broken)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.debugLines).toContain('cache: not stored, no space left');
  });

  test('--no-cache neither reads nor writes it', async () => {
    const folder = emptyFolder();
    await ask(fakeRuntime(folder));
    const before = readdirSync(join(folder, 'cache'));
    const next = fakeRuntime(folder);
    expect(await ask(next, { flags: { 'no-cache': 'true' } })).toMatchObject({
      token: 'dex-token-1',
    });
    expect(next.log).toEqual(['open', 'exchange', 'close']);
    expect(readdirSync(join(folder, 'cache'))).toEqual(before);
  });
});

test('nothing that is written to the cache folder holds a secret', async () => {
  const folder = emptyFolder();
  await ask(fakeRuntime(folder), {}, true);
  await ask(fakeRuntime(folder), {}, true);
  const files = readdirSync(join(folder, 'cache'));
  expect(files.length).toBeGreaterThan(1);
  const text = files.map((file) => readFileSync(join(folder, 'cache', file), 'latin1')).join();
  for (const secret of ['dex-token-1', 'dex-s3cret', 'subject.token.one']) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, 8));
  }
});

test('no debug line holds a secret', async () => {
  const runtime = fakeRuntime(emptyFolder());
  await ask(runtime);
  await ask(runtime);
  for (const secret of ['dex-token-1', 'dex-s3cret', 'subject.token.one']) {
    expect(runtime.debugLines.join('\n')).not.toContain(secret);
  }
});

test('what is opened is closed, whatever happens', async () => {
  const runtime = fakeRuntime(emptyFolder());
  runtime.dex = () => Promise.reject(new TypeError('a bug'));
  await rejection(ask(runtime)).catch(() => {});
  expect(runtime.log).toEqual(['open', 'lock', 'exchange', 'release', 'close']);
});

test('a file that cannot be read is an error before anything is opened', async () => {
  const folder = emptyFolder();
  mkdirSync(join(folder, 'secret'));
  const runtime = fakeRuntime(folder);
  const { 'client-secret': _dropped, ...others } = flags;
  const settings = settingsOf({
    flags: { ...others, 'client-secret-file': join(folder, 'secret') },
  });
  expect(await rejection(credentialOf(settings, runtime))).toMatchObject({
    code: 'setting_file_unreadable',
    message: `--client-secret-file ${join(folder, 'secret')} is a folder`,
    exitCode: 2,
  });
  expect(runtime.opened).toEqual([]);
});
