import { join, resolve } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { kubectlClient, pythonClient, soakRenewal, startSoakServers } from '../soak/renewal.ts';
import { connectServers, run } from './harness/client.ts';
import { exchangeFlags, jobMachine, packagedProgram } from './harness/job-machine.ts';
import { pythonWithKubernetes } from './harness/python.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const clients = resolve(import.meta.dirname, 'clients');
const kubectl = servers.kubectls.built;

const whoAmI = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}'];

test('a script with ten calls of kubectl costs one exchange and no plugin', async () => {
  const own = { ...servers, ...(await startSoakServers(servers, 600)) };
  const { kubeconfig, env } = await jobMachine(own);
  const script = `for i in 1 2 3 4 5 6 7 8 9 10; do "$KUBECTL" get ns -o name | grep kube-system; done
    "$KUBECTL" config view --minify | grep -c 'command: ' || true`;
  const requests = await servers.countTokenRequests(own.dex, async () => {
    const ran = await run(
      packagedProgram,
      ['exec', `--kubeconfig=${kubeconfig}`, '--', 'sh', '-c', script],
      {
        env,
      },
    );
    expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toBe(`${'namespace/kube-system\n'.repeat(10)}0\n`);
  });
  expect(requests).toBe(1);
});

test('--server and --server-certificate-authority replace a kubeconfig', async () => {
  const { env } = await jobMachine(servers);
  const { url, caFile } = servers.kubernetes;
  const flags = [
    `--server=${url}`,
    `--server-certificate-authority=${caFile}`,
    ...exchangeFlags(servers),
  ];
  const ran = await run(packagedProgram, ['exec', ...flags, '--', kubectl, ...whoAmI], { env });
  expect(ran, ran.stderr).toMatchObject({ code: 0, stdout: 'deployer@example.com', stderr: '' });
});

test('the Python client reads the token file; the JavaScript client sends no credential', async () => {
  const { kubeconfig, env } = await jobMachine(servers);
  const list = async (...client: readonly string[]) => {
    const words = ['sh', '-c', '"$@" "$KUBECONFIG"', 'sh', ...client];
    return await run(packagedProgram, ['exec', `--kubeconfig=${kubeconfig}`, '--', ...words], {
      env,
    });
  };
  const python = await pythonWithKubernetes();
  if (python !== undefined) {
    const ran = await list(python, join(clients, 'list_namespaces.py'));
    expect(ran, ran.stderr).toMatchObject({ code: 0 });
    expect(ran.stdout).toContain('kube-system');
  }
  const javaScript = await list(process.execPath, join(clients, 'list-namespaces.mjs'));
  expect(javaScript.code).not.toBe(0);
  expect(javaScript.stdout + javaScript.stderr).toContain('system:anonymous');
});

test('method service-account gives the command the token of the account', async () => {
  const { env } = await jobMachine(servers);
  const path = '/api/v1/namespaces/default/serviceaccounts';
  const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'runner' } };
  expect((await servers.asAdmin(path, { body })).status).toBe(201);
  const ran = await run(
    packagedProgram,
    [
      ...['exec', '--method=service-account', '-n=default', '--service-account=runner'],
      ...[`--kubeconfig=${servers.kubernetes.adminKubeconfig}`, '--', kubectl, ...whoAmI],
    ],
    { env },
  );
  expect(ran, ran.stderr).toMatchObject({
    code: 0,
    stdout: 'system:serviceaccount:default:runner',
    stderr: '',
  });
});

// `npm run test:soak` does the same for minutes, with more clients.
test('clients within exec see no refused request with tokens of 20 s, though Dex is away for 8 s', async () => {
  const tokenSeconds = 20;
  const python = await pythonWithKubernetes();
  const clients = [kubectlClient(kubectl), ...(python === undefined ? [] : [pythonClient(python)])];
  const figures = await soakRenewal(servers, await startSoakServers(servers, tokenSeconds), {
    ...{ scene: 'exec', seconds: 40, tokenSeconds, clients },
    outages: [{ atSeconds: 8, kind: 'killed' }],
  });
  expect(figures.exitCode, figures.stderr).toBe(0);
  for (const client of figures.clients) expect(client).toMatchObject({ problems: [] });
  expect(figures.clients.map(({ requests }) => requests > 10)).not.toContain(false);
  expect(figures.tokenFile.problems).toEqual([]);
  expect(figures.tokenFile.tokens).toBeGreaterThan(2);
  expect(figures.exchanges).toBeLessThanOrEqual(figures.exchangesAllowed);
}, 180_000);
