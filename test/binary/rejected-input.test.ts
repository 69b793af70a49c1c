import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { homeSuite } from '../support/cli-suite.ts';
import { leaksIn } from '../support/leaks.ts';

// What is not plausibly the path, name or value that was asked for is not repeated: it may be the
// secret, or the file that holds it.

const suite = homeSuite();
const secret = 'kV9/3xQ+aLpT0zR7uWm2Yw==';
const tokens = {
  gitlab: `glpat-${'a1B2'.repeat(5)}`,
  github: `ghp_${'Zx9'.repeat(12)}`,
  vault: `hvs.${'CAESIJ4f'.repeat(4)}`,
  hex: '9f86d081884c7d659a2feaa0c55ad015',
  base64: secret,
  mixed: 'q7RkX2mVb9TzLs4Wd1Pn',
  jwt: 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJlLW9mLWl0',
  'a part of a JWT': 'eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbSJ9',
};
const { privateKey } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
  publicKeyEncoding: { format: 'pem', type: 'spki' },
});
const kubeconfig = `apiVersion: v1
kind: Config
users:
- name: u
  user:
    client-key-data: ${Buffer.from(privateKey).toString('base64')}
    token: ${tokens.mixed}
`;
const jsonKubeconfig = JSON.stringify({ users: [{ name: 'u', user: { token: tokens.mixed } }] });
const exchange = ['get-token', '--dex-url=https://127.0.0.1:9', '--connector-id=c', '--no-cache'];
const client = ['--client-id=ci', '--client-secret=any-secret', '--subject-token=any'];

async function shown(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const ended = await suite.run(args, { env });
  expect(ended.code).not.toBe(0);
  expect(ended.stdout).toBe('');
  expect(ended.stderr).toMatch(/^(?:debug: .*\n)*dexchange: .+\nhint: .+\n/);
  return ended.stderr;
}

describe('the content of a kubeconfig where its path belongs', () => {
  test.each([
    ['KUBECONFIG', ['whoami'], { KUBECONFIG: kubeconfig }],
    ['KUBECONFIG as JSON', ['discover'], { KUBECONFIG: jsonKubeconfig }],
    ['--kubeconfig', ['whoami', `--kubeconfig=${kubeconfig}`], {}],
    ['a variable', ['whoami', '-v'], { DEXCHANGE_KUBECONFIG: kubeconfig }],
    ['get-token', ['get-token', `--kubeconfig=${jsonKubeconfig}`], {}],
  ])('is not printed: %s', async (_name, args, env) => {
    const text = await shown(args, env);
    expect(leaksIn(text, [tokens.mixed, privateKey.split('\n')[1] ?? ''])).toEqual([]);
    expect(text).toContain('looks like the content of a file, not its path');
  });
});

describe('a secret where a path belongs', () => {
  test.each([
    ['--client-secret-file', [...exchange, '--client-id=ci', '--subject-token=any']],
    ['--subject-token-file', [...exchange, '--client-id=ci', '--client-secret=any-secret']],
    ['--password-file', ['kubeconfig', 'basic-auth', '--server=https://x', '--username=u']],
    ['--dex-certificate-authority', [...exchange, ...client]],
  ])('is not printed: %s', async (flag, args) => {
    const value = flag === '--dex-certificate-authority' ? privateKey : secret;
    const text = await shown([...args, `${flag}=${value}`]);
    expect(leaksIn(text, [value.split('\n')[1] ?? value])).toEqual([]);
    expect(text).toContain('not shown');
  });

  test('is not printed, though it is short and has no digits', async () => {
    const args = [...exchange, '--client-id=ci', '--subject-token=any'];
    expect(await shown([...args, '--client-secret-file=Pa$$word!'])).not.toContain('Pa$$word');
    expect(await shown([...args, '--client-secret-file=secret-file'])).toContain('secret-file');
    expect(await shown([...args, '--client-secret-file=/run/s3/x.txt'])).toContain('/run/s3/x.txt');
  });
});

test('a client id and secret that are swapped are not printed', async () => {
  for (const more of [[], ['-v'], ['--explain']]) {
    const args = [...exchange, `--client-id=${secret}`, '--subject-token=any', '--timeout=2s'];
    const env = { DEXCHANGE_CLIENT_SECRET: 'dex-client-ci@d8-user-authn' };
    const { stdout, stderr } = await suite.run([...args, ...more], { env });
    expect(`${stdout}${stderr}`.length).toBeGreaterThan(20);
    expect(leaksIn(`${stdout}\n${stderr}`, [secret])).toEqual([]);
  }
});

const kinds = Object.keys(tokens);

describe.each(Object.entries(tokens))('a token as anything else: %s', (kind, token) => {
  test('is not printed', async () => {
    const calls: readonly (readonly string[])[] = [
      ['decode', token],
      [token],
      ['whoami', `--${token}`],
      ['cache', 'clear', `${token}!`],
      ['whoami', '--context', token, `--kubeconfig=${suite.write('kc', '{}')}`],
      [...exchange, ...client, `--timeout=${token}`],
      ['get-token', '-o', token],
      [...exchange, '--client-id=ci', '--client-secret=any-secret', `--subject-token-env=${token}`],
      ['decode', `--token-env=${token}`],
    ];
    // A third of them for each token, so that each is made with several.
    const some = calls.filter((_, at) => at % 3 === kinds.indexOf(kind) % 3);
    const texts = await Promise.all(some.map((args) => shown(args)));
    expect(texts.filter((text) => leaksIn(text, [token]).length > 0)).toEqual([]);
  });
});
