import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Call, dexchange, execCredential, freshFolder } from '../../support/dexchange.ts';
import {
  adminKubeconfig,
  type KubernetesStandIn,
  startKubernetesStandIn,
} from '../../support/kubernetes.ts';
import type { Ended } from '../../support/run-to-end.ts';

/** What kubectl demands of an exec entry, besides its command. */
const execDefaults = {
  apiVersion: 'client.authentication.k8s.io/v1',
  interactiveMode: 'Never',
} as const;

let kubernetes: KubernetesStandIn;
let home: string;
let kubeconfig: string;

beforeAll(async () => {
  kubernetes = await startKubernetesStandIn({
    serviceAccounts: new Set(['ci-deploy/deploy', 'ci-deploy/other']),
    users: { 'admin-token': 'admin', 'second-token': 'second' },
  });
});
afterAll(() => kubernetes.close());
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
  kubeconfig = join(home, 'admin.kubeconfig');
  writeFileSync(kubeconfig, adminKubeconfig(kubernetes));
  kubernetes.behaviour.misbehave = undefined;
  kubernetes.behaviour.forbidden.clear();
  kubernetes.behaviour.clockSkewSeconds = 0;
});

const deploy = ['-n', 'ci-deploy', '--service-account=deploy'];

function getToken(args: readonly string[] = deploy, call: Call = {}): Promise<Ended> {
  return dexchange(['get-token', '--method=service-account', ...args], {
    ...call,
    env: { HOME: home, KUBECONFIG: kubeconfig, ...call.env },
  });
}

async function counting<T>(run: () => Promise<T>): Promise<{ result: T; count: number }> {
  const before = kubernetes.requests.length;
  return { result: await run(), count: kubernetes.requests.length - before };
}

test('a token is asked for once, and its end is told', async () => {
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

test('audience and duration are asked for, and Dex’s default audience is not', async () => {
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

  test('another user of the same cluster, whatever the entry is', async () => {
    const tokenFile = join(home, 'token');
    writeFileSync(tokenFile, 'admin-token');
    const plugin = join(home, 'plugin.sh');
    const head = '"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"';
    const credential = `{${head},"status":{"token":"'$WHO'"}}`;
    writeFileSync(plugin, `#!/bin/sh\necho '${credential}'\n`);
    chmodSync(plugin, 0o755);
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

test('several files are merged as kubectl does, the first that has an entry wins', async () => {
  const second = join(home, 'second');
  writeFileSync(second, adminKubeconfig(kubernetes, { token: 'nobody' }));
  const env = { KUBECONFIG: ['/nowhere', kubeconfig, second].join(':') };
  expect(await getToken(deploy, { env })).toMatchObject({ code: 0, stderr: '' });
});

test('a wrong local clock matters not', async () => {
  kubernetes.behaviour.clockSkewSeconds = -7200;
  const { status } = execCredential(await getToken());
  expect(Date.parse(status.expirationTimestamp)).toBeGreaterThan(Date.now());
});

describe('what goes wrong is named, with what to do', () => {
  test.each([
    [
      'a deleted account',
      () => getToken(['-n', 'ci-deploy', '--service-account=gone']),
      6,
      /cannot create a token of ServiceAccount ci-deploy\/gone: serviceaccounts "gone" not found\nhint: create the ServiceAccount: dexchange manifests service-account -n ci-deploy --service-account gone/,
    ],
    [
      'a credential that has expired',
      () => {
        writeFileSync(kubeconfig, adminKubeconfig(kubernetes, { token: 'old' }));
        return getToken();
      },
      6,
      /does not accept the credential of context admin \(401\)\nhint: .*--context/,
    ],
    [
      'a duration that is too short',
      () => getToken([...deploy, '--duration=5m']),
      6,
      /: 422: may not specify a duration less than 10 minutes\nhint: /,
    ],
    [
      'no kubeconfig',
      () => getToken(deploy, { env: { KUBECONFIG: '/nowhere' } }),
      2,
      /there is no kubeconfig: \/nowhere does not exist\nhint: set --kubeconfig/,
    ],
    [
      'no such context',
      () => getToken([...deploy, '--context=x']),
      2,
      /admin.kubeconfig has no context x\nhint: /,
    ],
    [
      'no namespace',
      () => getToken(['--service-account=x']),
      2,
      /not set: --namespace\nhint: set --namespace NAMESPACE, or variable DEXCHANGE_NAMESPACE/,
    ],
    [
      'a plugin that fails',
      () => {
        const exec = { ...execDefaults, command: 'false' };
        writeFileSync(kubeconfig, adminKubeconfig(kubernetes, { exec }));
        return getToken();
      },
      2,
      /plugin false of user .+ ended with exit code 1\nhint: /,
    ],
    [
      'a plugin that hangs',
      () => {
        const exec = { ...execDefaults, command: 'sleep', args: ['60'] };
        writeFileSync(kubeconfig, adminKubeconfig(kubernetes, { exec }));
        return getToken([...deploy, '--timeout=1500ms']);
      },
      2,
      /plugin sleep of user .+ did not end within 1.5 s\nhint: /,
    ],
    [
      'a server that hangs',
      () => {
        kubernetes.behaviour.misbehave = () => ({ kind: 'hang' });
        return getToken([...deploy, '--timeout=1500ms']);
      },
      5,
      /the Kubernetes API at .+ 1\.5 s .+\nhint: .*--timeout/,
    ],
    [
      'a CA that is not the server’s, whatever variables say',
      () => {
        const text = readFileSync(kubeconfig, 'utf8');
        writeFileSync(kubeconfig, text.replace(/"certificate-authority-data":"[^"]+"/, '"a":"b"'));
        return getToken(deploy, { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } });
      },
      5,
      /its certificate is signed by .+ not trusted .*\nhint: .*certificate-authority-data/,
    ],
  ])('%s', async (_what, run, code, message) => {
    const ended = await run();
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr).toMatch(message);
  });

  test('what the user may not do, and who could change that', async () => {
    const path = '/api/v1/namespaces/ci-deploy/serviceaccounts/deploy/token';
    kubernetes.behaviour.forbidden.add(`POST ${path}`);
    const { result, count } = await counting(async () => [await getToken(), await getToken()]);
    for (const ended of result) {
      expect(ended).toMatchObject({ code: 6, stdout: '' });
      expect(ended.stderr).toMatch(
        /may not create a token of ServiceAccount ci-deploy\/deploy: .+/,
      );
      expect(ended.stderr).toContain(
        '--verb=create --resource=serviceaccounts/token --resource-name=deploy',
      );
    }
    // The second is the first, remembered: kubectl runs a failing plugin five times.
    expect(count).toBe(1);
  });
});
