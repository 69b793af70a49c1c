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

async function getToken(runtime: FakeRuntime, given: Given = {}, isClient = false) {
  const settings = settingsOf({ ...given, flags: { ...flags, ...given.flags }, env: runtime.env });
  runtime.log.length = 0;
  const { token, expirationMs } = await credentialOf(settings, runtime, isClient);
  return {
    token: token.reveal(),
    expiresInMs: Math.round(expirationMs - runtime.now().wallMs),
  };
}

/** The exchanges of one call, after which no connection is open and no lock is held. */
function expectExchanges({ log }: FakeRuntime, count: number): void {
  const times = (what: string): number => log.filter((entry) => entry === what).length;
  expect(times('exchange')).toBe(count);
  expect(times('release')).toBe(times('lock'));
  expect(times('close')).toBe(times('open'));
  expect(log.at(-1)).toBe('close');
}

test('a miss takes the lock, exchanges, stores, and closes the network', async () => {
  const runtime = fakeRuntime(emptyFolder());
  expect(await getToken(runtime)).toEqual({ token: 'dex-token-1', expiresInMs: 590_000 });
  expectExchanges(runtime, 1);
  expect(runtime.log).toContain('lock');
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

test('a hit uses no lock, no network and no command', async () => {
  const folder = emptyFolder();
  await getToken(fakeRuntime(folder));
  const next = fakeRuntime(folder);
  next.pass(60_000);
  expect(await getToken(next)).toEqual({ token: 'dex-token-1', expiresInMs: 530_000 });
  expect(next.log).toEqual([]);
  expect(next.opened).toEqual([]);
});

test('a command runs only on a miss, without the secrets of dexchange in its environment', async () => {
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
  expectExchanges(first, 1);
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

describe('shortly before expiry', () => {
  async function aging(folder = emptyFolder()) {
    await getToken(fakeRuntime(folder));
    const next = fakeRuntime(folder);
    next.pass(500_000);
    next.dex = async () => ({ token: 'renewed', lifeMs: 600_000 });
    return next;
  }

  test('a process that gets the lock renews, with a deadline of two seconds', async () => {
    const runtime = await aging();
    expect(await getToken(runtime)).toEqual({ token: 'renewed', expiresInMs: 590_000 });
    expectExchanges(runtime, 1);
    expect(runtime.opened[0]?.atMostMs).toBe(2_000);
    expect(await getToken(runtime)).toMatchObject({ token: 'renewed' });
    expect(runtime.log).toEqual([]);
  });

  test('other processes use the old credential without waiting', async () => {
    const runtime = await aging();
    runtime.lockIsBusy = () => true;
    expect(await getToken(runtime)).toEqual({ token: 'dex-token-1', expiresInMs: 90_000 });
    expectExchanges(runtime, 0);
    expect(runtime.log).not.toContain('sleep');
  });

  test.each([
    new DexchangeError('server_unreachable', 'Dex is down', { hint: 'check it' }),
    new DexchangeError('dex_client_refused', 'the secret has changed', { hint: 'check it' }),
    new Error('another error'),
  ])('the old credential is returned if renewing fails: %s', async (error) => {
    const folder = emptyFolder();
    const runtime = await aging(folder);
    runtime.dex = () => Promise.reject(error);
    expect(await getToken(runtime)).toEqual({ token: 'dex-token-1', expiresInMs: 90_000 });
    expectExchanges(runtime, 1);
    expect(runtime.debugLines.at(-1)).toMatch(/^cache: the old credential is used/);
  });

  test('after a failure, there is no other attempt for 30 seconds', async () => {
    const folder = emptyFolder();
    const runtime = await aging(folder);
    runtime.dex = () =>
      Promise.reject(new DexchangeError('server_unreachable', 'down', { hint: 'check it' }));
    await getToken(runtime);
    runtime.pass(29_000);
    expect(await getToken(runtime)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toEqual([]);
    runtime.pass(1_000);
    expect(await getToken(runtime)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toContain('exchange');
  });

  test('refresh-before changes when renewal is due', async () => {
    const runtime = await aging();
    expect(await getToken(runtime, { flags: { 'refresh-before': '10s' } })).toMatchObject({
      token: 'dex-token-1',
    });
    expect(runtime.log).toEqual([]);
  });
});

test('an expired credential is never returned, even if Dex is down', async () => {
  const folder = emptyFolder();
  await getToken(fakeRuntime(folder));
  const next = fakeRuntime(folder);
  next.pass(590_000);
  next.dex = () =>
    Promise.reject(new DexchangeError('server_unreachable', 'Dex is down', { hint: 'check it' }));
  expect(await rejection(getToken(next))).toMatchObject({
    code: 'server_unreachable',
    exitCode: 5,
  });
  expectExchanges(next, 1);
});

test('a --min-ttl of the whole lifetime lets calls share a credential for some seconds', async () => {
  const folder = emptyFolder();
  const minTtl = { flags: { 'min-ttl': '10m' } };
  await getToken(fakeRuntime(folder), minTtl);
  const soon = fakeRuntime(folder);
  soon.pass(4_000);
  expect(await getToken(soon, minTtl)).toEqual({ token: 'dex-token-1', expiresInMs: 586_000 });
  expect(soon.log).toEqual([]);
  const later = fakeRuntime(folder);
  later.pass(6_000);
  await getToken(later, minTtl);
  expectExchanges(later, 1);
});

describe('a credential that expires during its renewal', () => {
  async function nearlyExpired() {
    const folder = emptyFolder();
    await getToken(fakeRuntime(folder));
    const runtime = fakeRuntime(folder);
    runtime.pass(589_000);
    return runtime;
  }

  test('is not returned: the call continues as a miss with its whole timeout', async () => {
    const runtime = await nearlyExpired();
    runtime.dex = async (count) => {
      if (count > 0) return { token: 'fresh', lifeMs: 600_000 };
      runtime.pass(2000);
      throw new DexchangeError('server_timeout', 'Dex did not answer within 2 s', {
        hint: 'check it',
      });
    };
    expect(await getToken(runtime)).toEqual({ token: 'fresh', expiresInMs: 590_000 });
    expect(runtime.opened.map(({ atMostMs }) => atMostMs)).toEqual([2000, undefined]);
    expectExchanges(runtime, 2);
  });

  test('is an error if Dex stays down', async () => {
    const runtime = await nearlyExpired();
    runtime.dex = async () => {
      runtime.pass(2000);
      throw new DexchangeError('server_unreachable', 'Dex is down', { hint: 'check it' });
    };
    expect(await rejection(getToken(runtime))).toMatchObject({ code: 'server_unreachable' });
    expect(await rejection(getToken(runtime))).toMatchObject({
      hint: expect.stringContaining('repeated'),
    });
  });
});

describe('a process that waits for the lock', () => {
  test('uses the entry of the holder', async () => {
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
          if (tries === 2) await getToken(winner);
        },
      };
    };
    expect(await getToken({ ...waiter, openNetwork: opening })).toMatchObject({
      token: 'dex-token-1',
    });
    expect(winner.exchanged).toHaveLength(1);
    expect(waiter.exchanged).toHaveLength(0);
    expectExchanges(waiter, 0);
  });

  test('repeats the failure of the holder', async () => {
    const folder = emptyFolder();
    const holder = fakeRuntime(folder);
    holder.dex = () =>
      Promise.reject(
        new DexchangeError('dex_client_refused', 'wrong secret', { hint: 'check it' }),
      );
    const waiter = fakeRuntime(folder);
    const { openNetwork } = waiter;
    waiter.lockIsBusy = () => true;
    const opening: FakeRuntime['openNetwork'] = async (call) => ({
      ...(await openNetwork(call)),
      sleep: async () => {
        await rejection(getToken(holder));
      },
    });
    expect(await rejection(getToken({ ...waiter, openNetwork: opening }))).toMatchObject({
      code: 'dex_client_refused',
      message: 'wrong secret',
    });
    expect(waiter.exchanged).toHaveLength(0);
  });

  test('continues without the lock if the holder hangs', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.lockIsBusy = () => true;
    expect(await getToken(runtime)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log.filter((step) => step === 'exchange')).toHaveLength(1);
    expect(runtime.debugLines).toContain('cache: going on without the lock');
    expect(runtime.now().steadyMs).toBeLessThan(30_000);
  });
});

describe('a failure', () => {
  const wrongSecret = new DexchangeError('dex_client_refused', 'wrong secret', { hint: 'fix it' });

  test('of Dex is repeated for ten seconds without a request', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.dex = () => Promise.reject(wrongSecret);
    expect(await rejection(getToken(runtime))).toMatchObject({
      message: 'wrong secret',
      hint: 'fix it',
    });
    runtime.pass(4_000);
    expect(await rejection(getToken(runtime))).toEqual({
      code: 'dex_client_refused',
      message: 'wrong secret',
      hint: 'fix it (this error is 4 s old and repeated for another 6 s; to try again now, set --no-cache or DEXCHANGE_NO_CACHE=true)',
      exitCode: 4,
    });
    expect(runtime.log).toEqual([]);
    runtime.pass(6_000);
    runtime.dex = async () => ({ token: 'fixed', lifeMs: 600_000 });
    expect(await getToken(runtime)).toMatchObject({ token: 'fixed' });
  });

  test.each([
    [{ HTTPS_PROXY: 'http://one:3128' }, { HTTPS_PROXY: 'http://two:3128' }],
    [{}, { https_proxy: 'http://two:3128' }],
    [{ HTTP_PROXY: 'http://one:3128' }, {}],
    [{ HTTPS_PROXY: 'http://one:3128' }, { HTTPS_PROXY: 'http://one:3128', NO_PROXY: '*' }],
    [{ HTTPS_PROXY: 'http://u:a@one' }, { HTTPS_PROXY: 'http://u:b@one' }],
  ])('with the proxies %j is not repeated with %j', async (before, after) => {
    const folder = emptyFolder();
    const first = fakeRuntime(folder, before);
    first.dex = () =>
      Promise.reject(new DexchangeError('server_unreachable', 'down', { hint: 'check it' }));
    expect(await rejection(getToken(first))).toMatchObject({ code: 'server_unreachable' });
    const same = fakeRuntime(folder, before);
    expect(await rejection(getToken(same))).toMatchObject({
      hint: expect.stringContaining('to try again now'),
    });
    expect(same.exchanged).toHaveLength(0);
    const other = fakeRuntime(folder, after);
    expect(await getToken(other)).toMatchObject({ token: 'dex-token-1' });
    // The credential does not depend on the proxy.
    const last = fakeRuntime(folder, before);
    expect(await getToken(last)).toMatchObject({ token: 'dex-token-1' });
    expect(last.exchanged).toHaveLength(0);
  });

  test('of the settings is not remembered', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.dex = () =>
      Promise.reject(new DexchangeError('url_insecure', 'plain http', { hint: 'check it' }));
    await rejection(getToken(runtime));
    runtime.dex = async () => ({ token: 'fixed', lifeMs: 600_000 });
    expect(await getToken(runtime)).toMatchObject({ token: 'fixed' });
  });

  test('by a short timeout is not repeated to a call with a longer one', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.dex = () =>
      Promise.reject(new DexchangeError('server_timeout', 'too slow', { hint: 'check it' }));
    await rejection(getToken(runtime, { flags: { timeout: '1ms' } }));
    runtime.dex = async () => ({ token: 'in time', lifeMs: 600_000 });
    expect(await getToken(runtime)).toMatchObject({ token: 'in time' });
  });

  test('is not repeated after a later credential, even if that has expired', async () => {
    const runtime = fakeRuntime(emptyFolder());
    const shortLived = async () => ({ token: 'short', lifeMs: 4000 });
    runtime.dex = () => Promise.reject(wrongSecret);
    await rejection(getToken(runtime));
    // A call that did not see the failure obtains a credential later.
    const blind = {
      ...runtime,
      privateFiles: {
        ...runtime.privateFiles,
        read: (path: string, maxBytes: number) =>
          path.endsWith('.refusal')
            ? { reason: 'does not exist', absent: true }
            : runtime.privateFiles.read(path, maxBytes),
      },
    };
    runtime.pass(1000);
    runtime.dex = shortLived;
    expect(await getToken(blind)).toMatchObject({ token: 'short' });
    runtime.pass(4000);
    expect(await getToken(runtime)).toMatchObject({ token: 'short' });
  });

  test('is not repeated for another secret', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.dex = () => Promise.reject(wrongSecret);
    await rejection(getToken(runtime));
    runtime.dex = async () => ({ token: 'fixed', lifeMs: 600_000 });
    expect(await getToken(runtime, { flags: { 'client-secret': 'right' } })).toMatchObject({
      token: 'fixed',
    });
  });
});

describe('a client that requests the same credential again', () => {
  async function afterFirstHit() {
    const runtime = fakeRuntime(emptyFolder());
    runtime.dex = async (count) => ({ token: `dex-token-${count + 1}`, lifeMs: 86_400_000 });
    await getToken(runtime, {}, true);
    // The first call stores the entry; the second is the first hit, which writes the marker.
    expect(await getToken(runtime, {}, true)).toMatchObject({ token: 'dex-token-1' });
    return runtime;
  }

  test('after ten seconds got a 401: the cache is bypassed, once a minute', async () => {
    const runtime = await afterFirstHit();
    runtime.pass(10_000);
    runtime.debugLines.length = 0;
    expect(await getToken(runtime, {}, true)).toMatchObject({ token: 'dex-token-2' });
    expect(runtime.debugLines.filter((line) => line.startsWith('cache: '))).toEqual([
      expect.stringMatching(/^cache: bypassed, because .* a 401/),
    ]);
    expect(runtime.opened.at(-1)?.atMostMs).toBe(10_000);
    for (const _again of [1, 2, 3]) {
      runtime.pass(15_000);
      expect(await getToken(runtime, {}, true)).toMatchObject({ token: 'dex-token-2' });
    }
    expect(runtime.exchanged).toHaveLength(2);
    runtime.pass(15_000);
    expect(await getToken(runtime, {}, true)).toMatchObject({ token: 'dex-token-3' });
  });

  test('gets the old credential if the bypass cannot be recorded', async () => {
    const runtime = await afterFirstHit();
    runtime.pass(10_000);
    const overwrite = () => ({ reason: 'read-only', absent: false });
    const broken = { ...runtime, privateFiles: { ...runtime.privateFiles, overwrite } };
    for (const _again of [1, 2, 3]) {
      expect(await getToken(broken, {}, true)).toMatchObject({ token: 'dex-token-1' });
    }
    expect(runtime.exchanged).toHaveLength(1);
  });

  test('within ten seconds gets the old credential', async () => {
    const runtime = await afterFirstHit();
    runtime.pass(9_999);
    expect(await getToken(runtime, {}, true)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toEqual([]);
  });

  test('gets the old credential if Dex is down', async () => {
    const runtime = await afterFirstHit();
    runtime.pass(10_000);
    runtime.dex = () =>
      Promise.reject(new DexchangeError('server_unreachable', 'down', { hint: 'check it' }));
    expect(await getToken(runtime, {}, true)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toContain('exchange');
  });

  test('gets the old credential if it is not a client, or if its process is another or unknown', async () => {
    const runtime = await afterFirstHit();
    runtime.pass(10_000);
    expect(await getToken(runtime, {}, false)).toMatchObject({ token: 'dex-token-1' });
    runtime.parentProcess = () => undefined;
    expect(await getToken(runtime, {}, true)).toMatchObject({ token: 'dex-token-1' });
    runtime.parentProcess = () => 'another';
    expect(await getToken(runtime, {}, true)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.log).toEqual([]);
  });
});

describe('a problem with the cache is a miss and a debug line:', () => {
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
  ])('%s', async (_what, damage, line) => {
    const folder = emptyFolder();
    await getToken(fakeRuntime(folder));
    damage(folder);
    const next = fakeRuntime(folder);
    expect(await getToken(next)).toMatchObject({ token: 'dex-token-1' });
    expect(next.log).toContain('exchange');
    expect(next.debugLines).toContainEqual(expect.stringMatching(line));
  });

  test('its folder cannot be created', async () => {
    const folder = emptyFolder();
    writeFileSync(join(folder, 'cache'), 'a file');
    const runtime = fakeRuntime(folder);
    expect(await getToken(runtime)).toMatchObject({ token: 'dex-token-1' });
    expectExchanges(runtime, 1);
    expect(runtime.log).not.toContain('lock');
    expect(runtime.debugLines).toContainEqual(expect.stringMatching(/^cache: not stored, /));
  });

  test('there is no home folder', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.platformFolders = async () => undefined;
    expect(await getToken(runtime)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.debugLines).toContain('cache: miss, there is no home folder; set --cache-dir');
    expect(await getToken(runtime, { flags: { 'cache-dir': 'c' } })).toMatchObject({
      token: 'dex-token-2',
    });
    expect(await getToken(runtime, { flags: { 'cache-dir': 'c' } })).toMatchObject({
      token: 'dex-token-2',
    });
    expect(runtime.log).toEqual([]);
  });

  test('an entry cannot be written', async () => {
    const runtime = fakeRuntime(emptyFolder());
    const failing = () => ({ reason: 'no space left', absent: false });
    const broken = { ...runtime, privateFiles: { ...runtime.privateFiles, replace: failing } };
    expect(await getToken(broken)).toMatchObject({ token: 'dex-token-1' });
    expect(runtime.debugLines).toContain('cache: not stored, no space left');
  });

  test('--no-cache neither reads nor writes the cache', async () => {
    const folder = emptyFolder();
    await getToken(fakeRuntime(folder));
    const before = readdirSync(join(folder, 'cache'));
    const next = fakeRuntime(folder);
    expect(await getToken(next, { flags: { 'no-cache': 'true' } })).toMatchObject({
      token: 'dex-token-1',
    });
    expectExchanges(next, 1);
    expect(next.log).not.toContain('lock');
    expect(readdirSync(join(folder, 'cache'))).toEqual(before);
  });
});

test('no file in the cache folder contains a secret', async () => {
  const folder = emptyFolder();
  await getToken(fakeRuntime(folder), {}, true);
  await getToken(fakeRuntime(folder), {}, true);
  const files = readdirSync(join(folder, 'cache'));
  expect(files.length).toBeGreaterThan(1);
  const text = files.map((file) => readFileSync(join(folder, 'cache', file), 'latin1')).join();
  for (const secret of ['dex-token-1', 'dex-s3cret', 'subject.token.one']) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(Buffer.from(secret).toString('base64').slice(0, 8));
  }
});

test('no debug line contains a secret', async () => {
  const runtime = fakeRuntime(emptyFolder());
  await getToken(runtime);
  await getToken(runtime);
  for (const secret of ['dex-token-1', 'dex-s3cret', 'subject.token.one']) {
    expect(runtime.debugLines.join('\n')).not.toContain(secret);
  }
});

test('lock and network are closed after any error', async () => {
  const runtime = fakeRuntime(emptyFolder());
  runtime.dex = () => Promise.reject(new TypeError('a bug'));
  await rejection(getToken(runtime)).catch(() => {});
  expectExchanges(runtime, 1);
});

test('an unreadable file is an error before the network is opened', async () => {
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
