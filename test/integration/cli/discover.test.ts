import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { homeSuite } from '../../support/cli-suite.ts';
import type { Call } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import { deckhouseObjects } from '../../support/kubernetes.ts';
import { kubernetesSuite } from '../../support/kubernetes-suite.ts';
import type { Ended } from '../../support/run-to-end.ts';

const suite = homeSuite();
const networking = '/apis/networking.k8s.io/v1/namespaces';
const apiIngress = `${networking}/d8-user-authn/ingresses/kubernetes-api`;
const caSecret = '/api/v1/namespaces/d8-user-authn/secrets/kubernetes-api-ca-key-pair';

const clientSecret = '/api/v1/namespaces/d8-user-authn/secrets/dex-client-ci-token-exchange';

const kubernetes = kubernetesSuite(suite, ({ caPem }) =>
  deckhouseObjects({ api: 'api.example.com', dex: 'dex.example.com', caPem }),
);

function run(args: readonly string[], call: Call = {}): Promise<Ended> {
  return suite.run(args, { ...call, env: { KUBECONFIG: 'admin', ...call.env } });
}

describe('dexchange discover', () => {
  test('prints the values of the DKP guide, and no secret', async () => {
    const ended = await run(['discover']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^API_HOST +api\.example\.com +\(ingress d8-user-authn\/kubern/m);
    expect(ended.stdout).toMatch(/^DEX_HOST +dex\.example\.com /m);
    expect(ended.stdout).toMatch(/^DEX_CLIENT_ID +dex-client-ci-token-exchange@d8-user-authn$/m);
    expect(ended.stdout).toMatch(
      /^DexProvider +warning +old \(Gitlab\) cannot exchange tokens in Dex 2\.45\.1/m,
    );
    expect(ended.stdout).toMatch(
      /^DexProvider +ok +gitlab \(OIDC\) exchanges id_tokens and access/m,
    );
    expect(ended.stdout).toMatch(/^Basic Auth +off +no DexProvider has enableBasicAuth: true$/m);
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
      kubernetes.behaviour.objects[clientSecret] = {
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
    objects[clientSecret] = {
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
      /^ +fix: ask a cluster administrator to run the command at\n +the end$/m,
    );
    const [, yaml = ''] = /^kubectl auth reconcile -f - <<'EOF'\n(.+)^EOF\n$/ms.exec(stdout) ?? [];
    expect(parseAllDocuments(yaml).map((document) => document.toJS())).toMatchObject([
      {
        kind: 'ClusterRole',
        rules: [{ apiGroups: ['deckhouse.io'], resources: ['dexproviders'], verbs: ['list'] }],
      },
      { kind: 'ClusterRoleBinding', roleRef: { kind: 'ClusterRole' } },
    ]);
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
    const { stdout, code } = await run(['discover']);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^FAILED: publishAPI: the address of the API is not in ingress\n/);
    for (const line of stdout.split('\n')) {
      if (!line.includes('`')) expect(line.length).toBeLessThanOrEqual(80);
    }
    const flat = stdout.replaceAll(/\s+/g, ' ');
    expect(flat).toContain(
      'publishAPI missing the address of the API is not in ingress d8-user-authn/kubernetes-api, nor in ingress kube-system/kubernetes-api, nor in httproute kube-system/kubernetes-api, nor in httproute d8-user-authn/kubernetes-api',
    );
    expect(stdout).toMatch(/set publishAPI\.enabled in ModuleConfig user-authn/);
    expect(stdout).toMatch(/^DexClient +missing +ci-token-exchange lacks the annotation/m);
    expect(stdout).toMatch(/^DexProvider +missing +there is none of type OIDC/m);
    expect(stdout).toMatch(/^Basic Auth +missing +2 DexProviders have enableBasicAuth: a, b/m);
  });

  test('finds hosts in HTTPRoutes where there is no ingress, but no wildcards', async () => {
    const { objects } = kubernetes.behaviour;
    const gateway = '/apis/gateway.networking.k8s.io/v1/namespaces';
    delete objects[apiIngress];
    delete objects[`${networking}/d8-user-authn/ingresses/dex`];
    objects[`${gateway}/kube-system/httproutes/kubernetes-api`] = {
      spec: { hostnames: ['*.example.com', "a'b.example.com", 'api.route.example.com'] },
    };
    objects[`${gateway}/d8-user-authn/httproutes/dex`] = {
      spec: { hostnames: ['dex.route.example.com'] },
    };
    objects[`${gateway}/d8-user-authn/httproutes/dex-redirect`] = {
      spec: { hostnames: ['redirect.example.com'] },
    };
    const ended = await run(['discover', '-o', 'shell']);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain("API_HOST='api.route.example.com'\n");
    expect(ended.stdout).toContain("DEX_HOST='dex.route.example.com'\n");
    objects[`${gateway}/kube-system/httproutes/kubernetes-api`] = {
      spec: { hostnames: ['*.example.com'] },
    };
    expect((await run(['discover'])).code).toBe(2);
  });

  test('an ingress has precedence over an HTTPRoute', async () => {
    const route = '/apis/gateway.networking.k8s.io/v1/namespaces/d8-user-authn/httproutes/dex';
    kubernetes.behaviour.objects[route] = { spec: { hostnames: ['other.example.com'] } };
    const { stdout } = await run(['discover', '-o', 'shell']);
    expect(stdout).toContain("DEX_HOST='dex.example.com'\n");
  });

  test.each<[string, readonly string[], number, RegExp]>([
    ['a DexClient that is named', ['--client-name=other'], 2, /^DexClient +missing/m],
    ['a connector that is named', ['--connector-id=githup'], 2, /set --connector-id to .*gitlab/],
    ['a ServiceAccount', ['-n=ci', '--service-account=x'], 2, /^ServiceAccount +missing/m],
    ['nothing more', [], 0, /^DexClient +ok/m],
  ])('the exit code tells whether it found %s', async (_what, flags, exitCode, line) => {
    const { stdout, code } = await run(['discover', ...flags]);
    expect(code).toBe(exitCode);
    expect(stdout).toMatch(line);
    expect(stdout.startsWith('FAILED: ')).toBe(exitCode !== 0);
    expect((await run(['discover', ...flags, '-o', 'json'])).code).toBe(exitCode);
  });

  test('a named object that exists is found', async () => {
    const { objects } = kubernetes.behaviour;
    objects['/api/v1/namespaces/ci/serviceaccounts/x'] = { metadata: {} };
    objects['/apis/deckhouse.io/v1/clusterauthorizationrules'] = {
      items: [
        {
          metadata: { name: 'x-access' },
          spec: {
            accessLevel: 'Editor',
            subjects: [{ kind: 'ServiceAccount', name: 'x', namespace: 'ci' }],
          },
        },
      ],
    };
    const flags = ['-n=ci', '--service-account=x', '--connector-id=gitlab'];
    const { stdout, code } = await run(['discover', ...flags]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ServiceAccount +ok +ci\/x exists$/m);
    expect(stdout).toMatch(
      /^rules +ok +ServiceAccount ci\/x is named in\n +ClusterAuthorizationRule x-access \(Editor\)$/m,
    );
    expect(stdout).toMatch(/^connector +ok +gitlab is a DexProvider$/m);
  });

  test.each(['sh', 'bash'])(
    'eval in %s fails if something is missing or forbidden',
    async (shell) => {
      const evaluate = (stdout: string) =>
        spawnSync(
          shell,
          ['-c', 'set -e; eval "$1"; echo "went on to $API_HOST $DEX_HOST"', shell, stdout],
          {
            encoding: 'utf8',
          },
        );
      const complete = await run(['discover', '-o', 'shell']);
      expect(evaluate(complete.stdout).stdout).toBe('went on to api.example.com dex.example.com\n');
      delete kubernetes.behaviour.objects[apiIngress];
      const missing = await run(['discover', '-o', 'shell']);
      expect(missing.code).toBe(2);
      expect(missing.stdout).toContain("DEX_HOST='dex.example.com'\n");
      expect(evaluate(missing.stdout)).toMatchObject({ status: 2, stdout: '' });
      kubernetes.behaviour.forbidden.add(`GET ${apiIngress}`);
      const forbidden = await run(['discover', '-o', 'shell']);
      expect(forbidden.code).toBe(6);
      expect(evaluate(forbidden.stdout)).toMatchObject({ status: 6, stdout: '' });
    },
  );

  test.each(['sh', 'bash'])('eval in %s fails if discover itself fails', async (shell) => {
    kubernetes.behaviour.objects = {};
    const { stdout, stderr, code } = await run(['discover', '-o', 'shell']);
    expect(code).toBe(6);
    expect(stderr).toMatch(/has no Deckhouse: .+ \(api_missing\)\nhint: /);
    const ended = spawnSync(shell, ['-c', 'eval "$1" && echo on', shell, stdout]);
    expect(ended).toMatchObject({ status: 6, stdout: Buffer.alloc(0) });
  });

  test('skips a DexProvider without a name, and says that one has no type', async () => {
    kubernetes.behaviour.objects['/apis/deckhouse.io/v1/dexproviders'] = {
      items: [{}, { metadata: { name: 'odd' } }, { metadata: { name: 7 }, spec: { type: 7 } }],
    };
    const { stdout } = await run(['discover']);
    expect(stdout).toMatch(/^DexProvider +warning +odd \(without a type\) cannot exchange/m);
    expect(stdout).not.toMatch(/undefined|\b7\b/);
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
    const before = kubernetes.requests.length;
    const ended = await run(args);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toBe(
      [
        'found: API https://api.example.com (ingress d8-user-authn/kubernetes-api)',
        'found: CA of the API (secret d8-user-authn/kubernetes-api-ca-key-pair)',
        'found: Dex https://dex.example.com/ (ingress d8-user-authn/dex)',
        'no CA of Dex is written, which is right for a public CA: the CA of Dex is not in the cluster',
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
    const paths = kubernetes.requests.slice(before).map(({ path }) => path);
    expect(paths).not.toContain(clientSecret);
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

  test('takes the only connector that can exchange, and names several', async () => {
    const args = ['kubeconfig', 'token-exchange', '--discover'];
    const only = await run(args);
    expect(only.stderr).toContain('connector gitlab: it is the only DexProvider of type OIDC\n');
    expect(parse(only.stdout).users[0].user.exec.args).toContain('--connector-id=gitlab');
    const path = '/apis/deckhouse.io/v1/dexproviders';
    const provider = (name: string, type: string) => ({ metadata: { name }, spec: { type } });
    kubernetes.behaviour.objects[path] = {
      items: [provider('gitlab', 'OIDC'), provider('keycloak', 'OIDC'), provider('ldap', 'LDAP')],
    };
    const several = await run(args);
    expect(several).toMatchObject({ code: 2, stdout: '' });
    expect(several.stderr).toContain('no value for --connector-id (setting_missing)\n');
    expect(several.stderr).toMatch(/^hint: set --connector-id to .*gitlab, keycloak$/m);
    kubernetes.behaviour.objects[path] = { items: [provider('ldap', 'LDAP')] };
    expect((await run(args)).stderr).toMatch(/^hint: create a DexProvider of type OIDC first/m);
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
      names: ['not allowed to read ingress d8-user-authn/kubernetes-api: '],
      hint: [
        'ask a cluster administrator to run `kubectl -n d8-user-authn create role dexchange-get-ingresses-kubernetes-api --verb=get --resource=ingresses.networking.k8s.io --resource-name=kubernetes-api && kubectl -n d8-user-authn create rolebinding dexchange-get-ingresses-kubernetes-api --role=dexchange-get-ingresses-kubernetes-api ',
      ],
    });
    expect(() => readFileSync(join(suite.home, 'out'))).toThrow();
  });
});
