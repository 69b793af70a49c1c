import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createCa } from '../../support/certificates.ts';
import { homeSuite } from '../../support/cli-suite.ts';
import { type Call, program } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import type { Ended } from '../../support/run-to-end.ts';
import { writtenNotice } from '../../support/written-notice.ts';

const suite = homeSuite();

const server = '--server=https://api.example.com';
const toDex = ['--dex-url=https://dex.example.com/', '--connector-id=gitlab'];

function kubeconfig(args: readonly string[], call: Call = {}): Promise<Ended> {
  return suite.run(['kubeconfig', ...args], call);
}

/** The user entry of the kubeconfig that a call prints. */
async function userOf(args: readonly string[], call?: Call, stderr: unknown = '') {
  const ended = await kubeconfig(args, call);
  expect(ended).toMatchObject({ code: 0, stderr });
  return parse(ended.stdout).users[0].user;
}

describe('for token-exchange', () => {
  test('calls get-token with every setting, from flags and from variables', async () => {
    const ended = await kubeconfig(['token-exchange', ...toDex, '--subject-token-env=CI_TOKEN'], {
      env: { API_HOST: 'api.example.com', DEXCHANGE_TIMEOUT: '1m' },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(parse(ended.stdout)).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'api.example.com', cluster: { server: 'https://api.example.com' } }],
      users: [
        {
          name: 'ci-token-exchange',
          user: {
            exec: {
              apiVersion: 'client.authentication.k8s.io/v1',
              command: 'dexchange',
              args: [
                'get-token',
                '--dex-url=https://dex.example.com/',
                '--client-id=dex-client-ci-token-exchange@d8-user-authn',
                '--connector-id=gitlab',
                '--subject-token-env=CI_TOKEN',
                '--timeout=1m',
              ],
              interactiveMode: 'Never',
              installHint:
                'this kubeconfig needs the dexchange plugin: install it and add it to PATH',
            },
          },
        },
      ],
      contexts: [
        {
          name: 'api.example.com-ci-token-exchange',
          context: { cluster: 'api.example.com', user: 'ci-token-exchange' },
        },
      ],
      'current-context': 'api.example.com-ci-token-exchange',
    });
  });

  test('refers to secrets by file, command or variable', async () => {
    const byFile = (flags: readonly string[], stderr: unknown = '') =>
      userOf(['token-exchange', server, ...toDex, ...flags], {}, stderr);
    const local = await byFile(
      ['--client-secret-file=s/x', '--local-paths'],
      expect.stringMatching(
        /^WARNING: this kubeconfig is for this machine only: --client-secret-file [^\n]*\n$/,
      ),
    );
    expect(local.exec.args).toContain(`--client-secret-file=${join(suite.home, 's/x')}`);
    const relative = await byFile(
      ['--client-secret-file=s/x', '--exec-command=bin/dexchange', '--relative-paths'],
      expect.stringMatching(/^note: the path of --client-secret-file [^\n]*\n$/),
    );
    expect(relative.exec.args).toContain('--client-secret-file=s/x');
    expect(relative.exec.command).toBe('bin/dexchange');
    const ofJob = await byFile(['--client-secret-file=/run/secrets/dex', '--local-paths']);
    expect(ofJob.exec.args).toContain('--client-secret-file=/run/secrets/dex');
    const byVariable = await userOf(['token-exchange', server, ...toDex], {
      env: { DEXCHANGE_CLIENT_SECRET: 's3cret', DEX_CLIENT_SECRET: 's3cret' },
    });
    expect(JSON.stringify(byVariable)).not.toContain('s3cret');
  });

  test('passes values that a shell would change in variables', async () => {
    const { exec } = await userOf([
      ...['token-exchange', server, ...toDex, '--scope=openid email'],
      '--install-url=https://files.example.com/dexchange?version=1',
      ...["--client-secret-command=vault 'a b' $X", '--exec-command=/opt/my tools/dexchange'],
    ]);
    expect(exec.command).toBe('/opt/my tools/dexchange');
    expect(exec.installHint).toBe(
      'this kubeconfig needs the dexchange plugin: install it from https://files.example.com/dexchange?version=1 and add it to PATH',
    );
    expect(exec.args.join(' ')).not.toMatch(/[ $'"]{2}|vault/);
    expect(exec.env).toEqual([
      { name: 'DEXCHANGE_SCOPE', value: 'openid email' },
      { name: 'DEXCHANGE_CLIENT_SECRET_COMMAND', value: "vault 'a b' $X" },
    ]);
  });

  test('contains a secret only with --embed-secrets, and never in args', async () => {
    const given = ['token-exchange', server, ...toDex, '--client-secret=s3cret'];
    expectFailure(await kubeconfig([...given, '-v']), {
      exitCode: 2,
      code: 'setting_conflict',
      names: ['--client-secret', 'kubeconfig'],
      secrets: ['s3cret'],
    });
    const { exec } = await userOf([...given, '--embed-secrets']);
    expect(exec.env).toEqual([{ name: 'DEXCHANGE_CLIENT_SECRET', value: 's3cret' }]);
    expect(JSON.stringify(exec.args)).not.toContain('s3cret');
  });
});

test.each([
  ['--client-secret-file=s/x', {}, 'DEXCHANGE_CLIENT_SECRET_FILE'],
  ['--idp-client-secret-file=./x', {}, 'DEXCHANGE_IDP_CLIENT_SECRET_FILE'],
  ['--subject-token-file=x', {}, 'DEXCHANGE_SUBJECT_TOKEN_FILE'],
  ['--idp-private-key-file=../x', {}, 'DEXCHANGE_IDP_PRIVATE_KEY_FILE'],
  ['--cache-dir=cache', {}, 'DEXCHANGE_CACHE_DIR'],
  ['--client-secret-file=HOME/x', {}, 'DEXCHANGE_CLIENT_SECRET_FILE'],
  ['--client-secret-file=/tmp/x', {}, 'DEXCHANGE_CLIENT_SECRET_FILE'],
  ['--client-secret-command=cat HOME/x', {}, 'DEXCHANGE_CLIENT_SECRET_COMMAND'],
  ['', { DEXCHANGE_CLIENT_SECRET_FILE: 's/x' }, 'DEXCHANGE_CLIENT_SECRET_FILE'],
])('a path of this machine is refused, with the way for a job: %s %j', async (flag, env, name) => {
  const given = flag === '' ? [] : [flag.replace('HOME', suite.home)];
  const args = ['token-exchange', server, ...toDex, ...given];
  expectFailure(await kubeconfig([...args, '-v'], { env }), {
    exitCode: 2,
    code: 'setting_invalid',
    names: ['of this machine'],
    hint: [`set ${name} in the jobs`, '--local-paths'],
  });
  expect(await kubeconfig([...args, '--local-paths'], { env })).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^WARNING: this kubeconfig is for this machine only: /),
  });
});

test('a program of this machine is refused, and so are both ways to allow paths', async () => {
  const args = ['token-exchange', server, ...toDex];
  expectFailure(
    await kubeconfig([...args, `--exec-command=${join(suite.home, 'dexchange')}`, '-v']),
    {
      exitCode: 2,
      code: 'setting_invalid',
      names: ['--exec-command', 'of this machine'],
      hint: ['without its folder', '--local-paths'],
    },
  );
  expectFailure(await kubeconfig([...args, '--local-paths', '--relative-paths', '-v']), {
    exitCode: 2,
    code: 'setting_conflict',
    names: ['--local-paths and --relative-paths'],
    hint: ['--relative-paths'],
  });
});

test.each([
  ['1h', '1h'],
  ['60m', '60m'],
  ['3600s', '3600s'],
  ['1.5h', '1.5h'],
  ['1h0m30s', '1h0m30s'],
  [' 90s ', '90s'],
  ['3600', '1h'],
  ['2.5', '2500ms'],
])('a duration of %j is written as %s', async (given, written) => {
  const { exec } = await userOf(['token-exchange', server, ...toDex, `--timeout=${given}`], {
    env: { DEXCHANGE_REFRESH_BEFORE: given },
  });
  expect(exec.args).toContain(`--timeout=${written}`);
  expect(exec.args).toContain(`--refresh-before=${written}`);
});

test.each(['dex-insecure-skip-tls-verify', 'allow-http', 'no-cache'])(
  '--%s is passed on, on and off',
  async (name) => {
    for (const [flag, arg] of [
      [`--${name}`, `--${name}=true`],
      [`--${name}=false`, `--${name}=false`],
      [`--${name}=ON`, `--${name}=true`],
    ] as const) {
      const { exec } = await userOf(['token-exchange', server, ...toDex, flag]);
      expect(exec.args).toContain(arg);
    }
  },
);

test("the CA of Dex is embedded, since a job does not have the administrator's file", async () => {
  const { certPem } = await createCa();
  const key = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n';
  const file = join(suite.home, 'dex.crt');
  writeFileSync(file, `issuer of Dex\r\n${key}${certPem}`);
  const data = Buffer.from(certPem).toString('base64');
  for (const [flags, env] of [
    [['--dex-certificate-authority=dex.crt'], {}],
    [[`--ca-file=${file}`], {}],
    [[], { DEXCHANGE_DEX_CERTIFICATE_AUTHORITY: file }],
  ] as const) {
    const { exec } = await userOf(['token-exchange', server, ...toDex, ...flags], { env });
    expect(exec.args).toContain(`--dex-certificate-authority-data=${data}`);
    expect(JSON.stringify(exec)).not.toMatch(/dex\.crt|PRIVATE/);
  }
  writeFileSync(file, certPem.repeat(400));
  expectFailure(await kubeconfig(['token-exchange', server, ...toDex, '--ca-file=dex.crt', '-v']), {
    exitCode: 2,
    code: 'setting_invalid',
    names: ['--dex-certificate-authority', 'too large'],
  });
});

test('the CA of the API is embedded', async () => {
  const { certPem } = await createCa();
  writeFileSync(join(suite.home, 'ca.crt'), certPem);
  const args = ['basic-auth', server, '--username=u', '--server-certificate-authority=ca.crt'];
  const env = { K8S_PASSWORD: 'p' };
  const { stdout } = await kubeconfig(args, { env });
  const data = parse(stdout).clusters[0].cluster['certificate-authority-data'];
  expect(Buffer.from(data, 'base64').toString()).toBe(certPem);
  const key = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n';
  writeFileSync(join(suite.home, 'ca.crt'), `issuer of the API\r\n${key}${certPem}${key}`);
  const withKey = await kubeconfig(args, { env });
  expect(parse(withKey.stdout).clusters[0].cluster['certificate-authority-data']).toBe(data);
  const publicCa = await kubeconfig([...args, '--public-ca'], { env });
  expect(parse(publicCa.stdout).clusters[0].cluster).toEqual({ server: 'https://api.example.com' });
  writeFileSync(join(suite.home, 'ca.crt'), 'no certificate');
  expectFailure(await kubeconfig([...args, '-v'], { env }), {
    exitCode: 2,
    code: 'setting_invalid',
    names: ['ca.crt', 'certificate'],
  });
});

test('for identity, it calls get-token without the settings of Dex', async () => {
  const secretFile = '/run/secrets/idp';
  const { exec } = await userOf(
    [
      ...['identity', server, '--identity-audience=https://api.example.com'],
      ...['--idp-issuer-url=https://idp.example.com', '--idp-client-id=ci'],
      `--idp-client-secret-file=${secretFile}`,
    ],
    { env: { DEX_URL: 'https://dex.example.com', DEX_CLIENT_SECRET: 'dex-s3cret' } },
  );
  expect(exec).toMatchObject({
    command: 'dexchange',
    args: [
      ...['get-token', '--method=identity', '--identity-audience=https://api.example.com'],
      ...['--idp-issuer-url=https://idp.example.com', '--idp-client-id=ci'],
      `--idp-client-secret-file=${secretFile}`,
    ],
  });
  expect(JSON.stringify(exec)).not.toMatch(/dex\.example|dex-s3cret/);
  expectFailure(await kubeconfig(['identity', server, '--connector-id=gitlab']), {
    exitCode: 2,
    code: 'usage_unknown_flag',
    names: ['--connector-id'],
  });
});

describe('for service-account', () => {
  const args = ['service-account', server, '-n', 'ci', '--service-account=deploy'];

  test('contains a token or refers to it', async () => {
    writeFileSync(join(suite.home, 'token'), 'abc\n');
    expectFailure(await kubeconfig([...args, '--token-file=token', '-v']), {
      exitCode: 2,
      code: 'setting_invalid',
      names: ['--token-file token', 'is a file of this machine'],
      hint: ['--embed-secrets'],
    });
    const warning = expect.stringMatching(/^WARNING: this kubeconfig is for this machine only: /);
    expect(await userOf([...args, '--token-file=token', '--local-paths'], {}, warning)).toEqual({
      tokenFile: join(suite.home, 'token'),
    });
    const written = ['--relative-paths', '--write-to=configs/k'];
    expect(await kubeconfig([...args, '--token-file=token', ...written])).toMatchObject({
      code: 0,
      stderr: writtenNotice,
    });
    expect(parse(readFileSync(join(suite.home, 'configs/k'), 'utf8')).users[0].user).toEqual({
      tokenFile: '../token',
    });
    expect(await userOf([...args, '--token-file=token', '--embed-secrets'])).toEqual({
      token: 'abc',
    });
    expect(await userOf(args, { env: { KUBE_TOKEN: 'xyz' } })).toEqual({ token: 'xyz' });
    expectFailure(await kubeconfig([...args, '-v']), {
      exitCode: 2,
      code: 'setting_missing',
      names: ['token', 'ServiceAccount'],
    });
  });

  test('requests short-lived tokens with another context, which it names', async () => {
    mkdirSync(join(suite.home, '.kube'));
    const path = join(suite.home, '.kube', 'config');
    writeFileSync(
      path,
      `current-context: admin
contexts: [{name: admin, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: https://c}}]
users: [{name: u, user: {token: t}}]
`,
    );
    const given = [...args, '--short-lived', '--duration=1h', '--audience=my-audience'];
    const warning = expect.stringMatching(
      /^WARNING: this kubeconfig is for this machine only: .*-n ci --service-account deploy /,
    );
    const user = await userOf(given, {}, warning);
    expect(user.exec.args).toEqual([
      'get-token',
      '--method=service-account',
      '--namespace=ci',
      '--service-account=deploy',
      '--duration=1h',
      '--audience=my-audience',
      `--kubeconfig=${path}`,
      '--context=admin',
    ]);
    expect(await kubeconfig([...given, `--write-to=${path}`])).toMatchObject({ code: 0 });
    expectFailure(await kubeconfig([...given, '-v']), {
      exitCode: 2,
      code: 'kubeconfig_invalid',
      names: ['context', /service-?account/i],
    });
    expect(await userOf([...given, '--context=admin'], {}, warning)).toEqual(user);
  });
});

describe('for basic-auth', () => {
  const args = ['basic-auth', server, '--username=deployer'];

  test('contains user name and password, even with special characters', async () => {
    const password = 'p: #"\\\' ünï';
    expect(await userOf(args, { env: { DEXCHANGE_PASSWORD: password } })).toEqual({
      username: 'deployer',
      password,
    });
    writeFileSync(join(suite.home, 'password'), `${password}\n`);
    expect(await userOf([...args, '--password-file=password'])).toMatchObject({ password });
    const printed = `--password-command='${process.execPath}' -p "'from a command'"`;
    expect(await userOf([...args, printed])).toMatchObject({ password: 'from a command' });
  });

  test('without a password and a terminal names the ways to give one', async () => {
    // `setsid` takes the controlling terminal away.
    const ended = await kubeconfig(args, { wrapper: ['setsid', '--wait'] });
    expectFailure(ended, {
      exitCode: 2,
      names: ['password'],
      hint: ['--password-file', '--password-command', 'DEXCHANGE_PASSWORD'],
    });
  });

  test('prompts at a terminal without echo', async () => {
    const python = spawnSync('python3', ['-c', 'import pty'], { stdio: 'ignore' });
    if (python.status !== 0) return;
    const script = `
import os, pty, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
out = b''
while b'password of deployer: ' not in out:
    out += os.read(fd, 1000)
os.write(fd, b'wrong\\x15typex\\x7fd\\r')
try:
    while True:
        chunk = os.read(fd, 1000)
        if not chunk: break
        out += chunk
except OSError: pass
os.waitpid(pid, 0)
sys.stdout.buffer.write(out)
`;
    const write = join(suite.home, 'kube.config');
    const ended = spawnSync(
      'python3',
      ['-c', script, ...program, 'kubeconfig', ...args, `--write-to=${write}`],
      { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: suite.home } },
    );
    expect(parse(readFileSync(write, 'utf8')).users[0].user.password).toBe('typed');
    expect(ended.stdout).not.toMatch(/typed|wrong/);
  });
});

const old = `# of mine
clusters:
- name: prod # the one
  cluster: {server: "https://prod"}
current-context: ''
`;
const basicAuth = ['basic-auth', server, '--username=u'];
const call: Call = { env: { K8S_PASSWORD: 'p' } };

describe('--write-to', () => {
  test('creates a private file and its folder', async () => {
    const path = join(suite.home, 'new folder', 'kube.config');
    expect(await kubeconfig([...basicAuth, `--write-to=${path}`], call)).toEqual({
      code: 0,
      stdout: '',
      stderr: writtenNotice,
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(suite.home, 'new folder'))).toEqual(['kube.config']);
    expect(parse(readFileSync(path, 'utf8')).users[0].user.password).toBe('p');
  });

  test('merges into a file, makes it private, and follows a symbolic link to it', async () => {
    writeFileSync(join(suite.home, 'real'), old, { mode: 0o644 });
    chmodSync(join(suite.home, 'real'), 0o644);
    symlinkSync('real', join(suite.home, 'link'));
    expect(await kubeconfig([...basicAuth, '--write-to=link'], call)).toMatchObject({ code: 0 });
    expect(lstatSync(join(suite.home, 'link')).isSymbolicLink()).toBe(true);
    expect(statSync(join(suite.home, 'real')).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(suite.home, 'real'), 'utf8');
    expect(text).toContain('# of mine\n');
    expect(text).toContain('- name: prod # the one\n');
    expect(parse(text).clusters).toHaveLength(2);
  });

  test.skipIf(process.platform === 'win32').each([
    ['a FIFO', (path: string) => void spawnSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdirSync(path)],
    [
      'a link to a FIFO',
      (path: string) => {
        spawnSync('mkfifo', [`${path}.fifo`]);
        symlinkSync(`${path}.fifo`, path);
      },
    ],
  ])('rejects %s, and leaves it as it is', async (_what, create) => {
    const path = join(suite.home, 'special');
    create(path);
    const before = [lstatSync(path).ino, statSync(path).ino];
    const ended = await kubeconfig([...basicAuth, `--write-to=${path}`], call);
    expectFailure(ended, { exitCode: 2, names: ['special', 'not a regular file'], hint: [] });
    expect([lstatSync(path).ino, statSync(path).ino]).toEqual(before);
    expect(readdirSync(suite.home).filter((name) => /lock|tmp/.test(name))).toEqual([]);
  });

  test.each(['folder', 'folder/', 'new/'])('rejects the folder %s', async (path) => {
    mkdirSync(join(suite.home, 'folder'));
    const ended = await kubeconfig([...basicAuth, `--write-to=${path}`], call);
    expectFailure(ended, { exitCode: 2, names: [`${path} `, 'a folder, not a regular file'] });
    expect(readdirSync(suite.home)).toEqual(['folder']);
    expect(readdirSync(join(suite.home, 'folder'))).toEqual([]);
  });

  test('leaves the file unchanged if it has another entry of the same name', async () => {
    writeFileSync(join(suite.home, 'k'), old);
    const args = [...basicAuth, '--write-to=k', '--cluster-name=prod'];
    const ended = await kubeconfig(args, call);
    expectFailure(ended, {
      exitCode: 2,
      names: [/^dexchange: k\b/, /cluster .*\bprod$/],
      hint: ['--cluster-name', '--force'],
    });
    expect(readFileSync(join(suite.home, 'k'), 'utf8')).toBe(old);
    expect(await kubeconfig([...args, '--force'], call)).toMatchObject({ code: 0 });
  });

  test('rejects the list of files in KUBECONFIG', async () => {
    writeFileSync(join(suite.home, 'k'), old);
    const ended = await kubeconfig([...basicAuth, '--write-to=k:other', '-v'], {
      env: { ...call.env, KUBECONFIG: 'k:other' },
    });
    expectFailure(ended, {
      exitCode: 2,
      code: 'setting_invalid',
      names: ['--write-to', 'KUBECONFIG'],
      hint: ['one of these files'],
    });
    expect(readdirSync(suite.home)).toEqual(['k']);
  });

  test('concurrent calls keep every entry', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `user-${index}`);
    const runs = await Promise.all(
      names.map((name) => kubeconfig([...basicAuth, '--write-to=k', `--user-name=${name}`], call)),
    );
    expect(runs.map(({ code }) => code)).toEqual(names.map(() => 0));
    const users = parse(readFileSync(join(suite.home, 'k'), 'utf8')).users as { name: string }[];
    expect(users.map(({ name }) => name).sort()).toEqual(names);
  });

  test('waits for another writer, but ignores the lock of one that was killed', async () => {
    writeFileSync(join(suite.home, 'k'), old);
    writeFileSync(join(suite.home, 'k.lock'), '');
    const locked = await kubeconfig([...basicAuth, '--write-to=k', '--timeout=1s'], call);
    expectFailure(locked, { exitCode: 2, names: [/^dexchange: k\b/, 'locked'] });
    expect(readFileSync(join(suite.home, 'k'), 'utf8')).toBe(old);
    utimesSync(join(suite.home, 'k.lock'), 0, 0);
    expect(await kubeconfig([...basicAuth, '--write-to=k'], call)).toMatchObject({ code: 0 });
    expect(existsSync(join(suite.home, 'k.lock'))).toBe(false);
  });

  test('leaves the old file if the disk is full', async () => {
    writeFileSync(join(suite.home, 'k'), old);
    const big = join(suite.home, 'ca.crt');
    writeFileSync(
      big,
      `-----BEGIN CERTIFICATE-----\n${'A'.repeat(200_000)}\n-----END CERTIFICATE-----\n`,
    );
    const args = [...basicAuth, '--write-to=k', `--server-certificate-authority=${big}`];
    const wrapper = ['sh', '-c', 'ulimit -f 20; exec "$@"', 'sh'];
    const ended = await kubeconfig(args, { ...call, wrapper });
    expectFailure(ended, { exitCode: 2, names: [/^dexchange: k\b/, 'EFBIG'], hint: [] });
    expect(readFileSync(join(suite.home, 'k'), 'utf8')).toBe(old);
    expect(readdirSync(suite.home).sort()).toEqual(['ca.crt', 'k']);
  });

  // The packaged binary takes no preloaded module.
  const atSources = process.env['DEXCHANGE_TEST_TARGET'] !== 'binary';
  test.runIf(atSources).each(['writeSync', 'fsyncSync', 'renameSync'])(
    'leaves the old file if it is killed at %s',
    (name) => {
      writeFileSync(join(suite.home, 'k'), old);
      const preload = resolve(import.meta.dirname, '../../support/end-at-write.mjs');
      const [node, ...first] = program;
      const ended = spawnSync(
        node,
        [
          `--import=${pathToFileURL(preload).href}`,
          ...[...first, 'kubeconfig', ...basicAuth, '--write-to=k'],
        ],
        {
          cwd: suite.home,
          env: {
            PATH: process.env['PATH'],
            HOME: suite.home,
            DEXCHANGE_TEST_END_AT: name,
            ...call.env,
          },
        },
      );
      expect(ended.signal).toBe('SIGKILL');
      expect(readFileSync(join(suite.home, 'k'), 'utf8')).toBe(old);
    },
  );
});
