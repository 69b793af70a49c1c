import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  type BasicAuthProxyBehaviour,
  startBasicAuthProxy,
} from '../../support/basic-auth-proxy.ts';
import { createCa } from '../../support/certificates.ts';
import { dexchange, freshFolder } from '../../support/dexchange.ts';
import type { RunningServer } from '../../support/http-server.ts';
import { type KubernetesStandIn, startKubernetesStandIn } from '../../support/kubernetes.ts';

let kubernetes: KubernetesStandIn;
let proxy: RunningServer;
let behaviour: BasicAuthProxyBehaviour;
let caPem: string;
let home: string;

beforeAll(async () => {
  kubernetes = await startKubernetesStandIn();
  const ca = await createCa();
  caPem = ca.certPem;
  behaviour = {
    enabled: true,
    check: async (username, password) =>
      username === 'deployer' && password === 'p: ü' ? { email: 'd@x', groups: [] } : undefined,
  };
  proxy = await startBasicAuthProxy(
    await ca.issue({ commonName: 'api', hosts: ['127.0.0.1'] }),
    behaviour,
    { url: kubernetes.url, caPem: kubernetes.caPem, token: 'admin-token' },
  );
});
afterAll(async () => {
  await proxy.close();
  await kubernetes.close();
});
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
  writeFileSync(join(home, 'ca.crt'), caPem);
  behaviour.enabled = true;
  kubernetes.behaviour.objects = { '/version': { gitVersion: 'v1.36.3' } };
  kubernetes.behaviour.forbidden.clear();
});

function verify(password: string) {
  return dexchange(
    [
      ...['kubeconfig', 'basic-auth', `--server=${proxy.origin}`, '--username=deployer'],
      ...['--server-certificate-authority=ca.crt', '--verify', '--write-to=out'],
    ],
    { cwd: home, env: { HOME: home, K8S_PASSWORD: password } },
  );
}

describe('kubeconfig basic-auth --verify', () => {
  test('tells that the API takes user name and password, and writes them', async () => {
    const ended = await verify('p: ü');
    expect(ended).toEqual({
      code: 0,
      stdout: '',
      stderr: `${proxy.origin} (v1.36.3) accepts deployer\n`,
    });
    expect(readFileSync(join(home, 'out'), 'utf8')).toContain('username: deployer');
  });

  test.each([
    [
      'a wrong password',
      'wr0ng-one',
      () => {},
      / deployer \(403\)\nhint: most likely .*password is wrong.*; or the password is right and RBAC/,
    ],
    [
      'RBAC',
      'p: ü',
      () => {
        kubernetes.behaviour.forbidden.add('GET /version');
      },
      / deployer \(403\)\nhint: most likely the password is right and RBAC .*; or .*password is wrong/,
    ],
    [
      'Basic Auth that is off',
      'p: ü',
      () => {
        behaviour.enabled = false;
      },
      / deployer .*\(401\)\nhint: .*dexchange discover.* enableBasicAuth: true.* password is wrong/,
    ],
  ])(
    'explains a refusal by %s in both readings, and writes nothing',
    async (_what, password, set, message) => {
      set();
      const ended = await verify(password);
      expect(ended).toMatchObject({ code: 6, stdout: '' });
      expect(ended.stderr).toMatch(message);
      expect(ended.stderr).not.toContain(password);
      expect(() => readFileSync(join(home, 'out'))).toThrow();
    },
  );
});
