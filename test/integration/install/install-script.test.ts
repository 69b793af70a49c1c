import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createCa } from '../../support/certificates.ts';
import { freshFolder } from '../../support/dexchange.ts';
import { startHttpServer } from '../../support/http-server.ts';
import {
  archiveOf,
  checksumsOf,
  currentVersion,
  minisignature,
  type ReleaseServer,
  releaseKey,
  sha256,
  startReleaseServer,
} from '../../support/release-server.ts';
import { type Ended, runToEnd } from '../../support/run-to-end.ts';
import { located, missingPrograms, shells, type Tools, toolFolder } from '../../support/shells.ts';

const script = resolve(import.meta.dirname, '../../../install.sh');
const version = currentVersion;
const glibcArchive = `dexchange_${version}_linux_amd64.tar.gz`;
const muslArchive = `dexchange_${version}_linux-musl_amd64.tar.gz`;
const key = releaseKey();

const program = (number: string): string => `#!/bin/sh\necho dexchange ${number}\n`;
const good = archiveOf({ 'bin/dexchange': program(version), 'share/doc/dexchange/LICENSE': 'x' });
const goodForMusl = archiveOf({
  // Runs only beside its libraries, as the real one.
  'bin/dexchange': `#!/bin/sh\ncat "\${0%/*}/../lib/dexchange/libstdc++.so.6"\n`,
  'lib/dexchange/libstdc++.so.6': `dexchange ${version}\n`,
});
const evil = archiveOf({
  'bin/dexchange': `#!/bin/sh\n: >"$EVIL_RAN"\necho dexchange ${version}\n`,
});

let server: ReleaseServer;
beforeAll(async () => {
  server = await startReleaseServer();
});
afterAll(() => server.close());

/** Puts archives and their checksums on the server, signed. */
function publish(
  archives: Readonly<Record<string, Buffer>>,
  { number = version, checksums = '' } = {},
): string {
  const files = new Map(Object.entries(archives));
  const text = Buffer.from(checksums || checksumsOf(files));
  for (const [name, content] of files) server.files.set(`/${number}/${name}`, content);
  server.files.set(`/${number}/checksums.txt`, text);
  server.files.set(`/${number}/checksums.txt.minisig`, Buffer.from(minisignature(text, key)));
  return sha256(text);
}

/** Puts another program in the place of the archive, with a checksums.txt that fits. */
function swap(): void {
  server.files.set(`/${version}/${glibcArchive}`, evil);
  const checksums = Buffer.from(checksumsOf(new Map([[glibcArchive, evil]])));
  server.files.set(`/${version}/checksums.txt`, checksums);
}

const missing = missingPrograms([
  ...['busybox', 'dash', 'bash', 'curl', 'wget', 'minisign', 'openssl', 'shasum'],
]);

// CI has them all; elsewhere the list of skipped tests names what is missing.
test('the shells and tools are installed', ({ skip }) => {
  if (process.env['CI'] === undefined) skip(missing.length > 0, `not installed: ${missing.join()}`);
  expect(missing).toEqual([]);
});

describe.skipIf(missing.length > 0).each(shells)('install.sh in $name', (shell) => {
  const place = freshFolder('dexchange-install-');
  afterAll(place.remove);
  const usual = toolFolder(shell, place.path);

  let home: string;
  let bin: string;
  let pin: string;
  beforeEach(() => {
    const folder = freshFolder('dexchange-home-');
    onTestFinished(folder.remove);
    home = folder.path;
    bin = join(home, 'prefix/bin');
    server.files.clear();
    server.behaviour.misbehave = undefined;
    server.requests.length = 0;
    pin = publish({ [glibcArchive]: good, [muslArchive]: goodForMusl });
  });

  interface Installation {
    readonly tools?: string | Tools;
    readonly env?: Readonly<Record<string, string>>;
  }

  function surroundings({ tools = usual, env }: Installation): Readonly<Record<string, string>> {
    const path = typeof tools === 'string' ? tools : toolFolder(shell, place.path, tools);
    return {
      PATH: path,
      HOME: home,
      DEXCHANGE_INSTALL_URL: server.url,
      DEXCHANGE_INSTALL_TO: bin,
      EVIL_RAN: join(home, 'evil'),
      ...env,
    };
  }

  function install(args: readonly string[] = [], more: Installation = {}): Promise<Ended> {
    const [command, ...first] = shell.command;
    return runToEnd(command, [...first, script, ...args], { env: surroundings(more), cwd: home });
  }

  /** Everything below the home folder, hidden files too. */
  const left = (): string[] => readdirSync(home, { recursive: true }).map(String).sort();
  const requested = (): string[] => server.requests.map(({ path }) => path.replace(/^.*\//, ''));

  async function expectFailure(ended: Ended, code: number, message: RegExp): Promise<void> {
    expect(ended.stderr).toMatch(message);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toMatch(/^install\.sh: .*\n(?:hint: .*\n)?$/);
    expect(left()).toEqual([]);
  }

  test('installs the program once', async () => {
    const first = await install();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(`installed dexchange ${version} (linux_amd64) in ${bin}\n`);
    expect(first.stdout).toContain(`add ${bin} to PATH`);
    expect(left()).toEqual(['prefix', 'prefix/bin', 'prefix/bin/dexchange']);
    expect(requested()).toEqual(['checksums.txt', glibcArchive]);
    const second = await install();
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain(`${version} is in ${bin} already`);
    expect(requested()).toHaveLength(2);
    expect(await install(['--force'])).toMatchObject({ code: 0 });
    expect(requested()).toHaveLength(4);
  });

  test('others cannot write to what it installs, whatever the umask is', async () => {
    const words = [...shell.command, script];
    const [command, ...first] = ['/bin/sh', '-c', 'umask 0; exec "$@"', 'sh', ...words] as const;
    const env = surroundings({ env: { DEXCHANGE_INSTALL_TO: '' } });
    // The default folder if /usr/local/bin is not writable, which it is for root.
    const to = ['--to', join(home, '.local/bin')];
    expect(await runToEnd(command, [...first, ...to], { env })).toMatchObject({ code: 0 });
    for (const path of left()) expect(statSync(join(home, path)).mode & 0o777, path).toBe(0o755);
  });

  test('installs the libraries of the build for musl', async () => {
    const ended = await install([], { tools: { libc: 'musl' } });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(left().filter((path) => /\.|dexchange$/.test(path))).toEqual([
      'prefix/bin/dexchange',
      'prefix/lib/dexchange',
      'prefix/lib/dexchange/libstdc++.so.6',
    ]);
    // Relative to the folder itself, whatever its path looks like.
    mkdirSync(join(home, 'real/bin'), { recursive: true });
    symlinkSync(join(home, 'real/bin'), join(home, 'link'));
    for (const to of ['./real/bin/./', 'link']) {
      const relative = await install(['--force', '--to', to], { tools: { libc: 'musl' } });
      expect(relative, to).toMatchObject({ code: 0, stderr: '' });
    }
    expect(readdirSync(join(home, 'real'), { recursive: true })).toContain(
      'lib/dexchange/libstdc++.so.6',
    );
    expect(existsSync(join(home, 'lib'))).toBe(false);
    writeFileSync(join(home, 'file'), '');
    const blocked = await install([`--to=${home}/file/../bin`], { tools: { libc: 'musl' } });
    expect(blocked.code).toBe(6);
  });

  test('chooses the build of the machine', async () => {
    const name = async (tools: Tools): Promise<string> => {
      const ended = await install([], { tools });
      await expectFailure(ended, 5, /checksums\.txt has no checksum of /);
      return /has no checksum of dexchange_[\d.]+_(\S+)\.tar\.gz/.exec(ended.stderr)?.[1] ?? '';
    };
    expect(await name({ machine: 'aarch64' })).toBe('linux_arm64');
    expect(await name({ libc: 'musl', machine: 'aarch64' })).toBe('linux-musl_arm64');
    expect(await name({ system: 'Darwin', machine: 'arm64' })).toBe('darwin_arm64');
    expect(await name({ system: 'Darwin' })).toBe('darwin_amd64');
    const other = await install([], { tools: { machine: 'riscv64' } });
    await expectFailure(other, 3, /there is no build for riscv64/);
    const windows = await install([], { tools: { system: 'MINGW64_NT-10.0' } });
    await expectFailure(windows, 3, /there is no build for MINGW64/);
  });

  test('replaces an old version, and keeps it if the download fails', async () => {
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'dexchange'), '#!/bin/sh\necho dexchange 0.0.1\n', { mode: 0o755 });
    server.behaviour.misbehave = ({ path }) =>
      path.endsWith(glibcArchive) ? { kind: 'answer', status: 403 } : undefined;
    expect(await install()).toMatchObject({ code: 4 });
    expect(readFileSync(join(bin, 'dexchange'), 'utf8')).toContain('0.0.1');
    expect(readdirSync(bin)).toEqual(['dexchange']);
    server.behaviour.misbehave = undefined;
    expect((await install()).stdout).toMatch(/installed .*, instead of 0\.0\.1\n/);
    expect(readFileSync(join(bin, 'dexchange'), 'utf8')).toBe(program(version));
  });

  test('removes what a killed installation left an hour ago', async () => {
    for (const name of ['.dexchange-install.old', '.dexchange-install.new']) {
      mkdirSync(join(bin, name), { recursive: true });
    }
    const before = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(join(bin, '.dexchange-install.old'), before, before);
    expect(await install()).toMatchObject({ code: 0 });
    expect(readdirSync(bin).sort()).toEqual(['.dexchange-install.new', 'dexchange']);
  });

  test('rejects a broken checksum', async () => {
    publish({ [glibcArchive]: good }, { checksums: `${'0'.repeat(64)}  ${glibcArchive}\n` });
    await expectFailure(await install(), 5, /does not have the checksum of the release/);
    publish({ [glibcArchive]: good }, { checksums: `0  ${glibcArchive}\n` });
    await expectFailure(await install(), 5, /checksums\.txt has no checksum/);
  });

  test('rejects a truncated download', async () => {
    server.files.set(`/${version}/${glibcArchive}`, good.subarray(0, -20));
    await expectFailure(await install(), 5, /does not have the checksum of the release/);
    server.requests.length = 0;
    server.behaviour.misbehave = ({ path }) =>
      path.endsWith(glibcArchive) ? { kind: 'truncate', body: 'x' } : undefined;
    await expectFailure(await install(), 4, /cannot download/);
    expect(requested()).toHaveLength(4);
  });

  test('rejects swapped files by the pinned checksum', async () => {
    for (const checksum of [pin, sha256(good), `sha256:${pin.toUpperCase()}`]) {
      expect(await install(['--checksum', checksum, '--force'])).toMatchObject({ code: 0 });
    }
    swap();
    mkdirSync(join(home, 'other'));
    for (const checksum of [pin, sha256(good)]) {
      const ended = await install(['--checksum', checksum, '--to', join(home, 'other/bin')]);
      expect(ended.stderr).toMatch(/neither checksums\.txt nor .* has the checksum of --checksum/);
      expect(ended.code).toBe(5);
    }
    expect(readdirSync(join(home, 'other'))).toEqual([]);
    expect(existsSync(join(home, 'evil'))).toBe(false);
  });

  test.each(['minisign', 'openssl'])('verifies the signature with %s', async (tool) => {
    const tools = toolFolder(shell, place.path, { extra: ['wget', 'sha256sum', tool] });
    const signed = ['--public-key', key.publicKey, '--require-signature'];
    const ended = await install([...signed, '--force'], { tools });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).not.toContain('signature');
    const to = ['--to', join(home, 'other')];
    const wrong = ['--public-key', releaseKey().publicKey];
    expect((await install([...wrong, ...to], { tools })).stderr).toMatch(/signature .* is wrong/);
    swap();
    expect(await install([...signed, ...to], { tools })).toMatchObject({ code: 5 });
    server.files.delete(`/${version}/checksums.txt.minisig`);
    expect(await install([...signed, ...to], { tools })).toMatchObject({ code: 4 });
    expect(left()).toContain('prefix/bin/dexchange');
    expect(left()).not.toContain('other');
    expect(existsSync(join(home, 'evil'))).toBe(false);
  });

  test('says if it cannot verify the signature, or fails if it must', async () => {
    const signed = ['--public-key', key.publicKey];
    expect((await install(signed)).stdout).toContain(
      'the signature is not verified: neither minisign nor OpenSSL 3 was found',
    );
    expect((await install(['--force'])).stdout).toContain('there is no public key');
    expect((await install(['--force', '--checksum', pin])).stdout).not.toContain('signature');
    const required = await install(['--force', ...signed, '--require-signature']);
    expect(required).toMatchObject({ code: 5 });
  });

  test('reports a version that does not exist, at the first answer', async () => {
    const ended = await install(['--version', '9.9.9']);
    await expectFailure(ended, 4, /cannot download http\S+\/9\.9\.9\/checksums\.txt: .*404/);
    expect(requested()).toEqual(['checksums.txt']);
  });

  test('tries again if the server is busy or does not answer', async () => {
    let count = 0;
    server.behaviour.misbehave = () => {
      count += 1;
      return count % 2 === 1 ? { kind: 'answer', status: 503 } : undefined;
    };
    expect(await install()).toMatchObject({ code: 0 });
    expect(count).toBe(4);
    const nowhere = await install(['--force', '--url', 'http://127.0.0.1:9/']);
    expect(nowhere).toMatchObject({ code: 4, stderr: expect.stringContaining('127.0.0.1:9') });
  });

  test('works with each of the tools, and says which are missing', async () => {
    const combinations = [
      ['curl', 'sha256sum'],
      ['curl', 'openssl'],
      ['wget', 'shasum', 'perl'],
    ];
    for (const extra of combinations) {
      const ended = await install(['--force'], { tools: { extra } });
      expect(ended, extra.join()).toMatchObject({ code: 0, stderr: '' });
    }
    const to = join(home, 'prefix');
    const none = { env: { DEXCHANGE_INSTALL_TO: `${to}/other` } };
    const noDownloads = await install([], { tools: { extra: ['sha256sum'] }, ...none });
    expect(noDownloads).toMatchObject({ code: 3 });
    expect(noDownloads.stderr).toContain('hint: install curl or wget');
    const noHashes = await install([], { tools: { extra: ['curl'] }, ...none });
    expect(noHashes).toMatchObject({ code: 3 });
    expect(noHashes.stderr).toContain('no tool for SHA-256 was found');
    expect(readdirSync(to)).toEqual(['bin']);
  });

  test('accepts only the certificate of the server, and no redirect to http', async () => {
    const ca = await createCa();
    const tls = await ca.issue({ commonName: 'files', hosts: ['127.0.0.1'] });
    let location: string | undefined;
    const secure = await startHttpServer({ tls }, {}, ({ path }) =>
      location === undefined
        ? { status: 200, body: server.files.get(path) ?? '' }
        : { status: 302, headers: { location: `${location}${path}` } },
    );
    onTestFinished(secure.close);
    const tools = toolFolder(shell, place.path, { extra: ['curl', 'sha256sum'] });
    const env = { DEXCHANGE_INSTALL_URL: `${secure.origin}/{version}`, CURL_CA_BUNDLE: '' };
    await expectFailure(await install([], { tools, env }), 4, /certificate/);
    env.CURL_CA_BUNDLE = join(home, 'ca.pem');
    writeFileSync(env.CURL_CA_BUNDLE, ca.certPem);
    expect(await install([], { tools, env })).toMatchObject({ code: 0, stderr: '' });
    location = server.origin;
    server.requests.length = 0;
    const redirected = await install(['--force'], { tools, env });
    expect(redirected).toMatchObject({ code: 4, stderr: expect.stringMatching(/protocol/i) });
    expect(requested()).toEqual([]);
  });

  test('needs a checksum or a signature if wget does not verify certificates', async () => {
    const extra = ['sha256sum', 'minisign'];
    const tools = toolFolder(shell, place.path, { extra });
    const wget = join(usual, 'wget');
    const note = 'wget: note: TLS certificate validation not implemented';
    writeFileSync(join(tools, 'wget'), `#!/bin/sh\necho '${note}' >&2\nexec '${wget}' "$@"\n`, {
      mode: 0o755,
    });
    await expectFailure(await install([], { tools }), 5, /wget does not verify the certificate/);
    for (const args of [
      ['--checksum', pin],
      ['--public-key', key.publicKey],
    ]) {
      expect(await install([...args, '--force'], { tools })).toMatchObject({ code: 0 });
    }
  });

  test.each(['curl', 'wget'])('downloads through a proxy with %s', async (tool) => {
    const tools = toolFolder(shell, place.path, { extra: [tool, 'sha256sum'] });
    for (const [path, content] of [...server.files]) {
      server.files.set(`http://files.example.com${path}`, content);
    }
    const ended = await install(['--url=http://files.example.com/{version}/', '--checksum', pin], {
      tools,
      env: { http_proxy: server.origin },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(requested()).toEqual(['checksums.txt', glibcArchive]);
  });

  test('reports a folder that it cannot write to', async () => {
    await expectFailure(await install(['--to', '/proc']), 6, /cannot write to \/proc/);
    await expectFailure(await install(['--to', '/proc/none/bin']), 6, /cannot create \/proc/);
    expect(requested()).toEqual([]);
  });

  test('does not install a program that does not start', async () => {
    const broken = archiveOf({
      'bin/dexchange': '#!/bin/sh\necho "GLIBC_2.28 not found" >&2\nexit 1\n',
    });
    publish({ [glibcArchive]: broken });
    await expectFailure(
      await install(),
      7,
      /linux_amd64 does not start here: GLIBC_2\.28 not found/,
    );
    publish({ [glibcArchive]: archiveOf({ 'bin/dexchange': program('0.0.9') }) });
    await expectFailure(await install(), 5, /contains another version than /);
    publish({ [glibcArchive]: archiveOf({ 'bin/other': program(version) }) });
    await expectFailure(await install(), 5, /contains no dexchange/);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'leaves nothing behind after %s',
    async (signal) => {
      const asked = new Promise<void>((arrived) => {
        server.behaviour.misbehave = ({ path }) => {
          if (!path.endsWith(glibcArchive)) return undefined;
          arrived();
          return { kind: 'hang', afterHead: true };
        };
      });
      const [command, ...first] = shell.command;
      const child = spawn(command, [...first, script], { env: surroundings({}), stdio: 'ignore' });
      const ended = new Promise((done) => child.once('close', done));
      await asked;
      expect(left().join()).toContain('.dexchange-install.');
      child.kill(signal);
      expect(await ended).toBe({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal]);
      expect(left()).toEqual([]);
    },
  );

  test('rejects addresses and values that it must not use', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--url', 'http://files.example.com/'], /the address is not https/],
      [['--url', 'https://user:pw@files.example.com/'], /contains a password/],
      [['--url', 'ftp://files.example.com/'], /not a URL/],
      [['--url', 'https://files.example.com/a b'], /character/],
      [['--version', '../1.0.0'], /the version is not valid/],
      [['--version', 'latest'], /such as 0\.1\.0/],
      [['--checksum', 'abc'], /not a SHA-256/],
      [['--platform', 'plan9_amd64'], /unknown platform/],
      [['--to'], /--to needs a value/],
      [['--bogus=1'], /unknown option --bogus/],
      [['bogus'], /unexpected argument bogus/],
    ];
    for (const [args, message] of cases) await expectFailure(await install(args), 2, message);
    const unset = await install([], { env: { DEXCHANGE_INSTALL_URL: '' } });
    await expectFailure(unset, 2, /hint: set --url or DEXCHANGE_INSTALL_URL/);
    expect(requested()).toEqual([]);
  });

  test('sends the header to the server of the address only, and shows it to no one', async () => {
    const other = await startReleaseServer();
    onTestFinished(other.close);
    other.files.set('/store', good);
    server.behaviour.misbehave = ({ path }) =>
      path.endsWith(glibcArchive)
        ? { kind: 'answer', status: 302, headers: { location: `${other.origin}/store?sig=s` } }
        : undefined;
    const env = { DEXCHANGE_INSTALL_HEADER: 'JOB-TOKEN: secret' };
    // Records the arguments of curl, which other users can see.
    const tools = toolFolder(shell, place.path, { extra: ['sha256sum'] });
    const log = join(home, 'arguments');
    writeFileSync(
      join(tools, 'curl'),
      `#!/bin/sh\necho "$*" >>'${log}'\nexec ${located('curl')} "$@"\n`,
      {
        mode: 0o755,
      },
    );
    expect(await install([], { tools, env })).toMatchObject({ code: 0, stderr: '' });
    expect(server.requests.map(({ headers }) => headers['job-token'])).toEqual([
      'secret',
      'secret',
    ]);
    expect(other.requests.map(({ headers }) => headers['job-token'])).toEqual([undefined]);
    expect(readFileSync(log, 'utf8')).not.toMatch(/secret|sig=/);
    const wget = await install(['--force'], { env });
    expect(wget).toMatchObject({ code: 3, stderr: expect.stringContaining('needs curl') });
  });
});

test('the version in the script is the version of the package', () => {
  expect(readFileSync(script, 'utf8')).toContain(`\nrelease_version='${version}'\n`);
});

test('the first part of the script does nothing', async () => {
  const text = readFileSync(script, 'utf8');
  for (const share of [0.25, 0.5, 0.75, 0.99]) {
    const part = text.slice(0, Math.floor(text.length * share));
    const { stdout } = await runToEnd('/bin/sh', ['-c', part], { env: { PATH: '' } });
    expect(stdout).toBe('');
  }
});
