import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { startTokenCall, type TokenCall } from '../binary/token-call.ts';
import { builtTarget } from '../support/built-target.ts';
import { execCredential, freshFolder } from '../support/dexchange.ts';
import { expectFailure } from '../support/expect-failure.ts';
import { adminKubeconfig, startKubernetesStandIn } from '../support/kubernetes.ts';
import { findWine, type Wine, windowsPath } from './wine.ts';

let wine: Wine;
let call: TokenCall;
let folder: string;

beforeAll(async () => {
  wine = await findWine();
  call = await startTokenCall();
});
afterAll(() => call.dex.close());

beforeEach(() => {
  const fresh = freshFolder();
  onTestFinished(fresh.remove);
  folder = fresh.path;
});

// On a busy machine, Wine sometimes reports a page fault of its own.
describe('windows-x64', { retry: 2 }, () => {
  test('has its cache in the folder of local application data', async () => {
    const { stdout } = await wine.dexchange(['cache', 'path']);
    expect(stdout).toMatch(/^[A-Z]:\\.*\\dexchange\\Cache\n$/);
  });

  test('gets a credential, and then takes it from the cache', async () => {
    const before = call.dex.tokenRequests().length;
    const cache = `--cache-dir=${windowsPath(folder)}`;
    for (const kind of ['miss', 'hit']) {
      const ended = await wine.dexchange([...call.args, cache], call.env);
      expect(ended, kind).toMatchObject({ code: 0, stderr: '' });
      execCredential(ended);
    }
    expect(call.dex.tokenRequests().length - before).toBe(1);
    const { stdout } = await wine.dexchange(['cache', 'list', cache, '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject([{ dex: call.dex.issuer }]);
  });

  test('reads files with Windows paths and line ends, and runs commands with them', async () => {
    const secret = call.env['DEXCHANGE_CLIENT_SECRET'] ?? '';
    writeFileSync(join(folder, 'secret.txt'), `${secret}\r\n`);
    const ended = await wine.dexchange([
      ...call.args.filter((arg) => !arg.startsWith('--subject-token')),
      '--no-cache',
      `--client-secret-file=${windowsPath(join(folder, 'secret.txt'))}`,
      String.raw`--subject-token-command=C:\windows\system32\cmd.exe /c echo any`,
    ]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    execCredential(ended);
  });

  test('takes ~ for the home folder', async () => {
    const ended = await wine.dexchange([...call.args, '--client-secret-file=~\\missing']);
    expectFailure(ended, {
      exitCode: 2,
      code: 'setting_file_unreadable',
      names: [/C:\\users\\\w+\\missing/],
    });
  });

  test('writes a kubeconfig that it can merge into and read', async () => {
    const file = join(folder, 'ci.config');
    const kubernetes = await startKubernetesStandIn({ serviceAccounts: new Set(['ci/deploy']) });
    onTestFinished(kubernetes.close);
    const others = stringify(JSON.parse(adminKubeconfig(kubernetes)));
    writeFileSync(file, others.replaceAll('\n', '\r\n'));
    const written = await wine.dexchange([
      ...['kubeconfig', 'token-exchange', '--server=https://api.example.com'],
      ...[`--dex-url=${call.dex.issuer}`, '--client-id=ci', '--connector-id=gitlab'],
      ...['--subject-token-env=CI_TOKEN', `--write-to=${windowsPath(file)}`],
    ]);
    expect(written).toMatchObject({ code: 0 });
    const text = readFileSync(file, 'utf8');
    expect(parse(text)).toMatchObject({
      clusters: [{ cluster: { server: kubernetes.url } }, { name: 'api.example.com' }],
      users: [
        { user: { token: expect.any(String) } },
        { user: { exec: { command: 'dexchange' } } },
      ],
    });
    const ended = await wine.dexchange([
      ...['get-token', '--method=service-account', '-n', 'ci', '--service-account=deploy'],
      ...['--no-cache', '--context=admin', `--kubeconfig=${windowsPath(file)}`],
    ]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    execCredential(ended);
  });

  test('finds its plugin with .exe in PATH', async () => {
    const bin = join(builtTarget('windows-x64').folder, 'bin');
    mkdirSync(join(folder, 'empty'));
    const file = windowsPath(join(folder, 'ci.config'));
    const written = await wine.dexchange([
      ...['kubeconfig', 'token-exchange', '--server=https://127.0.0.1:1'],
      ...[`--dex-url=${call.dex.issuer}`, '--client-id=ci', '--connector-id=gitlab'],
      ...['--subject-token-env=CI_TOKEN', `--write-to=${file}`],
    ]);
    expect(written.code).toBe(0);
    // WINEPATH is added to PATH of Windows.
    const doctor = async (path: string) => {
      const args = ['doctor', `--kubeconfig=${file}`, '-o', 'json'];
      const { stdout } = await wine.dexchange(args, {
        WINEPATH: windowsPath(path),
        CI_TOKEN: 'any',
      });
      const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string }[] };
      return checks.find(({ name }) => name === 'plugin')?.state;
    };
    expect(await doctor(bin)).toBe('ok');
    expect(await doctor(join(folder, 'empty'))).toBe('failed');
  });

  test('runs a command with a kubeconfig and a token file', async () => {
    const ended = await wine.dexchange(
      [
        ...['exec', '--server=https://api.example.com', ...call.args.slice(1), '--no-cache'],
        ...['--', 'cmd.exe', '/c', 'type %DEXCHANGE_TOKEN_FILE% & type %KUBECONFIG% & exit 7'],
      ],
      call.env,
    );
    expect(ended).toMatchObject({ code: 7, stderr: '' });
    expect(ended.stdout).toMatch(/^eyJ[\w.-]+\{/);
    const { users } = JSON.parse(ended.stdout.slice(ended.stdout.indexOf('{')));
    expect(users[0].user.tokenFile).toMatch(/^[A-Z]:\\.*\\dexchange-run-.*\\token$/);
    const missing = await wine.dexchange(
      ['exec', '--server=https://api.example.com', ...call.args.slice(1), '--', 'no-such-program'],
      call.env,
    );
    expect(missing.code).toBe(127);
  });

  test('keeps files fresh in the background until agent stop', async () => {
    const flags = ['--server=https://api.example.com', ...call.args.slice(1), '--no-cache'];
    const script = [
      `dexchange agent start -o env ${flags.join(' ')} > vars`,
      'for /f "delims=" %%v in (vars) do set "%%v"',
      'type %DEXCHANGE_TOKEN_FILE%',
      'echo.',
      'dexchange agent status',
      'dexchange agent stop',
      'if exist %DEXCHANGE_AGENT% echo left',
    ];
    writeFileSync(join(folder, 'job.cmd'), `@echo off\r\n${script.join('\r\n')}\r\n`);
    const bin = join(builtTarget('windows-x64').folder, 'bin');
    const ended = await wine.run(
      String.raw`C:\windows\system32\cmd.exe`,
      ['/c', `cd /d ${windowsPath(folder)} && job.cmd`],
      { ...call.env, WINEPATH: windowsPath(bin) },
    );
    expect(ended.stderr).toBe('');
    const [token, ...rest] = ended.stdout.split(/\r?\n/);
    expect(token).toMatch(/^eyJ[\w.-]+$/);
    expect(rest.join('\n')).toMatch(
      /^agent +process \d+, .*, of this job\n(?:.*\n)+unset KUBECONFIG /,
    );
    expect(ended.stdout).not.toContain('left');
  });
});
