import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lchownSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCa } from '../support/certificates.ts';
import { ciClient, dexSuite } from '../support/cli-suite.ts';
import { program } from '../support/dexchange.ts';
import { execKubeconfig } from '../support/exec-kubeconfig.ts';
import { expectFailure } from '../support/expect-failure.ts';
import { type Ended, runToEnd } from '../support/run-to-end.ts';

const suite = dexSuite();

/** The environment of a job; the folders of its agents are in the home folder of the test. */
async function jobEnv(): Promise<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: suite.home,
    XDG_RUNTIME_DIR: suite.home,
    KUBECONFIG: suite.write('ci.kubeconfig', execKubeconfig(suite.dex.issuer)),
    CI_TOKEN: await suite.idp.mintGitlab('valid', { exp: Math.floor(Date.now() / 1000) + 36_000 }),
    DEXCHANGE_CLIENT_SECRET: ciClient.secret,
  };
}

const dexchange = program.map((word) => `'${word}'`).join(' ');

/** Runs a script of a job, in which $DX runs dexchange. */
async function job(
  script: string,
  env: Readonly<Record<string, string>> = {},
  shell = 'sh',
): Promise<Ended> {
  const file = suite.write('job.sh', `dx() { ${dexchange} "$@"; }\n${script}\n`);
  return runToEnd(shell, [file], { cwd: suite.home, env: { ...(await jobEnv()), ...env } });
}

const agentFolders = () =>
  readdirSync(suite.home).filter((name) => name.startsWith('dexchange-run'));

async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 20) {
    if (waited > timeoutMs) throw new Error('it did not happen in time');
    await pause(20);
  }
}

/** Starts `agent run` and waits until it is ready. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [file, ...first] = program;
  const child = spawn(file, [...first, 'agent', 'run', ...args], {
    cwd: suite.home,
    env: { ...(await jobEnv()), ...settingsOfCall(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const output = { stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = new Promise<number | string | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  let isOver = false;
  ended.then(() => {
    isOver = true;
  });
  await until(() => output.stderr.includes('ready: ') || isOver);
  return { child, output, ended };
}

describe('agent start', () => {
  test('gives a job variables and files, and ends with agent stop', async () => {
    const ended = await job(`
      eval "$(dx agent start)" || exit 9
      echo "$KUBECONFIG"; [ "$KUBE_CONFIG_PATH" = "$KUBECONFIG" ] || exit 8
      cat "$KUBECONFIG"; cp "$DEXCHANGE_TOKEN_FILE" token
      stat -c %a "$DEXCHANGE_TOKEN_FILE" "$KUBECONFIG" "$DEXCHANGE_AGENT" > modes
      dx agent status > status; echo $? >> status
      dx agent status -o json > status.json
      folder=$DEXCHANGE_AGENT; eval "$(dx agent stop)"; echo "\${KUBECONFIG-unset}" > after
      DEXCHANGE_AGENT=$folder dx agent status > none; echo $? >> none`);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const [path = '', ...config] = ended.stdout.split('\n');
    const { users, contexts } = JSON.parse(config.join('\n'));
    expect(users[0].user).toEqual({ tokenFile: join(path, '../token') });
    expect(contexts[0].context).toMatchObject({ namespace: 'shop' });
    const read = (name: string) => readFileSync(join(suite.home, name), 'utf8');
    expect(decodeJwt(read('token'))).toMatchObject({ email: 'sample-user@example.com' });
    expect(read('modes')).toBe('600\n600\n700\n');
    expect(read('status')).toMatch(
      /of this job\n.*token file .*\n.*credential +expires in .*\n.*0\n0\n$/s,
    );
    expect(JSON.parse(read('status.json'))).toEqual([
      expect.objectContaining({ isOfJob: true, renewals: 0, failures: {}, kubeconfig: path }),
    ]);
    expect(read('after')).toBe(`${join(suite.home, 'ci.kubeconfig')}\n`);
    expect(read('none')).toBe('no agent is running\n2\n');
    expect(agentFolders()).toEqual([]);
  });

  test('ends with the shell that started it, which does not wait for it', async () => {
    const file = suite.write(
      'job.sh',
      `eval "$(${dexchange} agent start)"; echo $DEXCHANGE_AGENT; sleep 1.5; [ -s "$DEXCHANGE_TOKEN_FILE" ]`,
    );
    const env = await jobEnv();
    const shells = [['sh'], ['bash'], ['dash'], ['busybox', 'sh']];
    const ended = await Promise.all(
      shells.map(([program = '', ...words]) =>
        runToEnd(program, [...words, file], { cwd: suite.home, env }),
      ),
    );
    for (const each of ended) expect(each).toMatchObject({ code: 0, stderr: '' });
    await until(() => agentFolders().length === 0);
  });

  test('keeps no file of the job open', async () => {
    // As the runner of a job does: it reads until the last writer has closed its end.
    const ended = await job(
      `
      exec 3>&1 9>&1; eval "exec 40>&1" 2>/dev/null
      eval "$(dx agent start --max-lifetime 20s --owner-pid 1)"; echo $DEXCHANGE_AGENT`,
      {},
      'bash',
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(agentFolders()).toHaveLength(1);
    const DEXCHANGE_AGENT = ended.stdout.trim();
    expect(await job('dx agent stop', { DEXCHANGE_AGENT })).toMatchObject({ code: 0, stderr: '' });
    expect(agentFolders()).toEqual([]);
  });

  test('lives for all steps of a GitHub job, and ends with its runner', async () => {
    // The runner starts a shell for each step, and passes on the variables of GITHUB_ENV.
    copyFileSync('/bin/bash', join(suite.home, 'Runner.Worker'));
    chmodSync(join(suite.home, 'Runner.Worker'), 0o755);
    suite.write('first.sh', `${dexchange} agent start -o env >> "$GITHUB_ENV"`);
    suite.write(
      'second.sh',
      'sleep 1.2; cat "$DEXCHANGE_TOKEN_FILE"; echo; echo "$DEXCHANGE_AGENT"',
    );
    const runner = suite.write(
      'runner.sh',
      `bash -e first.sh; while read -r line; do export "$line"; done < env; bash -e second.sh; true`,
    );
    const env = {
      ...(await jobEnv()),
      GITHUB_ACTIONS: 'true',
      GITHUB_ENV: join(suite.home, 'env'),
    };
    const ended = await runToEnd(join(suite.home, 'Runner.Worker'), [runner], {
      cwd: suite.home,
      env,
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const [token, folder = ''] = ended.stdout.split('\n');
    expect(token).toMatch(/^eyJ/);
    await until(() => !existsSync(folder));
  });

  test('says until when the credential can be renewed, if the job has one identity token', async () => {
    const CI_TOKEN = await suite.idp.mintGitlab('valid');
    const ended = await job('eval "$(dx agent start)"; dx agent stop', { CI_TOKEN });
    expect(ended.stderr).toMatch(
      /^note: renewal ends at 20\S+Z, with the identity token from variable CI_TOKEN; .*\n$/,
    );
  });

  test('fails in eval with the message of get-token', async () => {
    const ended = await job('eval "$(dx agent start)"; echo "code $?"', { CI_TOKEN: 'x.y.z' });
    expect(ended.stdout).toBe('code 4\n');
    expect(ended.stderr).toMatch(/^dexchange: .*\nhint: .*\n$/);
    expect(agentFolders()).toEqual([]);
    const usage = await job(`
      eval "$(dx agent start --no-such-flag)"; echo "code $?"
      eval "$(dx agent start --owner-pid 0)"; echo "code $?"
      eval "$(dx agent start --owner-pid 99999999)"; echo "code $?"`);
    expect(usage.stdout).toBe('code 2\ncode 2\ncode 2\n');
    expect(usage.stderr).toContain('--owner-pid is not a running process');
  });

  test('whose output cannot be written or used fails, and leaves no agent', async () => {
    const ended = await job(`
      dx agent start -o env > /dev/full; echo "code $?"
      XDG_RUNTIME_DIR="$PWD/two
lines"; mkdir "$XDG_RUNTIME_DIR"; export XDG_RUNTIME_DIR
      dx agent start -o env; echo "code $?"; ls -A "$XDG_RUNTIME_DIR"`);
    expect(ended.stdout).toBe('code 1\ncode 2\n');
    expect(ended.stderr).toContain('stdout cannot be written: ENOSPC (output_failed)');
    expect(ended.stderr).toContain('the path in KUBECONFIG contains a line break');
    expect(agentFolders()).toEqual([]);
  });

  test('a signal right after its start removes its files', async () => {
    const ended = await job(`
      for i in 1 2 3 4 5 6 7 8 9 10; do
        (eval "$(dx agent start)"; kill $(cut -d: -f2 "$DEXCHANGE_AGENT/agent.json" | cut -d, -f1))
      done`);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    await until(() => agentFolders().length === 0);
  });

  test('prints the variables in the form of -o', async () => {
    const ended = await job(`
      dx agent start -o env > env; dx agent start -o json > json; dx agent start -o powershell > ps1
      dx agent status -o json > all; dx agent stop; echo "code $?"
      for folder in dexchange-run-*; do DEXCHANGE_AGENT=$PWD/$folder dx agent stop; done`);
    const read = (name: string) => readFileSync(join(suite.home, name), 'utf8');
    expect(read('env')).toMatch(
      /^KUBECONFIG=\/.*\nKUBE_CONFIG_PATH=\/.*\nDEXCHANGE_TOKEN_FILE=\/.*\nDEXCHANGE_AGENT=\/.*\n$/,
    );
    expect(read('ps1')).toMatch(/^(?:\$env:\w+ = '\/.*'\n){4}$/);
    expect(JSON.parse(read('json'))).toMatchObject({
      variables: { KUBECONFIG: expect.any(String) },
    });
    // Side by side; and none of them is that of the job.
    const all = JSON.parse(read('all')) as { folder: string }[];
    expect(all.filter(({ folder }) => folder.startsWith(suite.home))).toHaveLength(3);
    expect(ended.stdout).toContain('code 2\n');
    expect(ended.stderr).toMatch(/\d agents are running, and DEXCHANGE_AGENT names none/);
    expect(agentFolders()).toEqual([]);
  });

  test('--all ends all agents of the user', async () => {
    // Runs in its own pid namespace, so that it cannot stop agents outside of this test.
    const namespace = ['unshare', '--map-root-user', '--pid', '--fork', '--mount-proc'];
    const works = await runToEnd('unshare', [...namespace.slice(1), 'true'], { env: {} });
    if (works.code !== 0) return;
    const file = suite.write(
      'job.sh',
      `for i in 1 2; do ${dexchange} agent start -o env > env; done
       ${dexchange} agent stop --all; ls | grep -c dexchange-run`,
    );
    const [program = '', ...words] = [...namespace, 'sh', file];
    const ended = await runToEnd(program, words, { cwd: suite.home, env: await jobEnv() });
    expect(ended.stdout).toMatch(/^unset .*\n0\n$/);
  });

  test('a killed agent is no obstacle, and the next one removes its folder', async () => {
    await job(
      `eval "$(dx agent start)"; kill -9 $(cut -d: -f2 "$DEXCHANGE_AGENT/agent.json" | cut -d, -f1)`,
    );
    expect(agentFolders()).toHaveLength(1);
    const ended = await job(`
      DEXCHANGE_AGENT=$(ls -d $PWD/dexchange-run-*) dx agent status
      eval "$(dx agent start)"; ls -d dexchange-run-* | wc -l; dx agent stop >/dev/null`);
    expect(ended).toMatchObject({ code: 0, stdout: 'no agent is running\n1\n', stderr: '' });
  });

  test('ends at --max-lifetime, and removes the token file that it was given', async () => {
    const ended = await job(`
      eval "$(dx agent start --token-file kube/token --max-lifetime 1s --owner-pid 1)"
      echo $DEXCHANGE_TOKEN_FILE; cat kube/token`);
    expect(ended.stdout).toMatch(/kube\/token\neyJ/);
    await until(() => agentFolders().length === 0);
    expect(existsSync(join(suite.home, 'kube/token'))).toBe(false);
  });

  test('its flags are not in a command line that others can read', async () => {
    const ended = await job(`
      eval "$(dx agent start --client-secret '${ciClient.secret}' --client-id '${ciClient.id}')"
      tr '\\0' ' ' < /proc/$(cut -d: -f2 "$DEXCHANGE_AGENT/agent.json" | cut -d, -f1)/cmdline`);
    expect(ended.stdout).toMatch(/__agent $/);
    expect(ended.stdout).not.toContain(ciClient.secret);
  });
});

describe('agent run', () => {
  test('keeps a token file and a kubeconfig fresh until SIGTERM', async () => {
    suite.dex.behaviour.tokenLifeSeconds = 3;
    onTestFinished(() => {
      suite.dex.behaviour.tokenLifeSeconds = undefined;
    });
    suite.write('kube/token', 'old');
    suite.write(
      'kube/config',
      '# mine\ncontexts:\n- name: mine\n  context: {cluster: x, user: z}\ncurrent-context: mine\n',
    );
    const { child, output, ended } = await run([
      '--token-file=kube/token',
      '--write-to=kube/config',
    ]);
    const token = join(suite.home, 'kube/token');
    expect(output.stderr).toMatch(
      /^ready: token file .*kube\/token, kubeconfig .*kube\/config; the credential expires in/,
    );
    const tokens = new Set<string>();
    for (const end = Date.now() + 4500; Date.now() < end; await pause(1)) {
      const text = readFileSync(token, 'utf8');
      expect((decodeJwt(text).exp ?? 0) * 1000 + 1000).toBeGreaterThan(Date.now());
      tokens.add(text);
    }
    expect(tokens.size).toBeGreaterThanOrEqual(3);
    expect(statSync(token).mode & 0o777).toBe(0o600);
    const config = readFileSync(join(suite.home, 'kube/config'), 'utf8');
    expect(config).toContain('# mine\n');
    expect(config).toContain('current-context: mine\n');
    expect(config).toContain(`tokenFile: ${token}`);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    // A service that restarts must not take the token away from its readers.
    expect(existsSync(token)).toBe(true);
    expect(agentFolders()).toEqual([]);
  });

  test('adds to the kubeconfig that its own settings come from, and keeps the original context', async () => {
    const env = await jobEnv();
    const path = join(suite.home, 'ci.kubeconfig');
    const before = JSON.parse(readFileSync(path, 'utf8'));
    for (let round = 0; round < 2; round++) {
      const ended = await suite.run(['agent', 'run', '--once', `--write-to=${path}`], { env });
      expect(ended).toMatchObject({ code: 0, stderr: '' });
    }
    const after = JSON.parse(readFileSync(path, 'utf8'));
    expect(after.contexts[0]).toEqual(before.contexts[0]);
    expect(after['current-context']).toBe('ci');
    expect(after.contexts.map(({ name }: { name: string }) => name)).toEqual(['ci', 'c']);
    const other = [
      'agent',
      'run',
      '--once',
      '--write-to=new',
      '--token-file=t',
      `--kubeconfig=${path}`,
    ];
    expect(await suite.run(other, { env })).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(join(suite.home, 'new'), 'utf8')).toContain('current-context: ci');
    // Another kind of user is not replaced.
    const conflict = await suite.run(['agent', 'run', '--once', '--write-to=new'], { env });
    expectFailure(conflict, { exitCode: 2, code: 'kubeconfig_conflict' });
    expect(conflict.stderr).toContain('hint: set --write-to to a new file');
  });

  test('renews the token inside a kubeconfig for clients that read no token file', async () => {
    suite.dex.behaviour.tokenLifeSeconds = 2;
    onTestFinished(() => {
      suite.dex.behaviour.tokenLifeSeconds = undefined;
    });
    const { child, ended } = await run(['--write-to=own.kubeconfig']);
    const path = join(suite.home, 'own.kubeconfig');
    const tokenOf = () => /token: (eyJ\S+)/.exec(readFileSync(path, 'utf8'))?.[1];
    const first = tokenOf();
    expect(first).toBeDefined();
    await until(() => tokenOf() !== first);
    expect(readFileSync(path, 'utf8').match(/eyJ[\w.-]+/g)).toHaveLength(1);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  test('serves /healthz, /readyz and /metrics, which tell of failures', async () => {
    suite.dex.behaviour.tokenLifeSeconds = 2;
    const { child, output, ended } = await run(['--token-file=t', '--listen=127.0.0.1:0']);
    const url = /status at (http:\S+?);/.exec(output.stderr)?.[1] ?? '';
    const get = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${url}${path}`, init);
      return { status: response.status, body: await response.text() };
    };
    expect(await get('/healthz')).toEqual({ status: 200, body: 'ok\n' });
    expect(await get('/readyz')).toMatchObject({ status: 200 });
    expect(await get('/')).toMatchObject({ status: 404 });
    expect(await get('/metrics', { method: 'POST', body: 'x' })).toMatchObject({ status: 405 });
    // What is no HTTP must not end the agent.
    const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined).end('\0nonsense\r\n\r\n');
    suite.dex.behaviour.clients = [];
    await until(async () => (await get('/readyz')).status === 503, 20_000);
    expect((await get('/readyz')).body).toContain('(dex_client_refused)');
    const { body } = await get('/metrics');
    expect(body).toMatch(/^dexchange_renewal_failures_total\{code="dex_client_refused"\} [1-9]/m);
    // Every line is a comment or a sample (Prometheus text format 0.0.4).
    for (const line of body.trimEnd().split('\n')) {
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="[^"]*"\})? [\d.e+]+)$/);
    }
    suite.dex.behaviour.clients = undefined;
    suite.dex.behaviour.tokenLifeSeconds = undefined;
    await until(async () => (await get('/readyz')).status === 200, 20_000);
    expect((await get('/metrics')).body).toMatch(/^dexchange_renewals_total [1-9]/m);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('--once writes the files, for the cluster of --server and its CA, and ends', async () => {
    const { certPem } = await createCa();
    const flags = [
      ...['--once', '--token-file=a/b/token', '--write-to=k', '--server=https://api.example.com'],
      `--server-certificate-authority=${suite.write('ca.pem', certPem)}`,
    ];
    const ended = await suite.run(['agent', 'run', ...flags], {
      env: {
        ...(await jobEnv()),
        DEXCHANGE_DEX_URL: suite.dex.issuer,
        DEXCHANGE_CLIENT_ID: ciClient.id,
        DEXCHANGE_CONNECTOR_ID: 'gitlab',
        DEXCHANGE_SUBJECT_TOKEN_ENV: 'CI_TOKEN',
      },
    });
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(join(suite.home, 'a/b/token'), 'utf8')).toMatch(/^eyJ[\w.-]+$/);
    expect(readFileSync(join(suite.home, 'k'), 'utf8')).toContain(
      Buffer.from(certPem).toString('base64'),
    );
    expect(agentFolders()).toEqual([]);
  });

  test('ends by a signal while it tells systemd, and removes its files', async () => {
    const called = join(suite.home, 'called');
    const notify = suite.write('bin/systemd-notify', `#!/bin/sh\ntouch '${called}'\nsleep 60\n`);
    chmodSync(notify, 0o755);
    const PATH = `${join(suite.home, 'bin')}:${process.env['PATH']}`;
    const env = { PATH, NOTIFY_SOCKET: join(suite.home, 'none') };
    const { child, ended } = await run(['--token-file=t'], env);
    await until(() => existsSync(called));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(agentFolders()).toEqual([]);
  });

  test('tells systemd that it is ready', async () => {
    const heard = join(suite.home, 'heard');
    const script = `import socket,sys
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind('notify'); print('bound',flush=True)
while True:
  open('${heard}','ab').write(s.recv(4096)+b'\\n')`;
    const python = spawn('python3', ['-c', script], {
      cwd: suite.home,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      python.kill('SIGKILL');
    });
    await new Promise((resolve) => python.stdout.once('data', resolve));
    const env = { NOTIFY_SOCKET: join(suite.home, 'notify') };
    const { child, output, ended } = await run(['--token-file=t'], env);
    await until(
      () =>
        (existsSync(heard) && readFileSync(heard, 'utf8').includes('READY=1')) ||
        output.stderr.includes('warning'),
    );
    // A machine without systemd has no systemd-notify, and the user learns it.
    if (!existsSync(heard)) expect(output.stderr).toContain('systemd-notify was not found');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test.each([
    [[], 'agent run needs a file to keep fresh'],
    [['--token-file=-'], '--token-file cannot be stdout'],
    [['--token-file=t', '--listen=9090'], '--listen is not HOST:PORT'],
    [['--token-file=t', '--listen=127.0.0.1:99999'], '--listen is not HOST:PORT'],
    [['--token-file=/dev/null'], '/dev/null is not a regular file'],
    [['--token-file=folder'], 'folder is not a regular file'],
    [['--token-file=same', '--write-to=./same'], '--token-file and --write-to name the same file'],
    [['--write-to=broken'], 'broken'],
  ])('%j is refused', async (args, message) => {
    suite.write('folder/file', '');
    suite.write('broken', 'a: [');
    const ended = await suite.run(['agent', 'run', ...args], {
      env: {
        ...(await jobEnv()),
        ...(args.some((arg) => arg.startsWith('--token-file')) ? settingsOfCall() : {}),
      },
    });
    expectFailure(ended, { exitCode: 2 });
    expect(ended.stderr).toContain(message);
    expect(readFileSync(join(suite.home, 'broken'), 'utf8')).toBe('a: [');
    expect(agentFolders()).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)('a link of another user is not followed', async () => {
    suite.write('victim', 'precious');
    symlinkSync('victim', join(suite.home, 'link'));
    lchownSync(join(suite.home, 'link'), 1234, 1234);
    const ended = await suite.run(['agent', 'run', '--once', '--token-file=link'], {
      env: { ...(await jobEnv()), ...settingsOfCall() },
    });
    expectFailure(ended, { exitCode: 2, code: 'file_not_written' });
    expect(readFileSync(join(suite.home, 'victim'), 'utf8')).toBe('precious');
  });

  test('idle connections do not keep probes from being answered', async () => {
    const { child, output, ended } = await run(['--token-file=t', '--listen=127.0.0.1:0']);
    const url = /status at (http:\S+?);/.exec(output.stderr)?.[1] ?? '';
    const idle = Array.from({ length: 60 }, (_, number) => {
      const socket = createConnection(Number(new URL(url).port), '127.0.0.1');
      socket.on('error', () => undefined);
      if (number % 2 === 0) socket.write('GET /healthz HTTP/1.1\r\n');
      return socket;
    });
    // Without a limit, Node would hold them for 30 s and longer.
    await until(
      () =>
        fetch(`${url}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
      12_000,
    );
    for (const socket of idle) socket.destroy();
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('a port that is in use is refused', async () => {
    const { output } = await run(['--write-to=k', '--listen=127.0.0.1:0']);
    const port = /status at http:\/\/127.0.0.1:(\d+)/.exec(output.stderr)?.[1] ?? '';
    const ended = await suite.run(['agent', 'run', '--write-to=l', `--listen=:${port}`], {
      env: await jobEnv(),
    });
    expectFailure(ended, { exitCode: 2 });
    expect(ended.stderr).toContain('another program uses this port');
  });
});

/** The settings of a call in variables, for agents without a kubeconfig. */
function settingsOfCall(): Readonly<Record<string, string>> {
  return {
    DEXCHANGE_DEX_URL: suite.dex.issuer,
    DEXCHANGE_CLIENT_ID: ciClient.id,
    DEXCHANGE_CONNECTOR_ID: 'gitlab',
    DEXCHANGE_SUBJECT_TOKEN_ENV: 'CI_TOKEN',
  };
}

test('agent needs an action', async () => {
  expectFailure(await suite.run(['agent']), { exitCode: 2 });
  expectFailure(await suite.run(['agent', 'restart']), { exitCode: 2 });
});

test('an agent whose credential is the identity token lives on until it is stopped', async () => {
  // The warning comes at half of the token's lifetime, which has already passed.
  const exp = Math.floor(Date.now() / 1000) + 4;
  const iat = exp - 8;
  const CI_TOKEN = await suite.idp.mintGitlab('valid', { iat, nbf: iat, exp });
  const { child, output, ended } = await run(
    ['--method=identity', '--token-file=t', '--subject-token-env=CI_TOKEN'],
    { CI_TOKEN },
  );
  await until(() => output.stderr.includes('warning: '));
  expect(output.stderr).toContain('cannot be renewed, because it is the identity token');
  expect(readFileSync(join(suite.home, 't'), 'utf8')).toBe(CI_TOKEN);
  await pause(300);
  expect(child.exitCode).toBeNull();
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
