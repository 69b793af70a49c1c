import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  describeInstall,
  glibcArchive,
  goodArchive,
  key,
  programOf,
} from '../../support/install-suite.ts';
import { archiveOf, currentVersion, releaseKey, sha256 } from '../../support/release-server.ts';

describeInstall((suite) => {
  const { install, left, requested, publish, swap, expectFailure } = suite;

  test('rejects a broken checksum', async () => {
    publish({ [glibcArchive]: goodArchive }, `${'0'.repeat(64)}  ${glibcArchive}\n`);
    expectFailure(await install(), 5, /does not have the checksum of the release/);
    publish({ [glibcArchive]: goodArchive }, `0  ${glibcArchive}\n`);
    expectFailure(await install(), 5, /checksums\.txt has no checksum/);
  });

  test('rejects a truncated download', async () => {
    suite.server.files.set(`/${currentVersion}/${glibcArchive}`, goodArchive.subarray(0, -20));
    expectFailure(await install(), 5, /does not have the checksum of the release/);
    suite.server.requests.length = 0;
    suite.server.behaviour.misbehave = ({ path }) =>
      path.endsWith(glibcArchive) ? { kind: 'truncate', body: 'x' } : undefined;
    expectFailure(await install(), 4, /cannot download/);
    expect(requested()).toHaveLength(4);
  });

  test('rejects swapped files by the pinned checksum', async () => {
    for (const checksum of [suite.pin, sha256(goodArchive), `sha256:${suite.pin.toUpperCase()}`]) {
      expect(await install(['--checksum', checksum, '--force'])).toMatchObject({ code: 0 });
    }
    swap();
    mkdirSync(join(suite.home, 'other'));
    for (const checksum of [suite.pin, sha256(goodArchive)]) {
      const ended = await install(['--checksum', checksum, '--to', join(suite.home, 'other/bin')]);
      expect(ended.stderr).toMatch(/neither checksums\.txt nor .* has the checksum of --checksum/);
      expect(ended.code).toBe(5);
    }
    expect(readdirSync(join(suite.home, 'other'))).toEqual([]);
    expect(suite.evilRan()).toBe(false);
  });

  test.each(['minisign', 'openssl'])('verifies the signature with %s', async (tool) => {
    const path = suite.tools({ extra: ['wget', 'sha256sum', tool] });
    const signed = ['--public-key', key.publicKey, '--require-signature'];
    const ended = await install([...signed, '--force'], { path });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).not.toContain('signature');
    const to = ['--to', join(suite.home, 'other')];
    const wrong = ['--public-key', releaseKey().publicKey];
    expect((await install([...wrong, ...to], { path })).stderr).toMatch(/signature .* is wrong/);
    swap();
    expect(await install([...signed, ...to], { path })).toMatchObject({ code: 5 });
    suite.server.files.delete(`/${currentVersion}/checksums.txt.minisig`);
    expect(await install([...signed, ...to], { path })).toMatchObject({ code: 4 });
    expect(left()).toContain('prefix/bin/dexchange');
    expect(left()).not.toContain('other');
    expect(suite.evilRan()).toBe(false);
  });

  test('says if it cannot verify the signature, or fails if it must', async () => {
    const signed = ['--public-key', key.publicKey];
    expect((await install(signed)).stdout).toContain(
      'the signature is not verified: neither minisign nor OpenSSL 3 was found',
    );
    expect((await install(['--force'])).stdout).toContain('there is no public key');
    expect((await install(['--force', '--checksum', suite.pin])).stdout).not.toContain('signature');
    const required = await install(['--force', ...signed, '--require-signature']);
    expect(required).toMatchObject({ code: 5 });
  });

  test('needs a checksum or a signature if wget does not verify certificates', async () => {
    const extra = ['sha256sum', 'minisign'];
    const path = suite.tools({ extra });
    const wget = join(suite.tools(), 'wget');
    const note = 'wget: note: TLS certificate validation not implemented';
    writeFileSync(join(path, 'wget'), `#!/bin/sh\necho '${note}' >&2\nexec '${wget}' "$@"\n`, {
      mode: 0o755,
    });
    expectFailure(await install([], { path }), 5, /wget does not verify the certificate/);
    for (const args of [
      ['--checksum', suite.pin],
      ['--public-key', key.publicKey],
    ]) {
      expect(await install([...args, '--force'], { path })).toMatchObject({ code: 0 });
    }
  });

  test('does not install a program that does not start', async () => {
    const broken = archiveOf({
      'bin/dexchange': '#!/bin/sh\necho "GLIBC_2.28 not found" >&2\nexit 1\n',
    });
    publish({ [glibcArchive]: broken });
    expectFailure(await install(), 7, /linux_amd64 does not start here: GLIBC_2\.28 not found/);
    publish({ [glibcArchive]: archiveOf({ 'bin/dexchange': programOf('0.0.9') }) });
    expectFailure(await install(), 5, /contains another version than /);
    publish({ [glibcArchive]: archiveOf({ 'bin/other': programOf(currentVersion) }) });
    expectFailure(await install(), 5, /contains no dexchange/);
  });
});
