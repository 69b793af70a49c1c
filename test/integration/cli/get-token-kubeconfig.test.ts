import { decodeJwt } from 'jose';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { ciClient, dexSuite } from '../../support/cli-suite.ts';
import { execCredential } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';

const suite = dexSuite();

interface Entry {
  readonly command?: string;
  readonly cluster?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly extension?: Readonly<Record<string, unknown>>;
  readonly apiVersion?: string;
}

/** Writes a kubeconfig whose user is a plugin, by default dexchange against the stand-in Dex. */
function kubeconfig({ args, env = {}, extension, apiVersion, ...own }: Entry = {}): string {
  const plugin = [
    'get-token',
    `--dex-url=${suite.dex.issuer}`,
    `--client-id=${ciClient.id}`,
    '--connector-id=gitlab',
    '--subject-token-env=CI_TOKEN',
  ];
  const extensions = [{ name: 'client.authentication.k8s.io/exec', extension }];
  const cluster = {
    server: 'https://127.0.0.1:1',
    ...own.cluster,
    ...(extension === undefined ? {} : { extensions }),
  };
  const exec = {
    apiVersion: apiVersion ?? 'client.authentication.k8s.io/v1',
    command: own.command ?? 'dexchange',
    args: args ?? plugin,
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    interactiveMode: 'Never',
    provideClusterInfo: extension !== undefined,
  };
  return suite.write(
    'ci.kubeconfig',
    stringify({
      clusters: [{ name: 'c', cluster }],
      users: [
        { name: 'ci', user: { exec } },
        { name: 'admin', user: { token: 't' } },
      ],
      contexts: [
        { name: 'ci', context: { cluster: 'c', user: 'ci' } },
        { name: 'admin', context: { cluster: 'c', user: 'admin' } },
      ],
      'current-context': 'ci',
    }),
  );
}

/** Runs get-token with the secrets of the job and nothing else. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const token = await suite.idp.mintGitlab();
  return suite.run(['get-token', ...args], {
    env: { CI_TOKEN: token, DEXCHANGE_CLIENT_SECRET: ciClient.secret, ...env },
  });
}

describe('get-token --kubeconfig', () => {
  test('takes its settings from the exec entry of the current context', async () => {
    const ended = await run([`--kubeconfig=${kubeconfig()}`, '-o', 'token']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(decodeJwt(ended.stdout)).toMatchObject({ email: 'sample-user@example.com' });
  });

  test('takes variables and the cluster extension too, and answers in the entry’s version', async () => {
    const path = kubeconfig({
      args: ['get-token', '--subject-token-env=CI_TOKEN'],
      env: { DEXCHANGE_CLIENT_ID: ciClient.id },
      // A cluster entry must use https, so the url is a flag of the call below.
      extension: { connectorId: 'gitlab' },
      apiVersion: 'client.authentication.k8s.io/v1beta1',
    });
    const ended = await run([`--kubeconfig=${path}`, `--dex-url=${suite.dex.issuer}`]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(execCredential(ended).apiVersion).toBe('client.authentication.k8s.io/v1beta1');
  });

  test('does not read the CA of a cluster that the plugin is not told of', async () => {
    const path = kubeconfig({ cluster: { 'certificate-authority': 'missing.crt' } });
    const ended = await run([`--kubeconfig=${path}`, '-o', 'token']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('lets flags of the call win over the entry', async () => {
    const args = [`--kubeconfig=${kubeconfig()}`, '--connector-id=none-such'];
    const ended = await run(args);
    expectFailure(ended, { exitCode: 4, names: ['none-such'], hint: ['--connector-id'] });
  });

  test('lets a secret of the call win over the file that the entry names', async () => {
    const path = kubeconfig({
      args: [
        ...['get-token', `--dex-url=${suite.dex.issuer}`, `--client-id=${ciClient.id}`],
        ...['--connector-id=gitlab', '--subject-token-env=CI_TOKEN', '--client-secret-file=/none'],
      ],
    });
    const ended = await run([`--kubeconfig=${path}`, `--client-secret=${ciClient.secret}`]);
    expect(execCredential(ended).status.token).toMatch(/^ey/);
  });

  test('run by a client, answers in the version that the client asks for', async () => {
    const version = 'client.authentication.k8s.io/v1beta1';
    const info = { apiVersion: version, kind: 'ExecCredential', spec: { interactive: false } };
    const env = { KUBERNETES_EXEC_INFO: JSON.stringify(info) };
    const credential = execCredential(await run([`--kubeconfig=${kubeconfig()}`], env));
    expect(credential).toMatchObject({ apiVersion: version, spec: { interactive: false } });
  });

  test.each(['kubelogin', '/opt/other/plugin'])(
    'does not take the arguments of %s for its own',
    async (command) => {
      const path = kubeconfig({ command, args: ['get-token', '--login=spn'] });
      const ended = await run([`--kubeconfig=${path}`]);
      expectFailure(ended, { exitCode: 2, names: [command.replace(/.*\//, '')], hint: ['whoami'] });
    },
  );

  test('uses the same cache entry as the plugin of that kubeconfig', async () => {
    const path = kubeconfig();
    const token = await suite.idp.mintGitlab();
    const env = { CI_TOKEN: token, DEXCHANGE_CLIENT_SECRET: ciClient.secret };
    const count = await suite.tokenRequestsDuring(async () => {
      const plugin = await suite.getToken(
        ['--connector-id=gitlab', '--subject-token-env=CI_TOKEN'],
        {
          env,
        },
      );
      const shared = await suite.run(['get-token', `--kubeconfig=${path}`], { env });
      expect(execCredential(shared).status.token).toBe(execCredential(plugin).status.token);
    });
    expect(count).toBe(1);
  });

  test.each([
    ['a context without a plugin', ['--context=admin'], ['admin', 'exec entry']],
    ['a context that does not exist', ['--context=other'], ['other']],
  ])('rejects %s', async (_what, args, names) => {
    const ended = await run([`--kubeconfig=${kubeconfig()}`, ...args]);
    expectFailure(ended, { exitCode: 2, names });
  });

  test('rejects a context whose plugin is another program', async () => {
    const ended = await run([`--kubeconfig=${kubeconfig({ args: ['token'] })}`]);
    expectFailure(ended, { exitCode: 2, names: ['ci', 'get-token'], hint: ['dexchange whoami'] });
  });

  test('says the same as --explain about a misspelt variable', async () => {
    const env = { DEXCHANGE_DEXURL: suite.dex.issuer };
    const plain = await run([], env);
    const hint = ['DEXCHANGE_DEXURL'];
    expectFailure(plain, { exitCode: 2, names: ['--dex-url'], hint });
    const explained = await run(['--explain'], env);
    expect(explained).toMatchObject({ code: 2, stderr: '' });
    // A report is wrapped: its words are compared, not its lines.
    expect(explained.stdout.replace(/\s+/g, ' ')).toContain('DEXCHANGE_DEXURL');
  });

  test('hints at --kubeconfig if KUBECONFIG is set and settings are missing', async () => {
    const ended = await run([], { KUBECONFIG: kubeconfig() });
    expectFailure(ended, { exitCode: 2, names: ['--dex-url'], hint: ['--kubeconfig'] });
  });
});

describe('--min-ttl', () => {
  test('renews a cached credential that lasts less, and keeps one that lasts longer', async () => {
    const path = kubeconfig();
    const token = await suite.idp.mintGitlab();
    const env = { CI_TOKEN: token, DEXCHANGE_CLIENT_SECRET: ciClient.secret };
    const ask = (minTtl: string) =>
      suite.run(['get-token', `--kubeconfig=${path}`, `--min-ttl=${minTtl}`, '-o', 'token'], {
        env,
      });
    const count = await suite.tokenRequestsDuring(async () => {
      const first = await ask('1m');
      expect(await ask('5m')).toEqual(first);
      // A credential of the stand-in lasts ten minutes, of which dexchange reports 590 seconds, and
      // tolerates 15 seconds less than --min-ttl.
      const longer = await ask('606s');
      expect(longer).toMatchObject({ code: 0, stderr: '' });
    });
    expect(count).toBe(2);
  });

  test('is an error if a new credential lasts less', async () => {
    const ended = await run([`--kubeconfig=${kubeconfig()}`, '--min-ttl=2h']);
    expectFailure(ended, { exitCode: 2, names: ['--min-ttl'], hint: ['--min-ttl'] });
  });
});

describe('args with which kubectl gets no credential are refused', () => {
  test.each<readonly [string, readonly string[], string]>([
    ['a word too many', ['s3cret-word'], 'no arguments, but got 1'],
    ['--help', ['--help'], '--help prints the help'],
    ['-h', ['-h'], '--help prints the help'],
    ['--version', ['--version'], '--version prints the version'],
    ['--explain', ['--explain'], '--explain prints a report'],
    ['--explain=json', ['--explain=json'], '--explain prints a report'],
    ['-o token', ['-o', 'token'], '--output is not json'],
    ['a flag of another command', ['--show-secrets'], 'no flag --show-secrets'],
  ])('%s', async (_name, args, what) => {
    const path = kubeconfig({ args: ['get-token', '--connector-id=gitlab', ...args] });
    expectFailure(await run(['-v', `--kubeconfig=${path}`]), {
      exitCode: 2,
      code: 'kubeconfig_invalid',
      names: ['user ci', what],
      secrets: ['s3cret-word'],
    });
  });

  test('but -o json and --explain=off of the call are not', async () => {
    const path = kubeconfig({
      args: [
        'get-token',
        `--dex-url=${suite.dex.issuer}`,
        `--client-id=${ciClient.id}`,
        '--connector-id=gitlab',
        '--subject-token-env=CI_TOKEN',
        '--output=json',
      ],
    });
    expect(await run([`--kubeconfig=${path}`])).toMatchObject({ code: 0 });
  });
});

describe('placeholders in the exec entry are refused', () => {
  test.each<readonly [string, Entry]>([
    ['--dex-url', { args: ['get-token', '--dex-url=https://dex.$DOMAIN/'] }],
    ['--client-id', { args: ['get-token', `--client-id=\${CLIENT}`] }],
    ['DEXCHANGE_CLIENT_ID', { env: { DEXCHANGE_CLIENT_ID: '$(CLIENT_ID)' }, args: ['get-token'] }],
    ['--subject-token-file', { args: ['get-token', '--subject-token-file=%TEMP%/token'] }],
  ])('%s', async (name, entry) => {
    const ended = await run(['-v', `--kubeconfig=${kubeconfig(entry)}`]);
    expectFailure(ended, { exitCode: 2, code: 'setting_not_expanded', names: [name] });
  });
});
