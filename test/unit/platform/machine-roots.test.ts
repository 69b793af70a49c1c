import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { machineRoots } from '../../../src/platform/http/machine-roots.ts';
import { emptyFolder } from '../support/folder.ts';

const pem = (text: string): string =>
  `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`;

function read(env: Readonly<Record<string, string>>, maxWaitMs = 100) {
  const notes: string[] = [];
  const roots = machineRoots(
    env,
    () => maxWaitMs,
    (text) => void notes.push(text),
  );
  const machine = machineRoots(
    {},
    () => maxWaitMs,
    () => {},
  ).system();
  // Those that the variables add to the CAs of this machine.
  return { extra: roots.extra(), system: roots.system().slice(machine.length), notes };
}

test('reads nothing without variables, and for empty ones', () => {
  const nothing = { extra: [], system: [], notes: [] };
  expect(read({})).toEqual(nothing);
  expect(read({ NODE_EXTRA_CA_CERTS: '', SSL_CERT_FILE: '', SSL_CERT_DIR: '' })).toEqual(nothing);
});

test.runIf(existsSync('/etc/ssl/certs/ca-certificates.crt'))(
  'reads the CAs of Linux that Node reads',
  () => {
    const own = machineRoots(
      {},
      () => 100,
      () => {},
    ).system();
    const fingerprints = (pems: readonly string[]): string[] =>
      [...new Set(pems.map((text) => new X509Certificate(text).fingerprint256))].sort();
    expect(fingerprints(own)).toEqual(expect.arrayContaining(fingerprints(nodesSystemRoots())));
    expect(own.length).toBeGreaterThan(10);
  },
);

/** What Node reads without variables, which this process may have. */
function nodesSystemRoots(): readonly string[] {
  const script = "console.log(JSON.stringify(require('node:tls').getCACertificates('system')))";
  return JSON.parse(
    execFileSync(process.execPath, ['--eval', script], { encoding: 'utf8', env: {} }),
  ) as string[];
}

test('reads the certificates of the named files, but no keys', () => {
  const folder = emptyFolder();
  const [a, b] = [join(folder, 'a.pem'), join(folder, 'b.pem')];
  writeFileSync(
    a,
    `# a comment\n${pem('AAAA')}\n-----BEGIN PRIVATE KEY-----\nKKKK\n${pem('BBBB')}`,
  );
  writeFileSync(b, pem('CCCC'));
  expect(read({ NODE_EXTRA_CA_CERTS: a, SSL_CERT_FILE: b })).toEqual({
    extra: [pem('AAAA'), pem('BBBB')],
    system: [pem('CCCC')],
    notes: [],
  });
});

test('reads every folder of SSL_CERT_DIR, and follows the links of OpenSSL', () => {
  const folder = emptyFolder();
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  for (const path of [a, b, join(b, 'more')]) mkdirSync(path);
  writeFileSync(join(folder, 'linked.pem'), pem('AAAA'));
  symlinkSync(join(folder, 'linked.pem'), join(a, '0a1b2c3d.0'));
  symlinkSync(join(folder, 'missing.pem'), join(a, 'broken.0'));
  symlinkSync('loop', join(a, 'loop'));
  writeFileSync(join(a, 'README'), 'no certificate');
  writeFileSync(join(b, 'b.crt'), pem('BBBB'));
  const { system, notes } = read({ SSL_CERT_DIR: ['', a, '/missing', b].join(delimiter) });
  expect(system).toEqual([pem('AAAA'), pem('BBBB')]);
  expect(notes).toEqual(['SSL_CERT_DIR: /missing cannot be read: ENOENT']);
});

test('notes what cannot be read', () => {
  const folder = emptyFolder();
  const junk = join(folder, 'junk');
  writeFileSync(junk, 'junk');
  const notesFor = (path: string) => read({ NODE_EXTRA_CA_CERTS: path }).notes;
  expect(notesFor('/missing')).toEqual(['NODE_EXTRA_CA_CERTS: /missing does not exist']);
  expect(notesFor(folder)).toEqual([`NODE_EXTRA_CA_CERTS: ${folder} is a folder`]);
  expect(notesFor(junk)).toEqual([`NODE_EXTRA_CA_CERTS: ${junk} contains no certificate`]);
  expect(read({ SSL_CERT_DIR: junk }).notes).toEqual([
    `SSL_CERT_DIR: ${junk} cannot be read: ENOTDIR`,
  ]);
});

test('reads nothing more when the time is over', () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'a.pem'), pem('AAAA'));
  const env = { NODE_EXTRA_CA_CERTS: join(folder, 'a.pem'), SSL_CERT_DIR: folder };
  expect(read(env, 0)).toEqual({
    extra: [],
    system: [],
    notes: [
      `NODE_EXTRA_CA_CERTS: ${join(folder, 'a.pem')} was not read: the timeout expired`,
      `SSL_CERT_DIR: ${folder} contains no certificate`,
    ],
  });
});

test('does not show a token that was taken for a path', () => {
  const token = 'glpat-canary0123456789abcdef';
  const { notes } = read({ NODE_EXTRA_CA_CERTS: token, SSL_CERT_FILE: token, SSL_CERT_DIR: token });
  expect(notes).toHaveLength(3);
  expect(notes.join()).not.toContain('canary');
});

test.skipIf(process.platform === 'win32')('does not wait for FIFOs and devices', () => {
  const folder = emptyFolder();
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const startedAt = performance.now();
  const { notes } = read({ NODE_EXTRA_CA_CERTS: fifo, SSL_CERT_FILE: '/dev/full' }, 60_000);
  expect(notes).toEqual([
    `NODE_EXTRA_CA_CERTS: ${fifo} is not a regular file`,
    'SSL_CERT_FILE: /dev/full is not a regular file',
  ]);
  expect(performance.now() - startedAt).toBeLessThan(1_500);
  // In a folder they are skipped.
  writeFileSync(join(folder, 'a.pem'), pem('AAAA'));
  expect(read({ SSL_CERT_DIR: folder })).toMatchObject({ system: [pem('AAAA')], notes: [] });
});
