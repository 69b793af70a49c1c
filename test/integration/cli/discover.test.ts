import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { homeSuite } from '../../support/cli-suite.ts';
import type { Call } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import {
  adminKubeconfig,
  deckhouseObjects,
  type KubernetesStandIn,
  startKubernetesStandIn,
} from '../../support/kubernetes.ts';
import type { Ended } from '../../support/run-to-end.ts';

const suite = homeSuite();
let kubernetes: KubernetesStandIn;
const networking = '/apis/networking.k8s.io/v1/namespaces';
const apiIngress = `${networking}/d8-user-authn/ingresses/kubernetes-api`;
const caSecret = '/api/v1/namespaces/d8-user-authn/secrets/kubernetes-api-ca-key-pair';

beforeAll(async () => {
  kubernetes = await startKubernetesStandIn();
});
afterAll(() => kubernetes.close());
beforeEach(() => {
  suite.write('admin', adminKubeconfig(kubernetes));
  kubernetes.behaviour.forbidden.clear();
  kubernetes.behaviour.objects = deckhouseObjects({
    api: 'api.example.com',
    dex: 'dex.example.com',
    caPem: kubernetes.caPem,
  });
});

function run(args: readonly string[], call: Call = {}): Promise<Ended> {
  return suite.run(args, { ...call, env: { KUBECONFIG: 'admin', ...call.env } });
}

describe('dexchange discover', () => {
  test('prints the values of the DKP guide, and no secret', async () => {
    const ended = await run(['discover']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^API_HOST +api\.example\.com +\(ingress d8-user-authn\/kubern/m);
    expect(ended.stdout).toMatch(/^DEX_HOST +dex\.example\.com /m);
    expect(ended.stdout).toMatch(/^DEX_CLIENT_ID +dex-client-ci-token-exchange@d8-user-authn /m);
    expect(ended.stdout).toMatch(
      /^DexProvider +warning +old \(Gitlab\) cannot exchange tokens in Dex 2\.45\.1/m,
    );
    expect(ended.stdout).toMatch(
      /^DexProvider +ok +gitlab \(OIDC\) exchanges id_tokens and access/m,
    );
    expect(ended.stdout).toMatch(/^Basic Auth +missing +is off/m);
    expect(ended.stdout).toMatch(/^permission +ok +you may create a DexClient$/m);
    expect(ended.stdout).not.toMatch(/s3cr|static-token/);
  });

  test('prints JSON, and the same as YAML', async () => {
    const json = JSON.parse((await run(['discover', '-o', 'json'])).stdout);
    expect(parse((await run(['discover', '-o', 'yaml'])).stdout)).toEqual(json);
    const { values, checks } = json;
    expect(values.API_HOST).toEqual({
      value: 'api.example.com',
      place: 'ingress d8-user-authn/kubernetes-api',
    });
    expect(Buffer.from(values.API_CA_DATA.value, 'base64').toString()).toBe(kubernetes.caPem);
    expect(values.DEX_CONNECTOR_ID.value).toBe('gitlab');
    expect(checks).toContainEqual({
      name: 'DexClient',
      state: 'ok',
      text: 'ci-token-exchange may ask for audience kubernetes',
    });
  });

  test('prints shell variables, with secrets on request', async () => {
    const args = ['discover', '-o', 'shell', '--show-secrets'];
    const ended = await run([...args, '-n', 'ci-deploy', '--service-account=deploy']);
    const printed = execFileSync(
      'sh',
      ['-c', `${ended.stdout}\nprintf '%s|' "$API_HOST" "$DEX_CLIENT_SECRET" "$KUBE_TOKEN"`],
      { encoding: 'utf8' },
    );
    expect(printed).toBe('api.example.com|s3cr+t%2F=&:x|static-token|');
    expect(ended.stderr).toContain('warning: DexProvider: old (Gitlab)');
    expect(ended.stderr).not.toContain('s3cr');
  });

  test.each(['sh', 'bash'])('prints lines that %s evaluates to any value', async (shell) => {
    const values = [
      `it's "q" \\ \`id\` $(touch pwned) $HOME !! ; & | > x`,
      '-n -e \\n',
      'two\nlines\r\n\ttab ',
      '\u202eright to left\u2066 \u001b]8;;https://evil.example\u001b\\link\u0007',
      "'; touch pwned; '",
      'пароль € 😀',
    ];
    for (const value of values) {
      kubernetes.behaviour.objects[
        `/api/v1/namespaces/d8-user-authn/secrets/dex-client-ci-token-exchange`
      ] = {
        data: { clientSecret: Buffer.from(value).toString('base64') },
      };
      const { stdout } = await run(['discover', '-o', 'shell', '--show-secrets']);
      const script = `eval "$1"; printf %s "$DEX_CLIENT_SECRET"`;
      const cwd = suite.home;
      const printed = execFileSync(shell, ['-c', script, shell, stdout], { encoding: 'utf8', cwd });
      expect(printed).toBe(value);
      expect(existsSync(join(cwd, 'pwned'))).toBe(false);
    }
  });

  test('shows no control characters of the cluster, and no shell variable with a null byte', async () => {
    const { objects } = kubernetes.behaviour;
    objects['/api/v1/namespaces/d8-user-authn/secrets/dex-client-ci-token-exchange'] = {
      data: { clientSecret: Buffer.from('a\0b\u001b[2J').toString('base64') },
    };
    objects['/apis/deckhouse.io/v1/dexproviders'] = {
      items: [
        '\u001b]8;;https://evil.example\u0007gitlab',
        '\u202egitlab',
        "a'; touch pwned; '",
      ].map((name) => ({ metadata: { name }, spec: { type: 'OIDC', oidc: {} } })),
    };
    for (const form of ['table', 'json', 'yaml', 'shell']) {
      const ended = await run(['discover', '-o', form, '--show-secrets']);
      expect(ended.code).toBe(0);
      const shown = `${ended.stdout}${ended.stderr}`.replaceAll('\n', '');
      expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}]|evil|pwned/u);
    }
  });

  test('looks in the places of newer releases, and reports missing permissions', async () => {
    const { objects, forbidden } = kubernetes.behaviour;
    objects[`${networking}/kube-system/ingresses/kubernetes-api`] = objects[apiIngress];
    delete objects[apiIngress];
    forbidden.add('GET /apis/deckhouse.io/v1/dexproviders');
    forbidden.add('create dexclients');
    const { stdout, code } = await run(['discover']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^API_HOST +api\.example\.com +\(ingress kube-system\/kubernetes-api\)/m,
    );
    expect(stdout).toMatch(
      /^DexProvider +unknown +may not read dexproviders: .+\n +ask a cluster administrator to run: kubectl create clusterrole dexchange-reader --verb=list --resource=dexproviders\.deckhouse\.io/m,
    );
    expect(stdout).toMatch(/^permission +missing +you may not create a DexClient$/m);
  });

  test('reports missing parts, and how to create them', async () => {
    const { objects } = kubernetes.behaviour;
    delete objects[apiIngress];
    objects['/apis/deckhouse.io/v1/dexproviders'] = {
      items: ['a', 'b'].map((name) => ({
        metadata: { name },
        spec: { type: 'LDAP', ldap: { enableBasicAuth: true } },
      })),
    };
    objects['/apis/deckhouse.io/v1/namespaces/d8-user-authn/dexclients/ci-token-exchange'] = {};
    const { stdout } = await run(['discover']);
    expect(stdout).toMatch(
      /^publishAPI +missing +the address of the API is not in ingress d8-user-authn\/kubernetes-api, nor in ingress kube-system/m,
    );
    expect(stdout).toMatch(/set publishAPI\.enabled in ModuleConfig user-authn/);
    expect(stdout).toMatch(/^DexClient +missing +ci-token-exchange lacks the annotation/m);
    expect(stdout).toMatch(/^DexProvider +missing +there is none of type OIDC/m);
    expect(stdout).toMatch(/^Basic Auth +missing +2 DexProviders have enableBasicAuth: a, b/m);
  });

  test('fails for a cluster without Deckhouse', async () => {
    kubernetes.behaviour.objects = {};
    const ended = await run(['discover']);
    expectFailure(ended, {
      exitCode: 6,
      names: ['has no Deckhouse: there is no API group deckhouse.io'],
      hint: ['--server'],
    });
  });
});

describe('kubeconfig --discover', () => {
  test('for token-exchange reads hosts and CA, and the secret only on request', async () => {
    const args = ['kubeconfig', 'token-exchange', '--discover', '--connector-id=gitlab'];
    const ended = await run(args);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toBe(
      [
        'found: API https://api.example.com (ingress d8-user-authn/kubernetes-api)',
        'found: CA of the API (secret d8-user-authn/kubernetes-api-ca-key-pair)',
        'found: Dex https://dex.example.com/ (ingress d8-user-authn/dex)',
        '',
      ].join('\n'),
    );
    const { clusters, users } = parse(ended.stdout);
    expect(clusters[0].cluster).toEqual({
      server: 'https://api.example.com',
      'certificate-authority-data': Buffer.from(kubernetes.caPem).toString('base64'),
    });
    expect(users[0].user.exec.args).toEqual([
      'get-token',
      '--dex-url=https://dex.example.com/',
      '--client-id=dex-client-ci-token-exchange@d8-user-authn',
      '--connector-id=gitlab',
    ]);
    expect(kubernetes.requests.at(-1)?.path).not.toContain('secrets');
    const embedded = await run([...args, '--embed-secrets']);
    expect(parse(embedded.stdout).users[0].user.exec.env).toEqual([
      { name: 'DEXCHANGE_CLIENT_SECRET', value: 's3cr+t%2F=&:x' },
    ]);
    expect(embedded.stderr).not.toContain('s3cr');
  });

  test('for service-account finds the Secret with the token by its annotation', async () => {
    const { objects } = kubernetes.behaviour;
    const path = '/api/v1/namespaces/ci-deploy/secrets';
    const own = objects[`${path}/deploy-token`];
    delete objects[`${path}/deploy-token`];
    objects[path] = { items: [{ metadata: {}, data: { token: 'eA==' } }, own] };
    const ended = await run([
      ...['kubeconfig', 'service-account', '--discover', '-n', 'ci-deploy'],
      ...['--service-account=deploy', '--write-to=out'],
    ]);
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    expect(ended.stderr).toContain('token of the ServiceAccount (secrets of namespace ci-deploy)');
    const { users } = parse(readFileSync(join(suite.home, 'out'), 'utf8'));
    expect(users[0].user).toEqual({ token: 'static-token' });
  });

  test('omits the CA if the cluster has none or the server is another one', async () => {
    delete kubernetes.behaviour.objects[caSecret];
    const args = ['kubeconfig', 'basic-auth', '--discover', '--username=u'];
    const call = { env: { K8S_PASSWORD: 'p' } };
    const ended = await run(args, call);
    expect(ended.stderr).toContain(
      'no CA is written, which is right for a public CA: the CA of the API is not',
    );
    expect(parse(ended.stdout).clusters[0].cluster).toEqual({ server: 'https://api.example.com' });
    kubernetes.behaviour.objects[caSecret] = {
      data: { 'ca.crt': btoa('-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n') },
    };
    const named = await run(args, { env: { ...call.env, API_HOST: 'api.example.com' } });
    expect(parse(named.stdout).clusters[0].cluster).toHaveProperty('certificate-authority-data');
    const direct = await run([...args, '--server=https://10.0.0.1:6443'], call);
    expect(parse(direct.stdout).clusters[0].cluster).toEqual({ server: 'https://10.0.0.1:6443' });
  });

  test('fails and writes nothing if an object is missing or forbidden', async () => {
    delete kubernetes.behaviour.objects[apiIngress];
    const args = ['kubeconfig', 'basic-auth', '--discover', '--username=u', '--write-to=out'];
    const missing = await run(args);
    expectFailure(missing, {
      exitCode: 6,
      names: ['the address of the API is not in '],
      hint: [/^hint: set publishAPI\.enabled/],
    });
    kubernetes.behaviour.forbidden.add(`GET ${apiIngress}`);
    const forbidden = await run(args);
    expectFailure(forbidden, {
      exitCode: 6,
      names: ['may not read ingress d8-user-authn/kubernetes-api: '],
      hint: [
        'ask a cluster administrator to run: kubectl -n d8-user-authn create role dexchange-reader --verb=get --resource=ingresses.networking.k8s.io --resource-name=kubernetes-api',
      ],
    });
    expect(() => readFileSync(join(suite.home, 'out'))).toThrow();
  });
});
