import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Report } from '../../src/explain/report.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { parsedReport } from '../support/report-schema.ts';
import { type Call, command, explainer, type Words } from './explained-call.ts';
import { connectServers, run } from './harness/client.ts';
import { type DexAddress, dexClients } from './harness/dex.ts';
import { keycloakClients } from './harness/keycloak-realm.ts';
import { asAdmin } from './harness/kubernetes.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const { commandLine, explained, broken } = explainer(servers);
const examples = new Map<string, string>();

/** Keeps the text form of a report for docs/explain.md. */
async function keepExample(title: string, call: Call): Promise<void> {
  if (!process.env['DEXCHANGE_WRITE_EXAMPLES']) return;
  const { args, env } = await commandLine(call);
  const ran = await run(command, [...args, '--explain', '--no-cache'], { env });
  // Docs must not contain the paths of this machine.
  examples.set(title, ran.stdout.replaceAll(servers.workFolder, '/run/ci'));
}

afterAll(async () => {
  if (examples.size < 6) return;
  const page = resolve(import.meta.dirname, '../../docs/explain.md');
  const text = await readFile(page, 'utf8');
  const [head = ''] = text.split('<!-- examples -->');
  const parts = [...examples].map(([title, report]) => `### ${title}\n\n\`\`\`\n${report}\`\`\`\n`);
  await writeFile(page, `${head}<!-- examples -->\n\n${parts.join('\n')}`);
});

/**
 * Whether a log contains a line that a rule quotes: the same words in the same order. An ellipsis
 * matches any text, and `or` separates alternatives.
 */
function hasLine(log: string, quoted: string): boolean {
  const plain = (text: string) => text.replaceAll(/[\\"]/g, '');
  const [, ...alternatives] = /^[^:]+: (.*?)(?: or (".*))?$/.exec(quoted) ?? [];
  const [first = '', second] = alternatives;
  const message = /"([^"]+)"/.exec(first)?.[1] ?? '';
  const all = second === undefined ? [first] : [first, `"${message}" ${second}`];
  const lines = plain(log).split('\n');
  return all.some((wanted) => {
    const words = plain(wanted.replace(/ \(the signature.*?\)/, ''))
      .split(/…|, err=|err=| with /)
      .map((piece) => piece.trim())
      .filter((piece) => piece !== '');
    return lines.some((line) => {
      let from = 0;
      return words.every((word) => {
        const at = line.indexOf(word, from);
        from = at + word.length;
        return at >= 0;
      });
    });
  });
}

/** Returns what a server writes to its log while `work` runs. */
async function written<T>(
  file: string,
  work: () => Promise<T>,
): Promise<{ result: T; log: string }> {
  const before = (await readFile(file, 'utf8')).length;
  const result = await work();
  // The server may write to its log after its response.
  await new Promise((done) => setTimeout(done, 100));
  return { result, log: (await readFile(file, 'utf8')).slice(before) };
}

function ruleAndCause(report: Report) {
  const [first] = report.diagnoses;
  return [report.verdict.rule, first?.causes[0]?.id];
}

describe('a successful run', () => {
  test('is checked at the API server', async () => {
    const report = await explained({
      token: await servers.mint({ groups: ['deployers'] }),
      args: ['--can-i=get namespaces'],
    });
    expect(report.verdict).toMatchObject({ status: 'ok', exitCode: 0, rule: null });
    expect(report.steps[6]).toMatchObject({
      name: 'kubernetes',
      status: 'ok',
      user: { username: 'deployer@example.com', groups: expect.arrayContaining(['deployers']) },
      access: [{ verb: 'get', resource: 'namespaces', allowed: true }],
      clocks: [
        { server: 'Dex', aheadSeconds: expect.any(Number) },
        { server: 'the Kubernetes API', aheadSeconds: expect.any(Number) },
      ],
    });
  });

  test('with Keycloak shows the requests to the IdP', async () => {
    const report = await explained({
      connector: 'keycloak',
      args: [
        `--idp-issuer-url=${servers.keycloak.issuer}`,
        `--idp-client-id=${keycloakClients.basic.id}`,
      ],
      env: { DEXCHANGE_IDP_CLIENT_SECRET: keycloakClients.basic.secret },
    });
    expect(report.verdict.status).toBe('ok');
    expect(report.steps[1]).toMatchObject({
      requests: [{ answer: { status: 200 } }, { answer: { status: 200 } }],
    });
  });
});

describe('Dex denies', () => {
  test.each<[string, () => Call | Promise<Call>, string, string, Words]>([
    [
      'a wrong secret',
      () => ({ env: { DEXCHANGE_CLIENT_SECRET: 'wrong' } }),
      'dex-client-refused',
      'secret-wrong',
      {
        cause: 'the client secret is wrong',
        fix: "store the current secret in the CI variable or file; a cluster administrator sees it with d8 k -n d8-user-authn get secret dex-client-ci-token-exchange -o jsonpath='{.data.clientSecret}' | base64 -d",
      },
    ],
    [
      'an unknown client',
      () => ({ args: ['--client-id=dex-client-misspelt@d8-user-authn'] }),
      'dex-client-refused',
      'client-unknown',
      {
        cause: 'this Dex has no DexClient misspelt in namespace d8-user-authn',
        fix: 'correct --client-id',
      },
    ],
    [
      'the name of a DexClient instead of its client id',
      () => ({ args: ['--client-id=ci-token-exchange'] }),
      'dex-client-refused',
      'client-id-form',
      {
        cause: 'the client id does not have the form of a DexClient',
        fix: 'set --client-id to dex-client-NAME@NAMESPACE',
      },
    ],
    [
      'an unknown connector',
      () => ({ connector: 'nope' }),
      'dex-connector',
      'unknown',
      {
        cause: 'there is no DexProvider nope',
        fix: 'set --connector-id to the name of a DexProvider, not its displayName (gitlab, ',
      },
    ],
    [
      'a connector without token exchange',
      () => ({ connector: 'password' }),
      'dex-connector',
      'type',
      {
        cause: 'the type of DexProvider password does not support token exchange; only OIDC does',
        fix: 'create a DexProvider of type OIDC',
      },
    ],
    [
      'an id_token sent as access_token',
      () => ({ args: ['--subject-token-type=access_token'] }),
      'dex-subject-token-refused',
      'id-token-as-access-token',
      {
        cause: 'the token is an id_token, but is sent as access_token',
        fix: 'remove --subject-token-type, or set it to id_token',
      },
    ],
    [
      'an expired token',
      async () => ({ token: await servers.mint({ kind: 'expired' }) }),
      'dex-subject-token-refused',
      'expired',
      { cause: 'the identity token has expired', fix: 'set the variable to a fresh token' },
    ],
    [
      'the expired token of a GitLab job',
      async () => ({
        env: {
          SUBJECT_TOKEN: undefined,
          GITLAB_CI: 'true',
          GITLAB_OIDC_TOKEN: await servers.mint({ kind: 'expired' }),
        },
      }),
      'dex-subject-token-refused',
      'expired',
      {
        cause: 'the identity token has expired',
        fix: 'call dexchange earlier in the job',
      },
    ],
    [
      'a token that is not yet valid',
      async () => ({ token: await servers.mint({ kind: 'not-yet-valid' }) }),
      'dex-subject-token-refused',
      'not-yet-valid',
      {
        cause: 'the clock of the IdP is ahead of the clock of Dex',
        fix: 'synchronize the clocks of IdP and cluster with NTP',
      },
    ],
    [
      'a token signed by another key',
      async () => ({ token: await servers.mint({ kind: 'foreign-key' }) }),
      'dex-subject-token-refused',
      'other-key',
      {
        cause: 'the token is not signed by any key that its issuer publishes',
        fix: 'get a new token',
      },
    ],
    [
      'a token without an email',
      async () => ({ token: await servers.mint({ kind: 'without-email' }) }),
      'dex-subject-token-refused',
      'no-email',
      {
        cause: 'the token has no claim that the connector uses as email',
        fix: 'set claimMapping.email of the DexProvider to a claim that the token has',
      },
    ],
    [
      'a token without a user name',
      async () => ({ token: await servers.mint({ kind: 'without-user-login' }) }),
      'dex-subject-token-refused',
      'no-name',
      {
        cause: 'the token has no claim that the connector uses as user name',
        fix: 'set userNameKey of the DexProvider to a claim that the token has',
      },
    ],
    [
      'the token of another connector',
      () => ({ connector: 'keycloak' }),
      'dex-subject-token-refused',
      'issuer',
      {
        cause: "connector keycloak is for another issuer than the token's",
        fix: `set --connector-id to the connector for ${servers.gitlab.issuer}`,
      },
    ],
    [
      'an opaque token',
      () => ({ token: 'gho_abcdef' }),
      'dex-subject-token-refused',
      'opaque',
      { cause: 'the token is sent as id_token, but is not a JWT', fix: 'send an id_token' },
    ],
    [
      'an access token without openid',
      () => keycloakCall(['--idp-scope=profile']),
      'dex-subject-token-refused',
      'without-openid',
      {
        cause: 'the access token was requested without the scope openid',
        fix: 'set --idp-scope openid',
      },
    ],
    [
      'a client of Keycloak without an email',
      () => keycloakCall([], keycloakClients.withoutEmail),
      'dex-subject-token-refused',
      'no-email',
      {
        cause: 'the token has no claim that the connector uses as email',
        fix: 'in Keycloak, give the user of the service account a verified email address',
      },
    ],
    [
      'an access token sent as an id_token to a connector that does not map it',
      async () => ({
        token: await servers.keycloakToken('openid'),
        connector: 'gitlab',
      }),
      'dex-subject-token-refused',
      'access-token-as-id-token',
      {
        cause: 'the token is an access token, but is sent as id_token',
        fix: 'set --subject-token-type access_token',
      },
    ],
    [
      'a client without the annotation',
      () => ({
        args: [`--client-id=${dexClients.untrusted.id}`],
        env: { DEXCHANGE_CLIENT_SECRET: dexClients.untrusted.secret },
      }),
      'dex-audience-untrusted',
      'annotation-missing',
      {
        cause: 'the DexClient lacks the annotation that allows access to Kubernetes',
        fix: 'ask a cluster administrator to run d8 k -n d8-user-authn annotate --overwrite dexclient untrusted dexclient.deckhouse.io/allow-access-to-kubernetes=true',
      },
    ],
    [
      'an unknown audience',
      () => ({ args: ['--audience=nobody'] }),
      'dex-audience-untrusted',
      'other-audience',
      {
        cause: 'Dex has no client nobody',
        fix: 'remove --audience (nobody), or set it to kubernetes',
      },
    ],
    [
      'http on its https port',
      () => ({ args: [`--dex-url=${servers.dex.issuer.replace('https:', 'http:')}`] }),
      'wrong-server',
      'http-to-https',
      {
        cause: 'the URL begins with http://, but the server requires https',
        fix: 'write https:// instead of http:// in --dex-url',
      },
    ],
    [
      'a wrong path',
      () => ({ args: [`--dex-url=${servers.dex.issuer}dex`] }),
      'wrong-server',
      'issuer-path',
      {
        cause: 'the URL is not that of the issuer: extra path or slash',
        fix: 'set --dex-url to the issuer, https://HOST/; a cluster administrator sees the host with d8 k -n d8-user-authn get ingress dex or with d8 k -n d8-user-authn get httproute dex',
      },
    ],
    [
      'the address of the Kubernetes API',
      () => ({ args: [`--dex-url=${servers.kubernetes.url}`] }),
      'wrong-server',
      'kubernetes-api',
      {
        cause: 'is the address of the Kubernetes API, not of Dex',
        fix: 'set --dex-url to the issuer of Dex, https://HOST/',
      },
    ],
  ])('%s', async (_what, call, rule, cause, words) => {
    const made = await call();
    const { result: report, log } = await written(servers.dex.logFile, () => broken(made, words));
    expect(report.verdict.status).toBe('failed');
    expect(ruleAndCause(report)).toEqual([rule, cause]);
    const [first] = report.diagnoses[0]?.causes ?? [];
    if (first?.log?.startsWith('Dex: "') !== true) return;
    // The cause quotes the line that Dex logged.
    expect(hasLine(log, first.log), log).toBe(true);
  });

  test('Keycloak denies a wrong client secret and an unknown client', async () => {
    const wrong = keycloakCall([], { id: keycloakClients.basic.id, secret: 'wrong' });
    const words = {
      cause: 'the secret or key of --idp-client-id is wrong',
      fix: 'set --idp-client-secret-file (or its variable or command) to the current secret',
    };
    expect(ruleAndCause(await broken(wrong, words))).toEqual(['idp-client-refused', 'secret']);
    const unknown = keycloakCall([], { id: 'nobody', secret: 'wrong' });
    const others = { cause: 'the IdP has no such client', fix: 'correct --idp-client-id' };
    expect(ruleAndCause(await broken(unknown, others))).toEqual([
      'idp-client-refused',
      'unknown-client',
    ]);
  });
});

function keycloakCall(
  args: readonly string[],
  client: { readonly id: string; readonly secret: string } = keycloakClients.basic,
): Call {
  return {
    connector: 'keycloak',
    args: [`--idp-issuer-url=${servers.keycloak.issuer}`, `--idp-client-id=${client.id}`, ...args],
    env: { DEXCHANGE_IDP_CLIENT_SECRET: client.secret },
  };
}

describe('other configurations of connectors', () => {
  let dex: DexAddress;
  beforeAll(async () => {
    const upstream = {
      type: 'oidc',
      config: {
        issuer: servers.keycloak.issuer,
        clientID: 'dex',
        clientSecret: 'x',
        redirectURI: 'https://127.0.0.1/callback',
        rootCAs: [servers.tls.caFile],
        userNameKey: 'preferred_username',
      },
    };
    const ofGitlab = {
      ...upstream.config,
      issuer: servers.gitlab.issuer,
      userNameKey: 'user_login',
      insecureSkipEmailVerified: true,
    };
    dex = await servers.startDex({
      connectors: [
        { ...upstream, id: 'plain', name: 'Plain' },
        {
          ...upstream,
          id: 'far',
          name: 'Far',
          config: { ...upstream.config, issuer: 'https://127.0.0.1:9/' },
        },
        {
          ...upstream,
          id: 'gitlab-of-others',
          name: 'Others',
          config: {
            ...ofGitlab,
            claimMapping: { email: 'user_email', groups: 'namespace_path' },
            insecureEnableGroups: true,
            allowedGroups: ['others'],
          },
        },
        { ...upstream, id: 'gitlab-as-is', name: 'As is', config: ofGitlab },
      ],
      config: { continueOnConnectorFailure: true },
    });
  });

  test('without getUserInfo, Dex rejects an access token', async () => {
    const words = {
      cause: 'the connector does not use userinfo, which an access_token requires',
      fix: 'set spec.oidc.getUserInfo: true on the DexProvider',
    };
    const report = await broken({ ...keycloakCall([]), dex, connector: 'plain' }, words);
    expect(ruleAndCause(report)).toEqual(['dex-subject-token-refused', 'no-get-user-info']);
  });

  test('with getUserInfo, userinfo rejects an id_token', async () => {
    const answer = await servers.keycloakAnswer('openid');
    const { id_token: token } = answer.json() as { id_token?: string };
    if (token === undefined) throw new Error('Keycloak gave no id_token');
    const words = {
      cause: 'the connector has getUserInfo: true, and userinfo rejects an id_token',
      fix: 'send the access token with --subject-token-type access_token',
    };
    const report = await broken({ dex, connector: 'keycloak', token }, words);
    expect(ruleAndCause(report)).toEqual([
      'dex-subject-token-refused',
      'userinfo-refuses-id-token',
    ]);
  });

  test('an unreachable IdP', async () => {
    const words = {
      cause: 'Dex cannot reach the IdP of DexProvider far',
      fix: 'allow connections from the cluster to the IdP',
    };
    const report = await broken({ dex, connector: 'far' }, words);
    expect(ruleAndCause(report)).toEqual(['dex-connector', 'idp-unreachable']);
  });

  test('a project whose groups are not allowed', async () => {
    const words = {
      cause: 'connector gitlab-of-others only allows groups that this token does not have',
      fix: 'ask a cluster administrator to add a group that only your project has to allowedGroups of the DexProvider; removing allowedGroups is safe only for an issuer whose projects may all use the cluster',
    };
    const { result: report, log } = await written(dex.logFile, () =>
      broken({ dex, connector: 'gitlab-of-others' }, words),
    );
    expect(ruleAndCause(report)).toEqual(['dex-subject-token-refused', 'allowed-groups']);
    expect(hasLine(log, report.diagnoses[0]?.causes[0]?.log ?? ''), log).toBe(true);
  });

  test('a DexProvider that maps no email', async () => {
    const words = {
      cause: 'the connector does not map a claim of the token to email',
      fix: 'set claimMapping.email of the DexProvider to a claim of the token: user_email for GitLab',
      isAlternative: true,
    };
    const { result: report, log } = await written(dex.logFile, () =>
      broken({ dex, connector: 'gitlab-as-is' }, words),
    );
    const [allowed, unmapped] = report.diagnoses[0]?.causes ?? [];
    // Dex denies both in the same words, and does not tell the settings of its connectors.
    expect([allowed?.id, unmapped?.id]).toEqual(['allowed-groups', 'email-not-mapped']);
    expect(hasLine(log, unmapped?.log ?? ''), log).toBe(true);
  });
});

describe('the API server rejects', () => {
  test.each<[string, () => Call | Promise<Call>, string, Words]>([
    [
      'a token for the client only',
      () => ({
        args: [`--scope=openid profile email groups audience:server:client_id:${dexClients.ci.id}`],
      }),
      'audience',
      {
        cause: 'the token is for a different audience than the one that the API server accepts',
        fix: `remove audience:server:client_id:${dexClients.ci.id} from --scope`,
      },
    ],
    [
      'a token without a name',
      () => ({ args: ['--scope=openid email groups'] }),
      'no-name',
      { cause: 'the token has no name claim', fix: 'add profile to --scope' },
    ],
    [
      'a token without an email',
      () => ({ args: ['--scope=openid profile groups'] }),
      'no-email',
      { cause: 'the token has no email claim', fix: 'add email to --scope' },
    ],
    [
      'an email that is not verified',
      async () => ({ token: await servers.mint({ claims: { email_verified: false } }) }),
      'email-unverified',
      {
        cause: 'the email address in the token is not verified',
        fix: 'verify the address in the IdP',
      },
    ],
    [
      'a reserved user',
      async () => ({ token: await servers.mint({ claims: { user_email: 'system:admin' } }) }),
      'reserved-user',
      {
        cause: 'the user name begins with system:, which Kubernetes reserves',
        fix: 'set claimMapping.email of the DexProvider to a claim that does not begin with system:',
      },
    ],
    [
      'a reserved group',
      async () => ({ token: await servers.mint({ groups: ['system:masters'] }) }),
      'reserved-group',
      {
        cause: 'a group name begins with system:, which Kubernetes reserves',
        fix: 'rename the group in the IdP, or remove groups from --scope',
      },
    ],
  ])('%s', async (_what, call, cause, words) => {
    const made = await call();
    const { result: report, log } = await written(servers.kubernetes.logFile, () =>
      broken(made, words),
    );
    expect(hasLine(log, report.diagnoses[0]?.causes[0]?.log ?? ''), log).toBe(true);
    // The plain run succeeds, because it does not ask the API server.
    expect(report.verdict).toMatchObject({ status: 'failed', exitCode: 0 });
    expect(ruleAndCause(report)).toEqual(['api-unauthorized', cause]);
  });

  test('an action that no rule allows, and the report names user and groups', async () => {
    const call = {
      token: await servers.mint({ groups: ['testers'] }),
      args: ['--can-i=delete namespaces'],
    };
    const report = await broken(call, {
      cause:
        'no authorization rule allows it for user deployer@example.com or the groups testers, system:authenticated',
      fix: 'ask a cluster administrator to run dexchange manifests token-exchange --client-name ci-token-exchange --client-namespace d8-user-authn --user deployer@example.com --access-level Editor --rule-name ci-deployer-example-com | d8 k apply -f -',
    });
    expect(ruleAndCause(report)).toEqual(['api-forbidden', 'rbac']);
    expect(report.verdict.summary).toContain(
      'user deployer@example.com is not allowed to delete namespaces',
    );
    expect(report.diagnoses[0]?.causes[0]?.cause).toContain('testers');
  });

  test('tokens of a Dex that was restarted with new keys', async () => {
    const dex = await servers.startDex({ idTokens: '1h' });
    const issuer = { issuer: dex.issuer, caPem: dex.caPem };
    const token = async () =>
      await servers.exchangedToken({ subjectToken: await servers.mint() }, dex);
    const kubernetes = await servers.startKubernetes([{ ...issuer, token }]);
    const home = await servers.folder('home');
    const subject = await servers.mint();
    const call: Call = { dex, server: kubernetes.url, token: subject, home };
    await explained(call);

    await dex.restart();
    // The cached token is signed by the former keys, which the API server still has.
    await explained(call);
    const fresh = { ...call, args: ['--no-cache'] };
    const stale = {
      cause: "the API server still uses Dex's former keys: Dex has restarted with new ones",
      fix: 'wait up to 10 minutes or restart kube-apiserver, which caches the keys',
    };
    expect(ruleAndCause(await broken(fresh, stale))).toEqual(['api-unauthorized', 'stale-keys']);
    await keepExample('Dex was restarted with new keys', call);

    await kubernetes.restart();
    await explained(fresh);
    const lost = {
      cause: 'the token is signed by a key that Dex has lost',
      fix: 'run dexchange cache clear then wait up to 10 minutes or restart kube-apiserver',
    };
    expect(ruleAndCause(await broken(call, lost))).toEqual(['api-unauthorized', 'key-lost']);
  });

  test('tokens of a Dex that it does not trust', async () => {
    const words = {
      cause: 'the API server trusts another issuer: the Dex of another cluster',
      fix: 'set --dex-url to the Dex of the same cluster',
      isAlternative: true,
    };
    const report = await broken({ dex: await servers.startDex() }, words);
    expect(report.verdict.rule).toBe('api-unauthorized');
    // The API server rejects both in the same words, and the hosts are the same.
    const [stale, issuer] = report.diagnoses[0]?.causes ?? [];
    expect([stale?.id, issuer?.id]).toEqual(['stale-keys', 'issuer']);
  });

  test('nothing if it is Dex', async () => {
    const report = await broken(
      { server: servers.dex.issuer },
      {
        cause: 'is the address of Dex, not of a Kubernetes API (it answers 404 with plain text)',
        fix: 'set --server to the URL of the Kubernetes API',
      },
    );
    expect(report.verdict.status).toBe('warning');
    expect(ruleAndCause(report)).toEqual(['api-odd-answer', 'not-kubernetes']);
  });

  test('an unknown resource with a Status, by which another server is told apart', async () => {
    const path = '/apis/authentication.k8s.io/v1/reviewsofthefuture';
    const answer = await asAdmin(servers.kubernetes, path);
    expect(answer.status).toBe(404);
    expect(answer.json()).toMatchObject({ kind: 'Status', code: 404 });
  });

  test('nothing if it is unreachable', async () => {
    const report = await broken(
      { server: 'https://127.0.0.1:9' },
      {
        cause:
          'the server does not listen on this port: host or port is wrong, or the server is down',
        fix: 'check the host and port in --server, and whether the server is running',
      },
    );
    expect(report.verdict).toMatchObject({ status: 'failed', rule: 'unreachable', exitCode: 0 });
  });
});

test.each([-3600, 3600])('a local clock that is off by %d s is a warning', async (seconds) => {
  const folder = await servers.folder('clock');
  const shift = join(folder, 'shift.mjs');
  await writeFile(
    shift,
    `const RealDate = Date; const by = ${seconds * 1000};
     globalThis.Date = class extends RealDate {
       constructor(...args) { if (args.length === 0) super(RealDate.now() + by); else super(...args); }
       static now() { return RealDate.now() + by; }
     };`,
  );
  const main = resolve(import.meta.dirname, '../../src/main.ts');
  const words = {
    cause: 'the clock of this machine is wrong',
    fix: 'synchronize the clock of this machine with NTP',
  };
  const report = await broken({ program: [process.execPath, '--import', shift, main] }, words);
  expect(report.verdict).toMatchObject({ status: 'warning', rule: 'clock', exitCode: 0 });
  expect(report.diagnoses[0]?.causes[0]?.id).toBe('local');
  const [dex] = report.steps[6]?.name === 'kubernetes' ? report.steps[6].clocks : [];
  expect(Math.abs((dex?.aheadSeconds ?? 0) + seconds)).toBeLessThan(5);
});

describe('a kubeconfig', () => {
  async function kubeconfigOf(more: { extension?: Record<string, unknown> } = {}) {
    const home = await servers.folder('home of a runner');
    const { url, caFile } = servers.kubernetes;
    const path = await writeKubeconfig(home, {
      server: url,
      caFile,
      command,
      args: [
        'get-token',
        `--dex-url=${servers.dex.issuer}`,
        `--dex-certificate-authority=${servers.tls.caFile}`,
        `--client-id=${dexClients.ci.id}`,
        '--subject-token-env=CI_TOKEN',
        ...(more.extension === undefined ? ['--connector-id=gitlab'] : []),
      ],
      env: { DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret },
      ...more,
    });
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      KUBECACHEDIR: join(home, 'kube-cache'),
      CI_TOKEN: await servers.mint(),
    };
    return { path, env };
  }

  test.each([
    ['--kubeconfig', true],
    ['KUBECONFIG', false],
  ])('named by %s is explained as kubectl runs it', async (_how, byFlag) => {
    const { path, env } = await kubeconfigOf({ extension: { connectorId: 'gitlab' } });
    const args = ['get-token', '--explain=json', ...(byFlag ? ['--kubeconfig', path] : [])];
    const ran = await run(command, args, {
      env: { ...env, ...(byFlag ? {} : { KUBECONFIG: path }) },
    });
    const report = parsedReport(ran.stdout);
    expect(report.verdict).toMatchObject({ status: 'ok', exitCode: 0 });
    expect(report.steps[0]).toMatchObject({ kubeconfig: `${path}, context ci` });
    expect(report.steps[6]).toMatchObject({ user: { username: 'deployer@example.com' } });
  });

  test('without provideClusterInfo is a warning, because its extension is ignored', async () => {
    const { path, env } = await kubeconfigOf({ extension: { connectorId: 'gitlab' } });
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('provideClusterInfo: true', 'provideClusterInfo: false'));
    const ran = await run(command, ['get-token', '--explain=json', '--kubeconfig', path], { env });
    const report = parsedReport(ran.stdout);
    expect(report.verdict).toMatchObject({ status: 'failed', rule: 'configuration', exitCode: 2 });
    expect(report.diagnoses.map(({ rule }) => rule)).toContain('kubeconfig-entry');
  });

  test('in kubectl, DEXCHANGE_EXPLAIN reports on stderr and kubectl succeeds', async () => {
    const { path, env } = await kubeconfigOf();
    const ran = await servers.kubectl(['get', 'ns', '-o', 'name'], {
      kubeconfig: path,
      env: { ...env, DEXCHANGE_EXPLAIN: '1' },
    });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('namespace/kube-system');
    expect(ran.stderr).toMatch(/^OK: .*deployer@example\.com/);
  });
});

test('the reports of five common cases are kept for the docs', async () => {
  await keepExample('A GitLab token that has expired', {
    token: await servers.mint({ kind: 'expired' }),
  });
  await keepExample('A wrong client secret', {
    env: { DEXCHANGE_CLIENT_SECRET: 'the-secret-of-another-client' },
  });
  await keepExample('The annotation of the DexClient is missing', {
    args: [`--client-id=${dexClients.untrusted.id}`],
    env: { DEXCHANGE_CLIENT_SECRET: dexClients.untrusted.secret },
  });
  await keepExample('A Keycloak token without openid', keycloakCall(['--idp-scope=profile']));
  await keepExample('The user is not allowed to do it', { args: ['--can-i=delete namespaces'] });
});
