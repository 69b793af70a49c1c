import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { homeSuite } from '../../support/cli-suite.ts';
import { type Call, execCredential } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import { jsonAnswer, onPath } from '../../support/faults.ts';
import {
  adminKubeconfig,
  type KubernetesStandIn,
  startKubernetesStandIn,
} from '../../support/kubernetes.ts';
import type { Ended } from '../../support/run-to-end.ts';

/** The fields that kubectl requires in an exec entry, besides its command. */
const execDefaults = {
  apiVersion: 'client.authentication.k8s.io/v1',
  interactiveMode: 'Never',
} as const;

const suite = homeSuite();
let kubernetes: KubernetesStandIn;
let kubeconfig: string;

beforeAll(async () => {
  kubernetes = await startKubernetesStandIn({
    serviceAccounts: new Set(['ci-deploy/deploy', 'ci-deploy/other']),
    users: { 'admin-token': 'admin', 'second-token': 'second' },
  });
});
afterAll(() => kubernetes.close());
beforeEach(() => {
  kubeconfig = suite.write('admin.kubeconfig', adminKubeconfig(kubernetes));
  kubernetes.behaviour.misbehave = undefined;
  kubernetes.behaviour.forbidden.clear();
  kubernetes.behaviour.clockSkewSeconds = 0;
});

const deploy = ['-n', 'ci-deploy', '--service-account=deploy'];

function getToken(args: readonly string[] = deploy, call: Call = {}): Promise<Ended> {
  return suite.run(['get-token', '--method=service-account', ...args], {
    // Relative paths in the kubeconfig must not depend on the working folder.
    cwd: '/',
    ...call,
    env: { KUBECONFIG: kubeconfig, ...call.env },
  });
}

async function counting<T>(run: () => Promise<T>): Promise<{ result: T; count: number }> {
  const before = kubernetes.requests.length;
  return { result: await run(), count: kubernetes.requests.length - before };
}

test('a token is requested once, and expires as the ExecCredential says', async () => {
  const { result, count } = await counting(async () => [
    await getToken(),
    await getToken(),
    await getToken([...deploy, '-o', 'token']),
  ]);
  expect(count).toBe(1);
  const [first, second, bare] = result as [Ended, Ended, Ended];
  expect(first.stderr).toBe('');
  expect(second.stdout).toBe(first.stdout);
  const { status } = execCredential(first);
  expect(bare.stdout).toBe(`${status.token}\n`);
  const claims = decodeJwt(status.token);
  expect(claims.sub).toBe('system:serviceaccount:ci-deploy:deploy');
  const early = (claims.exp ?? 0) - Date.parse(status.expirationTimestamp) / 1000;
  expect(early).toBeGreaterThanOrEqual(10);
  expect(early).toBeLessThan(60);
});

test('audience and duration are requested, and the default audience of Dex is not', async () => {
  const plain = decodeJwt(execCredential(await getToken()).status.token);
  expect(plain.aud).toEqual([kubernetes.url]);
  const given = await getToken([...deploy, '--audience=vault', '--duration=20m']);
  const claims = decodeJwt(execCredential(given).status.token);
  expect(claims.aud).toEqual(['vault']);
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(1200);
});

describe('a token is not shared with', () => {
  test.each([
    ['another account', ['-n', 'ci-deploy', '--service-account=other'], {}],
    ['another audience', [...deploy, '--audience=x'], {}],
    ['another duration', [...deploy, '--duration=30m'], {}],
  ])('%s', async (_what, args, env) => {
    await getToken();
    const { result, count } = await counting(() => getToken(args, { env }));
    expect(result.code).toBe(0);
    expect(count).toBe(1);
  });

  test('another user of the same cluster, with any kind of credential', async () => {
    const tokenFile = suite.write('token', 'admin-token');
    const head = '"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"';
    const credential = `{${head},"status":{"token":"'$WHO'"}}`;
    chmodSync(suite.write('plugin.sh', `#!/bin/sh\necho '${credential}'\n`), 0o755);
    const call = async (user: unknown, env = {}) => {
      writeFileSync(kubeconfig, adminKubeconfig(kubernetes, user));
      const { result, count } = await counting(() => getToken(deploy, { env }));
      expect(result).toMatchObject({ code: 0, stderr: '' });
      return count;
    };
    expect(await call({ token: 'admin-token' })).toBe(1);
    expect(await call({ token: 'second-token' })).toBe(1);
    expect(await call({ tokenFile: 'token' })).toBe(1);
    writeFileSync(tokenFile, 'second-token');
    expect(await call({ tokenFile: 'token' })).toBe(1);
    expect(await call({ tokenFile: 'token' })).toBe(0);
    const exec = { ...execDefaults, command: './plugin.sh' };
    expect(await call({ exec }, { WHO: 'admin-token' })).toBe(1);
    expect(await call({ exec }, { WHO: 'second-token' })).toBe(1);
    expect(await call({ exec }, { WHO: 'second-token' })).toBe(0);
  });
});

test('several files are merged as kubectl does: the first entry wins', async () => {
  const second = suite.write('second', adminKubeconfig(kubernetes, { token: 'unknown' }));
  const env = { KUBECONFIG: ['/nowhere', kubeconfig, second].join(':') };
  expect(await getToken(deploy, { env })).toMatchObject({ code: 0, stderr: '' });
});

test('a wrong local clock does not matter', async () => {
  kubernetes.behaviour.clockSkewSeconds = -7200;
  const { status } = execCredential(await getToken());
  expect(Date.parse(status.expirationTimestamp)).toBeGreaterThan(Date.now());
});

describe('the error names the cause and the remedy for', () => {
  test.each([
    [
      'a deleted account',
      () => getToken(['-n', 'ci-deploy', '--service-account=gone']),
      6,
      /cannot create a token of ServiceAccount ci-deploy\/gone: serviceaccounts "gone" not found/,
      /^hint: create the ServiceAccount: dexchange manifests service-account -n ci-deploy --service-account gone/,
    ],
    [
      'a credential that has expired',
      () => {
        writeFileSync(kubeconfig, adminKubeconfig(kubernetes, { token: 'old' }));
        return getToken();
      },
      6,
      /does not accept the credential of context admin \(401\)/,
      /^hint: .*--context/,
    ],
    [
      'a duration that is too short',
      () => getToken([...deploy, '--duration=5m']),
      6,
      /: 422: may not specify a duration less than 10 minutes/,
      /^hint: /,
    ],
    [
      'no kubeconfig',
      () => getToken(deploy, { env: { KUBECONFIG: '/nowhere' } }),
      2,
      /there is no kubeconfig: \/nowhere does not exist/,
      /^hint: set --kubeconfig/,
    ],
    [
      'no such context',
      () => getToken([...deploy, '--context=x']),
      2,
      /admin.kubeconfig has no context x/,
      /^hint: /,
    ],
    [
      'no namespace',
      () => getToken(['--service-account=x']),
      2,
      /not set: --namespace/,
      /^hint: set --namespace NAMESPACE, or variable DEXCHANGE_NAMESPACE/,
    ],
    [
      'a plugin that fails',
      () => {
        const exec = { ...execDefaults, command: 'false' };
        writeFileSync(kubeconfig, adminKubeconfig(kubernetes, { exec }));
        return getToken();
      },
      2,
      /plugin false of user .+ ended with exit code 1/,
      /^hint: /,
    ],
    [
      'a plugin that hangs',
      () => {
        const exec = { ...execDefaults, command: 'sleep', args: ['60'] };
        writeFileSync(kubeconfig, adminKubeconfig(kubernetes, { exec }));
        return getToken([...deploy, '--timeout=1500ms']);
      },
      2,
      /plugin sleep of user .+ did not end within 1.5 s/,
      /^hint: /,
    ],
    [
      'a server that hangs',
      () => {
        kubernetes.behaviour.misbehave = () => ({ kind: 'hang' });
        return getToken([...deploy, '--timeout=1500ms']);
      },
      5,
      /the Kubernetes API at .+ 1\.5 s .+/,
      /^hint: .*--timeout/,
    ],
    [
      'a certificate of another CA, despite NODE_TLS_REJECT_UNAUTHORIZED=0',
      () => {
        const text = readFileSync(kubeconfig, 'utf8');
        writeFileSync(kubeconfig, text.replace(/"certificate-authority-data":"[^"]+"/, '"a":"b"'));
        return getToken(deploy, { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
      },
      5,
      /its certificate is signed by .+ not trusted .*/,
      /^hint: .*certificate-authority-data/,
    ],
  ])('%s', async (_what, run, exitCode, name, hint) => {
    expectFailure(await run(), { exitCode, names: [name], hint: [hint] });
  });

  test('a forbidden request, with the command that grants it', async () => {
    const path = '/api/v1/namespaces/ci-deploy/serviceaccounts/deploy/token';
    kubernetes.behaviour.forbidden.add(`POST ${path}`);
    const { result, count } = await counting(async () => [await getToken(), await getToken()]);
    for (const ended of result) {
      expectFailure(ended, {
        exitCode: 6,
        names: [/not allowed to create a token of ServiceAccount ci-deploy\/deploy: .+/],
        hint: ['--verb=create --resource=serviceaccounts/token --resource-name=deploy'],
      });
    }
    // kubectl runs a failing plugin five times, so the second call repeats the remembered denial.
    expect(count).toBe(1);
  });
});

test('an early renewal takes at most two seconds, whatever hangs, and then the old token is returned', async () => {
  // Due for renewal after a tenth of its life.
  kubernetes.behaviour.misbehave = onPath('/token', () => {
    const claims = { sub: 'system:serviceaccount:ci-deploy:deploy', exp: Date.now() / 1000 + 40 };
    const parts = [{ alg: 'none' }, claims, {}].map((part) => JSON.stringify(part));
    const token = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
    return jsonAnswer(201, { kind: 'TokenRequest', status: { token } });
  });
  const credential = JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: execDefaults.apiVersion,
    status: { token: 'admin-token' },
  });
  const script = `cd '${suite.home}'; test -e hang && exec sleep 300; echo '${credential}'`;
  const exec = { ...execDefaults, command: 'sh', args: ['-c', script] };
  const users = { 'a silent API': { token: 'admin-token' }, 'a hanging plugin': { exec } };
  const files = Object.entries(users).map(([name, user]) =>
    suite.write(name, adminKubeconfig(kubernetes, user)),
  );
  const call = (file: string): Promise<Ended> =>
    getToken([...deploy, '--refresh-before=1h', '--timeout=35s', '-v'], {
      env: { KUBECONFIG: file },
    });
  const first = await Promise.all(files.map(call));
  await new Promise((resolve) => setTimeout(resolve, 4100));
  kubernetes.behaviour.misbehave = () => ({ kind: 'hang' });
  suite.write('hang', '');
  const startedAt = performance.now();
  const second = await Promise.all(files.map(call));
  expect(performance.now() - startedAt).toBeLessThan(20_000);
  for (const [index, ended] of second.entries()) {
    expect(execCredential(ended).status.token).toBe(
      execCredential(first[index] ?? expect.fail()).status.token,
    );
    expect(ended.stderr).toMatch(/(?:timeout of|did not end within) [12](?:\.\d+)? s/);
  }
});
