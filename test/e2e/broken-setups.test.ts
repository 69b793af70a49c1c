import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createCa } from '../support/certificates.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { type Proxy as ForwardProxy, startProxy } from '../support/proxy.ts';
import { type Call, command, explainer, type Words } from './explained-call.ts';
import { connectServers } from './harness/client.ts';
import { dexClients, dexConnectors } from './harness/dex.ts';
import { keycloakClients } from './harness/keycloak-realm.ts';

// Setups that are broken around Dex; explain.test.ts has what Dex, the IdP and the API server deny.

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const { broken } = explainer(servers);
const dexCa = '--dex-certificate-authority';

type Setup = readonly [
  what: string,
  call: () => Call | Promise<Call>,
  rule: string,
  cause: string,
  words: Words,
];

async function isBroken([, call, rule, cause, words]: Setup): Promise<void> {
  const report = await broken(await call(), words);
  expect([report.verdict.rule, report.diagnoses[0]?.causes[0]?.id]).toEqual([rule, cause]);
}

let otherCa: string;
beforeAll(async () => {
  otherCa = join(await servers.folder('ca'), 'ca.crt');
  await writeFile(otherCa, (await createCa('another')).certPem);
});

describe('certificates', () => {
  const asAdministrator =
    "ask a cluster administrator to run d8 k -n d8-user-authn get secret ingress-tls -o jsonpath='{.data.ca\\.crt}' | base64 -d > ca.crt then set --dex-certificate-authority to that file";

  test.each<Setup>([
    [
      'no CA for Dex',
      () => ({ without: [dexCa] }),
      'tls-unknown-ca',
      'private-ca',
      {
        cause: 'the certificate is signed by a private CA, which this machine does not trust',
        fix: asAdministrator,
      },
    ],
    [
      'the CA of another Dex',
      () => ({ args: [`${dexCa}=${otherCa}`] }),
      'tls-unknown-ca',
      'private-ca',
      {
        cause: 'the CA in --dex-certificate-authority is not the one that signed the certificate',
        fix: asAdministrator,
      },
    ],
    [
      'no CA for the IdP',
      () => ({
        connector: dexConnectors.keycloak,
        without: [dexCa],
        args: [
          `--idp-issuer-url=${servers.keycloak.issuer}`,
          `--idp-client-id=${keycloakClients.basic.id}`,
        ],
        env: { DEXCHANGE_IDP_CLIENT_SECRET: keycloakClients.basic.secret },
      }),
      'tls-unknown-ca',
      'private-ca',
      {
        cause: 'the certificate is signed by a private CA, which this machine does not trust',
        fix: `save the CA of ${new URL(servers.keycloak.issuer).host} to a file, and set --dex-certificate-authority to it`,
      },
    ],
    [
      'another CA for the API server in the kubeconfig',
      async () => {
        const path = await writeKubeconfig(await servers.folder('kubeconfig'), {
          server: servers.kubernetes.url,
          caFile: otherCa,
          command,
          args: ['get-token', '--connector-id=gitlab'],
        });
        return { args: [`--kubeconfig=${path}`], without: ['--server'] };
      },
      'tls-unknown-ca',
      'private-ca',
      {
        cause:
          'the cluster in the kubeconfig names another CA than the one that signed the certificate',
        fix: `set certificate-authority-data of the cluster in the kubeconfig to the CA of ${servers.kubernetes.url}`,
      },
    ],
  ])('%s', async (...setup) => isBroken(setup));
});

describe('the network', () => {
  let forbids: ForwardProxy;
  let asks: ForwardProxy;
  let gone: ForwardProxy;
  beforeAll(async () => {
    forbids = await startProxy({ refuse: 403 });
    asks = await startProxy({ refuse: 407 });
    gone = await startProxy();
    await gone.close();
  });
  afterAll(async () => {
    await forbids.close();
    await asks.close();
  });
  // Requests to this machine go to no proxy.
  const through = ({ url }: ForwardProxy): Call => ({
    args: ['--dex-url=https://dex.example.com/'],
    env: { HTTPS_PROXY: url },
  });

  test.each<Setup>([
    [
      'Dex is down',
      () => ({ args: ['--dex-url=https://127.0.0.1:9/'] }),
      'unreachable',
      'wrong-port',
      {
        cause:
          'the server does not listen on this port: host or port is wrong, or the server is down',
        fix: 'check the host and port in --dex-url, and whether the server is running',
      },
    ],
    [
      'a name that does not exist',
      () => ({ args: ['--dex-url=https://dex.nowhere.invalid/'] }),
      'unreachable',
      'name',
      {
        cause: 'the name dex.nowhere.invalid does not resolve on this machine',
        fix: 'check the host in --dex-url, and the DNS of this machine',
      },
    ],
    [
      'a proxy that forbids Dex',
      () => through(forbids),
      'proxy',
      'denied',
      {
        cause: 'the proxy does not allow connections to dex.example.com',
        fix: 'ask the administrator of the proxy to allow dex.example.com, or, if this machine can reach it directly, add dex.example.com to the variable NO_PROXY',
      },
    ],
    [
      'a proxy that requires a password',
      () => through(asks),
      'proxy',
      'login',
      {
        cause: 'the proxy requires a user name and password',
        fix: 'add them to HTTPS_PROXY: http://user:password@host:port',
      },
    ],
    [
      'a proxy that is down',
      () => through(gone),
      'proxy',
      'down',
      {
        cause: 'the proxy is down, or its address is wrong',
        fix: 'correct the variable that the message names, or unset it if this machine needs no proxy',
      },
    ],
  ])('%s', async (...setup) => isBroken(setup));
});

describe('a GitLab job', () => {
  const inGitlab = (more: Readonly<Record<string, string>> = {}) => ({
    SUBJECT_TOKEN: undefined,
    GITLAB_CI: 'true',
    ...more,
  });
  const isMissing = {
    cause: 'GITLAB_OIDC_TOKEN is not set',
    fix: 'add to the job: id_tokens: { GITLAB_OIDC_TOKEN: { aud: ',
  };

  test.each<Setup>([
    [
      'without id_tokens',
      () => ({ env: inGitlab() }),
      'no-identity-token',
      'job-asks-for-none',
      isMissing,
    ],
    [
      'without the variable that the call names',
      () => ({ args: ['--subject-token-env=GITLAB_OIDC_TOKEN'], env: inGitlab() }),
      'no-identity-token',
      'not-set',
      {
        cause: 'variable GITLAB_OIDC_TOKEN from --subject-token-env is not set',
        fix: 'in GitLab CI it must be listed in id_tokens',
      },
    ],
    [
      'that passes the name of a variable that it does not have',
      () => ({ env: inGitlab({ SUBJECT_TOKEN: '$GITLAB_OIDC_TOKEN' }) }),
      'variable-not-expanded',
      'no-id-token',
      {
        cause: 'the job does not request the identity token whose variable the value names',
        fix: 'add the variable to id_tokens: of the job',
      },
    ],
  ])('%s', async (...setup) => isBroken(setup));
});

describe('a binary that does not start', () => {
  interface Binary {
    readonly text: string;
    readonly mode: number;
  }
  const ofOtherLoader = { text: '#!/lib/ld-linux-of-another-system.so.2\n', mode: 0o755 };
  const ofOtherMachine = { text: '\u007fELF of another machine', mode: 0o755 };
  const withoutMode = { text: '', mode: 0o644 };

  // --explain cannot run here, so the page quotes the error messages.
  test.each<[string, Binary | undefined, 'by name' | 'by path', string]>([
    [
      'because its loader is missing, as on Alpine',
      ofOtherLoader,
      'by name',
      'no such file or directory',
    ],
    ['because it is for another architecture', ofOtherMachine, 'by name', 'exec format error'],
    ['because it is not executable', withoutMode, 'by path', 'permission denied'],
    ['because it is not executable', withoutMode, 'by name', 'executable dexchange not found'],
    ['because it is not in PATH', undefined, 'by name', 'executable dexchange not found'],
  ])('%s', async (_what, binary, how, reason) => {
    const folder = await servers.folder('bin');
    const path = join(folder, 'dexchange');
    if (binary !== undefined) await writeFile(path, binary.text, { mode: binary.mode });
    const kubeconfig = await writeKubeconfig(folder, {
      server: servers.kubernetes.url,
      caFile: servers.kubernetes.caFile,
      command: how === 'by name' ? 'dexchange' : path,
      args: ['get-token'],
    });
    const { HOME, KUBECACHEDIR } = await servers.cleanEnvironment();
    const env = { HOME, KUBECACHEDIR, PATH: `${folder}:/usr/bin:/bin` };
    const ran = await servers.kubectl(['get', 'ns'], { kubeconfig, env });
    const [, said = ''] = /^Unable .*: getting credentials: (.*)$/m.exec(ran.stderr) ?? [];
    expect(said).toContain(reason);
    const page = await readFile(join(import.meta.dirname, '../../docs/troubleshooting.md'), 'utf8');
    expect(page).toContain(said.replace(folder, '/usr/local/bin'));
  });
});

describe('permissions', () => {
  const asStranger = (groups: readonly string[]) =>
    servers.mint({
      groups,
      claims: { user_email: 'stranger@example.com', groups_direct: undefined },
    });
  const isLost =
    'groups of the identity token are lost at Dex, and the rules may be for them: deployers (claim groups)';

  test.each<Setup>([
    [
      'no rule for the user',
      async () => ({ token: await asStranger([]) }),
      'api-no-permissions',
      'no-rule',
      {
        cause: 'no authorization rule is for user stranger@example.com',
        fix: 'ask a cluster administrator to run dexchange manifests token-exchange --client-name ci-token-exchange --client-namespace d8-user-authn --user stranger@example.com --access-level User --rule-name ci-stranger-example-com | d8 k apply -f - with another --access-level if the job needs more',
      },
    ],
    [
      'no rule for the user, and a client that is no DexClient',
      async () => ({
        token: await asStranger([]),
        args: [`--client-id=${dexClients.kubernetes.id}`, '--can-i=create deployments.apps'],
        env: { DEXCHANGE_CLIENT_SECRET: dexClients.kubernetes.secret },
      }),
      'api-forbidden',
      'rbac',
      {
        cause: 'no authorization rule allows it for user stranger@example.com',
        fix: 'ask a cluster administrator to run kubectl create clusterrolebinding ci-stranger-example-com --clusterrole edit --user stranger@example.com with another --clusterrole if the job needs more',
      },
    ],
    [
      'a connector that drops the groups',
      async () => ({
        token: await asStranger(['deployers']),
        connector: dexConnectors.gitlabWithoutGroups,
      }),
      'api-no-permissions',
      'groups-lost',
      {
        cause: isLost,
        fix: 'set claimMapping.groups: groups in DexProvider gitlab-without-groups; in a plain Dex, set insecureEnableGroups: true on the connector',
      },
    ],
    [
      'a connector that drops the groups, for an action that they allow',
      async () => ({
        token: await asStranger(['deployers']),
        connector: dexConnectors.gitlabWithoutGroups,
        args: ['--can-i=list namespaces'],
      }),
      'api-forbidden',
      'groups-lost',
      {
        cause: isLost,
        fix: 'set claimMapping.groups: groups in DexProvider gitlab-without-groups',
      },
    ],
    [
      'a scope without groups',
      async () => ({
        token: await asStranger(['deployers']),
        args: ['--scope=openid profile email'],
      }),
      'api-no-permissions',
      'groups-lost',
      { cause: isLost, fix: 'add groups to --scope: Dex issues no groups without it' },
    ],
  ])('%s', async (...setup) => isBroken(setup));
});
