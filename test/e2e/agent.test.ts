import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, inject, onTestFinished, test } from 'vitest';
import { startSoakServers } from '../soak/renewal.ts';
import { connectServers, run } from './harness/client.ts';
import { exchangeFlags, jobMachine, packagedProgram } from './harness/job-machine.ts';
import { pythonWithKubernetes } from './harness/python.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const clients = resolve(import.meta.dirname, 'clients');

test('a job with an agent pays one exchange for all its calls, and no client starts a plugin', async () => {
  const own = { ...servers, ...(await startSoakServers(servers, 600)) };
  const { home, kubeconfig, env } = await jobMachine(own);
  const script = `
    eval "$("$DEXCHANGE" agent start --kubeconfig="$JOB_KUBECONFIG" 2>/dev/null)"
    for i in 1 2 3 4 5; do "$KUBECTL" get ns -o name | grep kube-system; done
    "$KUBECTL" config view --minify | grep -c 'command: '
    "$DEXCHANGE" agent status -o json > status.json
    eval "$("$DEXCHANGE" agent stop)"
    "$KUBECTL" --kubeconfig="$JOB_KUBECONFIG" auth whoami -o 'jsonpath={.status.userInfo.username}'`;
  const requests = await servers.countTokenRequests(own.dex, async () => {
    const ran = await run('bash', ['-c', script], {
      env: { ...env, JOB_KUBECONFIG: kubeconfig },
      cwd: home,
    });
    expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toBe(`${'namespace/kube-system\n'.repeat(5)}0\ndeployer@example.com`);
  });
  expect(requests).toBe(1);
  const [status] = JSON.parse(await readFile(join(home, 'status.json'), 'utf8'));
  expect(status).toMatchObject({ isOfJob: true, failures: {} });
});

test('a kubeconfig with the token inside serves clients that read no token file', async () => {
  const { home, kubeconfig, env } = await jobMachine(servers);
  const own = join(home, 'agent.kubeconfig');
  const flags = ['agent', 'run', '--once', `--kubeconfig=${kubeconfig}`, `--write-to=${own}`];
  const ran = await run(packagedProgram, flags, { env });
  expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const script = [process.execPath, join(clients, 'list-namespaces.mjs'), own] as const;
  const [node, ...words] = script;
  const javaScript = await run(node, words, { env });
  expect(javaScript, javaScript.stderr).toMatchObject({ code: 0 });
  expect(javaScript.stdout).toContain('kube-system');
  const python = await pythonWithKubernetes();
  if (python === undefined) return;
  const list = await run(python, [join(clients, 'list_namespaces.py'), own], { env });
  expect(list, list.stderr).toMatchObject({ code: 0 });
});

test('agent run, as a service, is ready with a token that the API server accepts', async () => {
  const { home, env } = await jobMachine(servers);
  const tokenFile = join(home, 'token');
  const flags = [`--token-file=${tokenFile}`, '--listen=127.0.0.1:0', ...exchangeFlags(servers)];
  const agent = spawn(packagedProgram, ['agent', 'run', ...flags], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => {
    agent.kill('SIGKILL');
  });
  const ended = new Promise((resolve) => agent.once('exit', resolve));
  let stderr = '';
  agent.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  for (let tries = 0; !stderr.includes('ready: ') && tries < 500; tries++) await pause(20);
  const url = /status at (http:\S+?);/.exec(stderr)?.[1];
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const { url: server, caFile } = servers.kubernetes;
  const list = await run(
    servers.kubectls.built,
    [
      ...['get', 'ns', `--server=${server}`, `--certificate-authority=${caFile}`],
      `--token=${await readFile(tokenFile, 'utf8')}`,
    ],
    { env },
  );
  expect(list, list.stderr).toMatchObject({ code: 0 });
  agent.kill('SIGTERM');
  expect(await ended).toBe(0);
});
