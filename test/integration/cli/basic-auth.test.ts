import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type BasicAuthProxyBehaviour,
  startBasicAuthProxy,
} from '../../support/basic-auth-proxy.ts';
import { createCa } from '../../support/certificates.ts';
import { homeSuite } from '../../support/cli-suite.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import type { RunningServer } from '../../support/http-server.ts';
import { type KubernetesStandIn, startKubernetesStandIn } from '../../support/kubernetes.ts';

const suite = homeSuite();
let kubernetes: KubernetesStandIn;
let proxy: RunningServer;
let behaviour: BasicAuthProxyBehaviour;
let caPem: string;

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
  suite.write('ca.crt', caPem);
  behaviour.enabled = true;
  kubernetes.behaviour.objects = { '/version': { gitVersion: 'v1.36.3' } };
  kubernetes.behaviour.forbidden.clear();
});

function verify(password: string) {
  return suite.run(
    [
      ...['kubeconfig', 'basic-auth', `--server=${proxy.origin}`, '--username=deployer'],
      ...['--server-certificate-authority=ca.crt', '--verify', '--write-to=out'],
      ...['--kubeconfig=admin config', '--context=prod'],
    ],
    { env: { K8S_PASSWORD: password } },
  );
}

describe('kubeconfig basic-auth --verify', () => {
  test('reports that the API accepts the user name and password, and writes them', async () => {
    const ended = await verify('p: ü');
    expect(ended).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining(`${proxy.origin} (v1.36.3) accepts deployer\nwrote `),
    });
    expect(readFileSync(join(suite.home, 'out'), 'utf8')).toContain('username: deployer');
  });

  test('accepts a user whom RBAC denies the SelfSubjectReview', async () => {
    kubernetes.behaviour.forbidden.add('POST /apis/authentication.k8s.io/v1/selfsubjectreviews');
    const ended = await verify('p: ü');
    expect(ended).toMatchObject({
      code: 0,
      // The stand-in names its own user in every denial.
      stderr: expect.stringContaining(
        `${proxy.origin} (v1.36.3) accepts deployer as user admin\nwrote `,
      ),
    });
  });

  test.each([
    [
      'a wrong password',
      'wr0ng-one',
      () => {},
      ' deployer (403)',
      /most likely .*password is wrong.*; or the password is right and RBAC/,
    ],
    [
      'RBAC',
      'p: ü',
      () => {
        kubernetes.behaviour.forbidden.add('GET /version');
      },
      ' deployer (403)',
      /most likely the password is right and RBAC .*; or .*password is wrong/,
    ],
    [
      'disabled Basic Auth',
      'p: ü',
      () => {
        behaviour.enabled = false;
      },
      / deployer .*\(401\)/,
      /`dexchange discover --kubeconfig 'admin config' --context prod` .* enableBasicAuth: true.* password is wrong/,
    ],
  ])(
    'names both possible causes of a denial by %s, and writes nothing',
    async (_what, password, prepare, message, hint) => {
      prepare();
      const ended = await verify(password);
      expectFailure(ended, { exitCode: 6, names: [message], hint: [hint], secrets: [password] });
      expect(existsSync(join(suite.home, 'out'))).toBe(false);
    },
  );
});
