import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { connectServers, run } from './harness/client.ts';
import { type DexAddress, dexClients } from './harness/dex.ts';
import { keycloakClients, keycloakGroups } from './harness/keycloak-realm.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const command = resolve(import.meta.dirname, '../../dist/dexchange');
const kubectls = Object.entries(servers.kubectls) as [name: string, program: string][];

/** The arguments of every call: Dex, its CA and the client. */
function dexArgs(dex: DexAddress = servers.dex): string[] {
  return [
    'get-token',
    `--dex-url=${dex.issuer}`,
    `--dex-certificate-authority=${servers.tls.caFile}`,
    `--client-id=${dexClients.ci.id}`,
  ];
}

interface Plugin {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly apiVersion?: string;
  readonly extension?: Readonly<Record<string, unknown>>;
}

/** Writes a kubeconfig with the plugin into a new home folder; returns its kubectl. */
async function cluster(plugin: Plugin) {
  const home = await servers.folder('home of a runner');
  const { url, caFile } = servers.kubernetes;
  const kubeconfig = await writeKubeconfig(home, { server: url, caFile, command, ...plugin });
  const environment = (extra: Readonly<Record<string, string>>) => ({
    PATH: process.env['PATH'],
    HOME: home,
    KUBECACHEDIR: join(home, 'kube-cache'),
    DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
    ...extra,
  });
  return {
    home,
    kubectl: (
      args: readonly string[],
      extra: Readonly<Record<string, string>> = {},
      program = servers.kubectls.built,
    ) => servers.kubectl(args, { kubeconfig, env: environment(extra), program }),
  };
}

async function whoAmI(
  { kubectl }: Awaited<ReturnType<typeof cluster>>,
  extra?: Readonly<Record<string, string>>,
): Promise<{ username: string; groups: string[] }> {
  const ran = await kubectl(['auth', 'whoami', '-o', 'json'], extra);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(ran.stdout).status.userInfo;
}

describe.each(kubectls)('through the %s kubectl, namespaces are listed from', (_name, program) => {
  const list = ['get', 'ns', '-o', 'name'];
  const listed = {
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('namespace/kube-system\n'),
  };

  test.each(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'])(
    'an id_token of a GitLab-like issuer in a variable, in %s',
    async (apiVersion) => {
      const ci = await cluster({
        args: [...dexArgs(), '--connector-id=gitlab', '--subject-token-env=MY_OIDC_TOKEN'],
        apiVersion,
      });
      const env = { MY_OIDC_TOKEN: await servers.mint({ groups: ['deployers', 'группа'] }) };
      expect(await ci.kubectl(list, env, program)).toEqual(listed);
      const user = await whoAmI(ci, env);
      expect(user.username).toBe('deployer@example.com');
      expect(user.groups).toEqual(expect.arrayContaining(['deployers', 'группа']));
    },
  );

  test('a Keycloak client_credentials access token', async () => {
    const ci = await cluster({
      args: [
        ...dexArgs(),
        '--connector-id=keycloak',
        `--idp-issuer-url=${servers.keycloak.issuer}`,
        `--idp-client-id=${keycloakClients.basic.id}`,
      ],
      env: { DEXCHANGE_IDP_CLIENT_SECRET: keycloakClients.basic.secret },
    });
    expect(await ci.kubectl(list, {}, program)).toEqual(listed);
    const user = await whoAmI(ci);
    expect(user.username).toBe('deployer@example.com');
    expect(user.groups).toEqual(expect.arrayContaining([...keycloakGroups]));
  });

  test('a token file', async () => {
    const folder = await servers.folder('tokens with spaces');
    const file = join(folder, 'the token');
    await writeFile(file, `${await servers.mint()}\n`);
    const ci = await cluster({
      args: [...dexArgs(), '--connector-id=gitlab', `--subject-token-file=${file}`],
    });
    expect(await ci.kubectl(list, {}, program)).toEqual(listed);
  });

  test('a command', async () => {
    const ci = await cluster({
      args: [...dexArgs(), '--connector-id=gitlab', '--subject-token-command=printenv SOME_TOKEN'],
    });
    const env = { SOME_TOKEN: await servers.mint() };
    expect(await ci.kubectl(list, env, program)).toEqual(listed);
    expect((await whoAmI(ci, env)).username).toBe('deployer@example.com');
  });
});

test.each([
  ['client_secret_post', 'by its token endpoint', keycloakClients.post.secret],
  ['private_key_jwt', 'by its issuer', undefined],
])('Keycloak accepts %s, found %s', async (method, _how, secret) => {
  const folder = await servers.folder('key');
  const keyFile = join(folder, 'key.pem');
  await writeFile(keyFile, servers.keycloak.clientKeyPem, { mode: 0o600 });
  const ci = await cluster({
    args: [
      ...dexArgs(),
      '--connector-id=keycloak',
      `--idp-auth-method=${method}`,
      ...(secret === undefined
        ? [
            `--idp-issuer-url=${servers.keycloak.issuer}`,
            `--idp-client-id=${keycloakClients.jwt.id}`,
            `--idp-private-key-file=${keyFile}`,
          ]
        : [
            `--idp-token-url=${servers.keycloak.tokenUrl}`,
            `--idp-client-id=${keycloakClients.post.id}`,
          ]),
    ],
    env: secret === undefined ? {} : { DEXCHANGE_IDP_CLIENT_SECRET: secret },
  });
  expect((await whoAmI(ci)).username).toBe('deployer@example.com');
});

test("settings in the cluster's extension reach the plugin", async () => {
  const ci = await cluster({
    args: ['get-token', `--dex-certificate-authority=${servers.tls.caFile}`],
    extension: {
      dexUrl: servers.dex.issuer,
      'client-id': dexClients.ci.id,
      connectorId: 'gitlab',
    },
  });
  const user = await whoAmI(ci, { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: await servers.mint() });
  expect(user.username).toBe('deployer@example.com');
});

test('a second call sends no request to Dex, and another subject token gets another credential', async () => {
  const dex = await servers.startDex();
  const home = await servers.folder('home');
  const env = async (email: string) => ({
    PATH: process.env['PATH'],
    HOME: home,
    DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
    CI_TOKEN: await servers.mint({ claims: { user_email: email } }),
  });
  const first = await env('first@example.com');
  const second = await env('second@example.com');
  const call = async (environment: typeof first) => {
    const args = [...dexArgs(dex), '--connector-id=gitlab', '--subject-token-env=CI_TOKEN'];
    const ran = await run(command, [...args, '-o', 'token'], { env: environment });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const [, claims] = ran.stdout.split('.');
    return JSON.parse(Buffer.from(claims ?? '', 'base64url').toString()).email;
  };
  const requests = await servers.countTokenRequests(dex, async () => {
    expect(await call(first)).toBe('first@example.com');
    expect(await call(first)).toBe('first@example.com');
    expect(await call(second)).toBe('second@example.com');
    expect(await call(first)).toBe('first@example.com');
  });
  expect(requests).toBe(2);
});

test('a token of 20 KB with hundreds of groups and non-ASCII claims lists namespaces', async () => {
  const groups = [...Array.from({ length: 600 }, (_, index) => `команда/${index}`), 'deployers'];
  const token = await servers.mint({
    groups,
    claims: { user_login: '名前 Ünïcødé' },
    minBytes: 20_000,
  });
  expect(token.length).toBeGreaterThan(20_000);
  const ci = await cluster({
    args: [...dexArgs(), '--connector-id=gitlab', '--subject-token-env=CI_TOKEN'],
  });
  const user = await whoAmI(ci, { CI_TOKEN: token });
  expect(user.groups).toEqual(expect.arrayContaining(groups));
});

describe('a denial by the real Dex is explained for', () => {
  test.each([
    ['a wrong secret', [], { DEXCHANGE_CLIENT_SECRET: 'wrong' }, /Dex denied client dex-client-ci/],
    ['an unknown connector', ['--connector-id=nope'], {}, /Dex has no connector nope/],
    [
      'a connector without token exchange',
      ['--connector-id=password'],
      {},
      /Dex has no connector password/,
    ],
    [
      'a client without the annotation',
      [`--client-id=${dexClients.untrusted.id}`],
      { DEXCHANGE_CLIENT_SECRET: dexClients.untrusted.secret },
      /failed to issue a token to client dex-client-untrusted.* for audience kubernetes/,
    ],
    [
      'an id_token sent as access_token',
      ['--subject-token-type=access_token'],
      {},
      /Dex denied the access_token from variable CI_TOKEN as subject token for connector gitlab/,
    ],
  ])('%s', async (_what, args, env, message) => {
    const replaced = new Set(args.map((arg) => arg.split('=')[0]));
    const base = [...dexArgs(), '--connector-id=gitlab', '--subject-token-env=CI_TOKEN'];
    const ci = await cluster({
      args: [...base.filter((arg) => !replaced.has(arg.split('=')[0])), ...args],
    });
    const ran = await ci.kubectl(['get', '--raw', '/version'], {
      CI_TOKEN: await servers.mint(),
      ...env,
    });
    expect(ran.code).not.toBe(0);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).toMatch(/^hint: /m);
  });

  test.each([
    ['expired', /Dex denied the identity token: it expired 5[45] min (\d+ s )?ago by Dex's clock/],
    [
      'foreign-key',
      /Dex denied the id_token from variable CI_TOKEN as subject token for connector gitlab/,
    ],
    [
      'without-email',
      /Dex denied the id_token from variable CI_TOKEN as subject token for connector gitlab/,
    ],
  ] as const)('a token that is %s', async (kind, message) => {
    const ci = await cluster({
      args: [...dexArgs(), '--connector-id=gitlab', '--subject-token-env=CI_TOKEN'],
    });
    const token = await servers.mint({ kind });
    const ran = await ci.kubectl(['get', '--raw', '/version'], { CI_TOKEN: token });
    expect(ran.stderr).toMatch(message);
    expect(ran.stderr).not.toContain(token);
  });
});

test('no file contains a secret in plain text', async () => {
  const ci = await cluster({
    args: [...dexArgs(), '--connector-id=gitlab', '--subject-token-env=CI_TOKEN'],
  });
  const token = await servers.mint();
  expect((await whoAmI(ci, { CI_TOKEN: token })).username).toBe('deployer@example.com');
  const files = await readdir(ci.home, { recursive: true, withFileTypes: true });
  const regular = files.filter((file) => file.isFile());
  expect(regular.some((file) => file.name.endsWith('.entry'))).toBe(true);
  for (const file of regular) {
    const content = await readFile(join(file.parentPath, file.name), 'latin1');
    for (const secret of [token, dexClients.ci.secret, 'eyJ']) {
      expect(content.includes(secret), `${file.name} contains ${secret.slice(0, 8)}`).toBe(false);
    }
  }
});
