import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { killAtRandomMoments } from '../../soak/kills.ts';
import { createCa } from '../../support/certificates.ts';
import { ciClient, dexSuite } from '../../support/cli-suite.ts';
import { program } from '../../support/dexchange.ts';
import { execKubeconfig } from '../../support/exec-kubeconfig.ts';
import { expectFailure } from '../../support/expect-failure.ts';

const suite = dexSuite();

/** The environment of a job; its run folders are in the home folder of the test. */
async function jobEnv(cluster = {}): Promise<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: suite.home,
    XDG_RUNTIME_DIR: suite.home,
    KUBECONFIG: suite.write('ci.kubeconfig', execKubeconfig(suite.dex.issuer, cluster)),
    CI_TOKEN: await suite.idp.mintGitlab(),
    DEXCHANGE_CLIENT_SECRET: ciClient.secret,
  };
}

const word = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

async function exec(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return await suite.run(['exec', ...args], { env: { ...(await jobEnv()), ...env } });
}

/** A command that runs another one with mounts of its own, if the machine allows it. */
const namespace = ['unshare', '--map-root-user', '--mount'] as const;
const canMount =
  spawnSync('unshare', [...namespace.slice(1), 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status ===
  0;

const runFolders = () => readdirSync(suite.home).filter((name) => name.startsWith('dexchange-run'));

/** Starts exec and waits until its command has written a line. */
async function start(script: string, env: Readonly<Record<string, string>> = {}) {
  const [file, ...first] = program;
  const child = spawn(file, [...first, 'exec', '--', 'sh', '-c', script], {
    cwd: suite.home,
    env: { ...(await jobEnv()), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // In its own process group, without the terminal of the test run.
    detached: true,
  });
  onTestFinished(() => {
    child.kill('SIGTERM');
  });
  const output = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
      if (output.stdout.includes('\n')) resolve();
    });
  });
  return { child, output, ended };
}

describe('the command', () => {
  test('gets a kubeconfig with the cluster and namespace of the context, and the token', async () => {
    const cluster = {
      'certificate-authority': 'ca.crt',
      'tls-server-name': 'kubernetes',
      'proxy-url': 'http://127.0.0.1:1',
      'disable-compression': true,
    };
    const script = `cat $KUBECONFIG && cp $DEXCHANGE_TOKEN_FILE token && [ $KUBE_CONFIG_PATH = $KUBECONFIG ] &&
      stat -c %a $KUBECONFIG $DEXCHANGE_TOKEN_FILE $(dirname $KUBECONFIG) > modes`;
    const env = await jobEnv(cluster);
    const ended = await suite.run(['exec', '--', 'sh', '-c', script], { env });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const config = JSON.parse(ended.stdout);
    const server = 'https://api.example.com';
    expect(config.clusters).toEqual([
      {
        name: 'c',
        cluster: { server, ...cluster, 'certificate-authority': join(suite.home, 'ca.crt') },
      },
    ]);
    expect(config.contexts).toEqual([
      { name: 'ci', context: { cluster: 'c', user: 'dexchange', namespace: 'shop' } },
    ]);
    expect(config['current-context']).toBe('ci');
    const { tokenFile } = config.users[0].user;
    expect(tokenFile).toMatch(new RegExp(`^${suite.home}/dexchange-run-.*/token$`));
    const token = readFileSync(join(suite.home, 'token'), 'utf8');
    expect(decodeJwt(token)).toMatchObject({ email: 'sample-user@example.com' });
    expect(readFileSync(join(suite.home, 'modes'), 'utf8')).toBe('600\n600\n700\n');
    expect(runFolders()).toEqual([]);
  });

  test('gets the cluster of --server with its CA, the namespace of -n, and a variable', async () => {
    const { certPem } = await createCa();
    const ca = suite.write('ca.pem', `comment\n${certPem}`);
    const script = 'cat $KUBECONFIG; echo $K8S_TOKEN > variable; cat $DEXCHANGE_TOKEN_FILE > file';
    const ended = await exec(
      [
        ...['--server=https://other.example.com', `--server-certificate-authority=${ca}`],
        ...['-n', 'other', `--dex-url=${suite.dex.issuer}`, `--client-id=${ciClient.id}`],
        ...['--connector-id=gitlab', '--subject-token-env=CI_TOKEN', '--write-env=K8S_TOKEN'],
        ...['--', 'sh', '-c', script],
      ],
      { KUBECONFIG: '/nonexistent' },
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { clusters, contexts } = JSON.parse(ended.stdout);
    expect(clusters[0].cluster).toEqual({
      server: 'https://other.example.com',
      'certificate-authority-data': Buffer.from(certPem).toString('base64'),
    });
    expect(contexts[0].context.namespace).toBe('other');
    const [variable, file] = ['variable', 'file'].map((name) =>
      readFileSync(join(suite.home, name), 'utf8').trim(),
    );
    expect(variable).toBe(file);
  });

  test('gets the cluster of the context at another address with --context and --server', async () => {
    const cluster = { 'certificate-authority': 'ca.crt', 'tls-server-name': 'kubernetes' };
    const env = await jobEnv(cluster);
    const flags = ['--context=ci', '--server=https://inner.example.com'];
    const ended = await suite.run(['exec', ...flags, '--', 'sh', '-c', 'cat $KUBECONFIG'], { env });
    const { clusters, contexts } = JSON.parse(ended.stdout);
    expect(clusters[0].cluster).toEqual({
      server: 'https://inner.example.com',
      'certificate-authority': join(suite.home, 'ca.crt'),
    });
    expect(contexts[0]).toMatchObject({ name: 'ci', context: { namespace: 'shop' } });
  });

  test('has stdin, stdout, stderr, words as they are, and its exit code', async () => {
    const script = 'cat; printf "<%s>" "$@"; echo problem >&2; exit 42';
    const ended = await suite.run(['exec', '--', 'sh', '-c', script, 'sh', '-v', '', 'a b', '--'], {
      env: await jobEnv(),
      stdin: 'input',
    });
    expect(ended).toMatchObject({
      code: 42,
      stdout: 'input<-v><><a b><-->',
      stderr: 'problem\n',
    });
    expect(runFolders()).toEqual([]);
  });

  test.each([
    ['sh -c "kill -TERM $$"', 143],
    ['sh -c "kill -KILL $$"', 137],
    ['sh -c "exit 255"', 255],
  ])('%s ends with exit code %i', async (line, code) => {
    const words = /^(\S+) (\S+) "(.*)"$/
      .exec(line)
      ?.slice(1)
      .map((part) => part.replaceAll('\\', ''));
    expect(await exec(['--', ...(words ?? [])])).toMatchObject({ code, stdout: '', stderr: '' });
    expect(runFolders()).toEqual([]);
  });

  test.each([
    ['no-such-program', 127, 'dexchange: no-such-program was not found\n'],
    ['./no-such-program', 127, 'dexchange: ./no-such-program was not found\n'],
    ['./plain.txt', 126, 'dexchange: ./plain.txt is not executable\n'],
    ['./no-loader', 126, 'dexchange: ./no-loader cannot be run: its loader /no/such/sh does not'],
    ['/', 126, 'dexchange: / is not executable\n'],
  ])('%s ends with exit code %i, as in a shell', async (name, code, message) => {
    suite.write('plain.txt', 'text');
    chmodSync(suite.write('no-loader', '#!/no/such/sh\n'), 0o755);
    const ended = await exec(['--', name]);
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toContain(message);
    expect(runFolders()).toEqual([]);
  });

  test.each([
    [['kubectl', 'get', 'ns'], 'exec needs -- before the command'],
    [['kubectl', '--', 'get', 'ns'], 'exec needs -- before the command'],
    [[], 'exec needs a command'],
    [['--'], 'exec needs'],
    [['--', ''], 'exec needs a command'],
    [['-o', 'json', '--', 'true'], 'exec has no flag'],
    [['--explain', '--', 'true'], 'exec has no flag --explain'],
    [['--write-env=PATH', '--', 'true'], '--write-env cannot be PATH, which has another purpose'],
    [['--write-env=LD_PRELOAD', '--', 'true'], '--write-env cannot be LD_PRELOAD'],
    [['--write-env=KUBECONFIG', '--', 'true'], '--write-env cannot be KUBECONFIG'],
  ])('%j is refused', async (args, message) => {
    const ended = await exec(args);
    expectFailure(ended, { exitCode: 2 });
    expect(ended.stderr).toContain(message);
  });

  test('acts as the user that the context impersonates', async () => {
    const env = await jobEnv();
    const original = JSON.parse(readFileSync(env['KUBECONFIG'] ?? '', 'utf8'));
    const as = { as: 'viewer', 'as-groups': ['readers'], 'as-user-extra': { reason: ['audit'] } };
    Object.assign(original.users[0].user, as);
    suite.write('ci.kubeconfig', JSON.stringify(original));
    const ended = await suite.run(['exec', '--', 'sh', '-c', 'cat $KUBECONFIG'], { env });
    expect(JSON.parse(ended.stdout).users[0].user).toMatchObject(as);
  });

  test('can be exec again with the original kubeconfig, and is told so without it', async () => {
    const env = await jobEnv();
    const again = (...flags: string[]) =>
      suite.run(['exec', '--', ...program, 'exec', ...flags, '--', 'echo', 'ran'], { env });
    const refused = await again();
    expectFailure(refused, { exitCode: 2 });
    expect(refused.stderr).toContain('this command runs within dexchange');
    expect(await again(`--kubeconfig=${env['KUBECONFIG']}`)).toMatchObject({
      ...{ code: 0, stdout: 'ran\n', stderr: '' },
    });
  });

  test.skipIf(!canMount)('has its files elsewhere if XDG_RUNTIME_DIR is full', async () => {
    const env = await jobEnv();
    const full = join(suite.home, 'full');
    mkdirSync(full, { mode: 0o700 });
    const mount = 'mount -t tmpfs -o size=16k,mode=700 tmpfs "$XDG_RUNTIME_DIR" && exec "$@"';
    const ended = await suite.run(['exec', '--', 'sh', '-c', 'echo $KUBECONFIG'], {
      env: { ...env, XDG_RUNTIME_DIR: full },
      wrapper: [...namespace, 'sh', '-c', mount, 'sh'],
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^\/.*\/dexchange-run-/);
    expect(ended.stdout).not.toContain(full);
  });

  test('is not started without a credential', async () => {
    const ended = await exec(['--', 'touch', 'started'], { CI_TOKEN: 'x.y.z' });
    expectFailure(ended, { exitCode: 4 });
    expect(existsSync(join(suite.home, 'started'))).toBe(false);
    expect(runFolders()).toEqual([]);
  });
});

describe('signals', () => {
  const trap = (names: string) =>
    names
      .split(' ')
      .map((name) => `trap 'echo ${name} >> signals' ${name}`)
      .join('; ');
  const wait = 'echo ready; i=0; while [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done';

  test('reach the command once each, and do not end exec', async () => {
    const names = 'INT TERM HUP QUIT USR1 USR2 WINCH';
    const file = join(suite.home, 'signals');
    const signals = () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
    const { child, ended } = await start(`${trap(names)}; trap 'exit 7' ALRM; ${wait}`);
    for (const name of names.split(' ')) {
      child.kill(`SIG${name}` as NodeJS.Signals);
      await until(() => signals().includes(name));
    }
    // A second one would come now.
    await pause(300);
    const [, pid] = childrenOf(child.pid);
    process.kill(pid ?? 0, 'SIGALRM');
    expect(await ended).toEqual({ code: 7, signal: null });
    expect(signals()).toEqual(names.split(' '));
    expect(runFolders()).toEqual([]);
  });

  test('sent to exec and to its process group reach the command once', async () => {
    const { child, ended } = await start(`trap 'echo TERM >> signals; exit 3' TERM; ${wait}`);
    // As timeout(1) does.
    child.kill('SIGTERM');
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    expect(await ended).toEqual({ code: 3, signal: null });
    expect(readFileSync(join(suite.home, 'signals'), 'utf8')).toBe('TERM\n');
  });
});

test.each(['exec', 'agent'] as const)(
  'SIGKILL leaves no process and no token of %s',
  async (scene) => {
    const { dex, idp, home } = suite;
    dex.behaviour.tokenLifeSeconds = 3;
    const withinMs = program.length === 1 ? 400 : 1200;
    const figures = await killAtRandomMoments({
      ...{ scene, program, dex, idp, home, withinMs },
      ...{ rounds: 8, parallel: 4 },
    });
    dex.behaviour.tokenLifeSeconds = undefined;
    expect(figures.problems).toEqual([]);
    expect(figures.before + figures.during).toBe(8);
  },
);

describe('a terminal', () => {
  test('sends the signal of Ctrl-C to both, and the command decides', async () => {
    const script = `trap 'echo INT >> signals' INT; echo ready; sleep 1; sleep 0.3; exit 5`;
    const words = [...program, 'exec', '--', 'sh', '-c', script].map(word).join(' ');
    const child = spawn('script', ['-q', '-e', '-c', `exec ${words}`, '/dev/null'], {
      cwd: suite.home,
      env: { ...(await jobEnv()), SHELL: '/bin/sh', TERM: 'xterm' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('ready')) resolve();
      });
    });
    child.stdin.write('\x03');
    expect(await ended).toBe(5);
    expect(readFileSync(join(suite.home, 'signals'), 'utf8')).toBe('INT\n');
    expect(runFolders()).toEqual([]);
  });

  test('stops both by Ctrl-Z, and fg continues them', async () => {
    const script = `
      const { appendFileSync, writeFileSync } = require('node:fs');
      for (const name of ['SIGWINCH', 'SIGCONT'])
        process.on(name, () => appendFileSync('signals', name + '\\n'));
      process.stdin.once('data', () => process.exit(5));
      require('node:child_process').execSync('stty rows 33', { stdio: 'inherit' });
      writeFileSync('pids', process.ppid + ' ' + process.pid + '\\n');
    `;
    const shell = spawn('script', ['-q', '-c', 'bash --norc -i', '/dev/null'], {
      cwd: suite.home,
      env: { ...(await jobEnv()), SHELL: '/bin/sh', TERM: 'dumb', PS1: '', PROMPT_COMMAND: '' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    onTestFinished(() => {
      shell.kill('SIGKILL');
    });
    shell.stdout.resume();
    const node = suite.write('command.cjs', script);
    const words = [...program, 'exec', '--', process.execPath, node].map(word).join(' ');
    shell.stdin.write(`${words}\n`);
    const pids = join(suite.home, 'pids');
    await until(() => existsSync(pids) && readFileSync(pids, 'utf8').includes('\n'));
    const both = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
    const file = join(suite.home, 'signals');
    const signals = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    for (let round = 0; round < 2; round++) {
      shell.stdin.write('\x1a');
      await until(() => both.every((pid) => stateOf(pid) === 'T'));
      shell.stdin.write('fg\n');
      await until(() => both.every((pid) => stateOf(pid) !== 'T'));
      await until(() => signals().split('SIGCONT').length === round + 2);
      // A second one would come now.
      await pause(200);
    }
    shell.stdin.write('end\n');
    shell.stdin.write('echo $? > code; exit\n');
    await new Promise((resolve) => shell.once('close', resolve));
    expect(readFileSync(join(suite.home, 'code'), 'utf8')).toBe('5\n');
    // Once each, as without exec.
    expect(readFileSync(join(suite.home, 'signals'), 'utf8')).toBe('SIGWINCH\nSIGCONT\nSIGCONT\n');
    expect(runFolders()).toEqual([]);
  });
});

describe('the credential', () => {
  test('is renewed while the command runs, longer than the time limit of a call', async () => {
    // Tokens of one second would be the same.
    suite.dex.behaviour.tokenLifeSeconds = 5;
    const script = `i=0; while [ $i -lt 40 ]; do cat $DEXCHANGE_TOKEN_FILE >> tokens; date +:%s%N >> tokens; sleep 0.1; i=$((i+1)); done`;
    const ended = await exec(['--timeout=3s', '--', 'sh', '-c', script]);
    suite.dex.behaviour.tokenLifeSeconds = undefined;
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const lines = readFileSync(join(suite.home, 'tokens'), 'utf8').trim().split('\n');
    expect(lines).toHaveLength(40);
    const tokens = lines.map((line) => line.split(':'));
    for (const [token = '', nanoseconds] of tokens) {
      // A reader sees the old token or the new one, and neither has expired.
      expect((decodeJwt(token).exp ?? 0) + 1).toBeGreaterThan(Number(nanoseconds) / 1e9);
    }
    const distinct = new Set(tokens.map(([token]) => token));
    expect(distinct.size).toBeGreaterThanOrEqual(2);
    expect(distinct.size).toBeLessThanOrEqual(6);
  });

  test('that cannot be renewed is told once, and the command goes on; so is its recovery', async () => {
    suite.dex.behaviour.tokenLifeSeconds = 2;
    const { child, output, ended } = await start('echo ready; sleep 14');
    suite.dex.behaviour.clients = [];
    await until(() => output.stderr.includes('cannot be renewed'), 20_000);
    suite.dex.behaviour.clients = undefined;
    suite.dex.behaviour.tokenLifeSeconds = undefined;
    await until(() => output.stderr.includes('has been renewed'), 20_000);
    child.kill('SIGTERM');
    await ended;
    expect(output.stderr.match(/cannot be renewed/g)).toHaveLength(1);
    expect(output.stderr).toMatch(
      /^warning: the credential (?:expires in|has expired).*\nthe credential/,
    );
  }, 60_000);

  test('ends with a killed exec, and so does the command', async () => {
    const { child, output, ended } = await start('echo $$; exec sleep 60');
    const [folder = ''] = runFolders();
    child.kill('SIGKILL');
    expect(await ended).toEqual({ code: null, signal: 'SIGKILL' });
    await until(() => runFolders().length === 0);
    const command = Number(output.stdout);
    await until(() => !existsSync(`/proc/${command}`) || stateOf(command) === 'Z');
    // As without a shell that can end them.
    suite.write(`${folder}/token`, 'a.b.c');
    const running = await start('echo ready; sleep 60');
    expect(runFolders()).toHaveLength(1);
    expect(runFolders()).not.toContain(folder);
    running.child.kill('SIGTERM');
    await running.ended;
    expect(runFolders()).toEqual([]);
  });
});

/** The processes that a process has started: the guard of the command, and the command. */
function childrenOf(pid: number | undefined): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').map(Number);
}

/** The state of a process, such as T for stopped. */
function stateOf(pid: number | undefined): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0];
}

async function until(condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > timeoutMs) throw new Error('it did not happen in time');
    await pause(20);
  }
}
