import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { type Envelope, signedBytes } from '../../scripts/release/dsse.ts';
import { emptyFolder } from '../unit/support/folder.ts';
import { rootCopy } from './support/root-copy.ts';

const { folder, version } = inject('release');
const has = (program: string): boolean => spawnSync(program, ['-v']).error === undefined;
const arch = process.arch === 'x64' ? 'amd64' : 'arm64';

test('tar installs the archive below /usr/local of a minimal Debian, where it runs', async () => {
  const root = await rootCopy();
  const archive = await root.bring(join(folder, `dexchange_${version}_linux_${arch}.tar.gz`));
  const options = ['--no-same-owner', '-C', '/usr/local'];
  expect(await root.run('tar', '-xzf', archive, ...options)).toMatchObject({ code: 0, stderr: '' });
  expect(await root.run('dexchange', 'version')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(version),
  });
});

test('what people download has at most 45 MB', () => {
  const sizes = readdirSync(folder)
    .filter((name) => /\.(tar\.gz|zip|deb|rpm|apk)$/.test(name))
    .map((name) => [name, statSync(join(folder, name)).size] as const);
  expect(sizes.length).toBeGreaterThan(2);
  expect(sizes.filter(([, size]) => size > 45_000_000)).toEqual([]);
});

test('sha256sum finds every file as it was released', () => {
  const checked = execFileSync('sha256sum', ['--check', 'checksums.txt'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(checked.split('\n').filter((line) => line.endsWith(': OK')).length).toBeGreaterThan(2);
});

/** The files that verify a signature, with the checksums of other files. */
function withOtherChecksums(): string {
  const other = emptyFolder();
  for (const name of ['checksums.txt.sig', 'checksums.txt.minisig', 'signing-key.pub.pem']) {
    writeFileSync(join(other, name), readFileSync(join(folder, name)));
  }
  writeFileSync(join(other, 'minisign.pub'), readFileSync(join(folder, 'minisign.pub')));
  writeFileSync(join(other, 'checksums.txt'), `${'0'.repeat(64)}  other.tar.gz\n`);
  return other;
}

test.skipIf(!has('minisign'))('minisign accepts the signature, and no other file', () => {
  const verify = (cwd: string): number | null =>
    spawnSync('minisign', ['-V', '-p', 'minisign.pub', '-m', 'checksums.txt'], { cwd }).status;
  expect(verify(folder)).toBe(0);
  expect(verify(withOtherChecksums())).toBe(1);
});

test.skipIf(!has('openssl'))('openssl accepts the signature, and no other file', () => {
  const key = ['-pubin', '-inkey', 'signing-key.pub.pem'];
  const files = ['-rawin', '-in', 'checksums.txt', '-sigfile', 'checksums.txt.sig'];
  const verify = (cwd: string): number | null =>
    spawnSync('openssl', ['pkeyutl', '-verify', ...key, ...files], { cwd }).status;
  expect(verify(folder)).toBe(0);
  expect(verify(withOtherChecksums())).toBe(1);
});

test.skipIf(!has('openssl'))('openssl accepts the provenance, which names every file', () => {
  const envelope = JSON.parse(
    readFileSync(join(folder, `dexchange_${version}.intoto.jsonl`), 'utf8'),
  ) as Envelope;
  const statement = Buffer.from(envelope.payload, 'base64');
  const work = emptyFolder();
  writeFileSync(join(work, 'signed'), signedBytes(envelope.payloadType, statement));
  const signature = Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64');
  writeFileSync(join(work, 'signature'), signature);
  const key = ['-pubin', '-inkey', join(folder, 'signing-key.pub.pem')];
  const files = ['-rawin', '-in', 'signed', '-sigfile', 'signature'];
  const verified = spawnSync('openssl', ['pkeyutl', '-verify', ...key, ...files], { cwd: work });
  expect(verified.status).toBe(0);

  const { subject } = JSON.parse(statement.toString()) as {
    readonly subject: readonly {
      readonly name: string;
      readonly digest: { readonly sha256: string };
    }[];
  };
  const checksums = readFileSync(join(folder, 'checksums.txt'), 'utf8');
  const listed = checksums
    .trimEnd()
    .split('\n')
    .filter((line) => !/ (CONTENTS\.md|\S+\.intoto\.jsonl)$/.test(line));
  expect(subject.map(({ name, digest }) => `${digest.sha256}  ${name}`)).toEqual(listed);
});
