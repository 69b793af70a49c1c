import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type CertificateAuthority, createCa } from '../support/certificates.ts';
import { type Dex, dexClients, startDex } from '../support/dex.ts';
import { execCredential, freshFolder } from '../support/dexchange.ts';
import { type Ended, runToEnd } from '../support/run-to-end.ts';
import { binary } from './shipped.ts';

const roots = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

let ca: CertificateAuthority;
let dex: Dex;
let folder: string;

beforeAll(async () => {
  ca = await createCa();
  dex = await startDex({ tls: await ca.issue({ commonName: 'dex', hosts: ['127.0.0.1'] }) });
});
afterAll(() => dex.close());

beforeEach(() => {
  const fresh = freshFolder();
  onTestFinished(fresh.remove);
  folder = fresh.path;
  mkdirSync(join(folder, 'cas'));
  writeFileSync(join(folder, 'cas', 'ca.pem'), ca.certPem);
});

/** The program and arguments of a miss. */
function command(...flags: string[]): string[] {
  return [
    binary,
    'get-token',
    `--dex-url=${dex.issuer}`,
    `--client-id=${dexClients[0].id}`,
    '--connector-id=mock',
    '--subject-token-env=CI_TOKEN',
    '--no-cache',
    ...flags,
  ];
}

function settings(): Readonly<Record<string, string>> {
  return { CI_TOKEN: 'any', DEXCHANGE_CLIENT_SECRET: dexClients[0].secret };
}

function call(env: Readonly<Record<string, string>>, ...flags: string[]): Promise<Ended> {
  const [program = '', ...args] = command(...flags);
  return runToEnd(program, args, { env: { ...settings(), ...env } });
}

test.each([
  ['NODE_EXTRA_CA_CERTS', () => join(folder, 'cas', 'ca.pem')],
  ['SSL_CERT_FILE', () => join(folder, 'cas', 'ca.pem')],
  ['SSL_CERT_DIR', () => join(folder, 'cas')],
  ['SSL_CERT_DIR', () => [join(folder, 'missing'), folder, join(folder, 'cas')].join(delimiter)],
])('%s adds CAs', async (name, value) => {
  const ended = await call({ [name]: value() });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  execCredential(ended);
});

test('without them Dex is not trusted', async () => {
  const ended = await call({});
  expect(ended).toMatchObject({ code: 5, stdout: '' });
  expect(ended.stderr).toMatch(/certificate/);
});

test.each([
  ['a missing file', () => join(folder, 'missing')],
  ['a folder', () => folder],
  ['a list', () => [join(folder, 'missing'), folder].join(delimiter)],
  ['junk', () => 'junk\u{1f4a5}\u001b[31m'],
  ['a device', () => '/dev/full'],
  ['a FIFO', fifo],
])('as %s they add nothing, print nothing and do not wait', async (_kind, value) => {
  const text = value();
  const env = Object.fromEntries(roots.map((name) => [name, text]));
  const given = `--dex-certificate-authority=${join(folder, 'cas', 'ca.pem')}`;
  const ended = await call(env, given);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  execCredential(ended);

  const denied = await call(env, '--timeout=5s');
  expect(denied.code).not.toBe(0);
  expect(denied.stdout).toBe('');
  // The error and its hint, nothing from the runtime.
  expect(denied.stderr).toMatch(/^dexchange: .*\n(hint: .*\n)?$/);
});

test('-v tells what cannot be read', async () => {
  const env = Object.fromEntries(roots.map((name) => [name, '/missing']));
  const { stderr } = await call(env, '-v');
  expect(stderr).toContain('debug: NODE_EXTRA_CA_CERTS: /missing does not exist\n');
  expect(stderr).toContain('debug: SSL_CERT_FILE: /missing does not exist\n');
  expect(stderr).toContain('debug: SSL_CERT_DIR: /missing cannot be read: ENOENT\n');
});

// Images without ca-certificates. A mount namespace needs root.
const canHideCas =
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 't', '/etc/ssl']).status === 0;

test.runIf(canHideCas)(
  'a machine without CAs, or with FIFOs among them, prints nothing',
  async () => {
    const env = { SSL_CERT_FILE: join(folder, 'cas', 'ca.pem') };
    for (const prepare of [
      'true',
      'echo junk > /etc/ssl/certs',
      'mkdir /etc/ssl/certs; mkfifo /etc/ssl/cert.pem /etc/ssl/certs/ca-certificates.crt',
    ]) {
      const words = `mount -t tmpfs t /etc/ssl && { ${prepare}; } && exec "$@"`;
      const ended = await runToEnd('unshare', ['-m', 'sh', '-c', words, 'sh', ...command()], {
        env: { PATH: process.env['PATH'] ?? '', ...settings(), ...env },
      });
      expect({ prepare, ...ended }).toMatchObject({ prepare, code: 0, stderr: '' });
    }
  },
);

function fifo(): string {
  const path = join(folder, 'fifo');
  execFileSync('mkfifo', [path]);
  return path;
}
