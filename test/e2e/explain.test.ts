import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Report } from '../../src/explain/report.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { parsedReport } from '../support/report-schema.ts';
import { runInTerminal, withoutColors } from '../support/terminal-capture.ts';
import { connectServers, run } from './harness/client.ts';
import { type DexAddress, dexClients } from './harness/dex.ts';
import { keycloakClients } from './harness/keycloak-realm.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const command = resolve(import.meta.dirname, '../../dist/dexchange');
const examples = new Map<string, string>();

interface Call {
  readonly dex?: DexAddress;
  readonly server?: string;
  /** Default: the id_token of a GitLab job. */
  readonly token?: string;
  readonly connector?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly home?: string;
  /** Default: the binary. */
  readonly program?: readonly [string, ...string[]];
}

async function commandLine(call: Call): Promise<{ args: string[]; env: NodeJS.ProcessEnv }> {
  const dex = call.dex ?? servers.dex;
  const replaced = new Set((call.args ?? []).map((arg) => arg.split('=')[0]));
  const base = [
    `--dex-url=${dex.issuer}`,
    `--dex-certificate-authority=${servers.tls.caFile}`,
    `--client-id=${dexClients.ci.id}`,
    `--connector-id=${call.connector ?? 'gitlab'}`,
    `--server=${call.server ?? servers.kubernetes.url}`,
  ];
  const needsToken = !(call.args ?? []).some((arg) => arg.startsWith('--idp-'));
  return {
    args: [
      'get-token',
      ...base.filter((arg) => !replaced.has(arg.split('=')[0])),
      ...(call.args ?? []),
    ],
    env: {
      PATH: process.env['PATH'],
      HOME: call.home ?? (await servers.folder('home')),
      DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
      ...(needsToken ? { SUBJECT_TOKEN: call.token ?? (await servers.mint()) } : {}),
      ...call.env,
    },
  };
}

/** Returns the report of a call, after checking that the exit code is the one of the verdict. */
async function explained(call: Call = {}): Promise<Report> {
  const { args, env } = await commandLine(call);
  const [program, ...first] = call.program ?? [command];
  const ran = await run(program, [...first, ...args, '--explain=json'], { env });
  expect(ran.stderr).toBe('');
  const report = parsedReport(ran.stdout);
  expect(ran.code).toBe(report.verdict.exitCode);
  if (report.verdict.status !== 'ok') {
    const text = [...first, ...args, '--explain'];
    checkHead((await run(program, text, { env })).stdout, report);
    const shown = await runInTerminal(program, text, { env: { ...env, NO_COLOR: undefined } });
    expect(shown.stdout).toContain('\u001b[');
    checkHead(withoutColors(shown.stdout), report);
  }
  return report;
}

/** The first lines of a report name the cause and the fix, for a reader of a log or a terminal. */
function checkHead(text: string, { verdict, diagnoses: [first] }: Report): void {
  const [head = ''] = text.split('\n\n');
  const lines = head.split('\n');
  expect(lines.length, head).toBeLessThanOrEqual(12);
  // Each command has its own line, which is not wrapped.
  for (const line of lines.filter((each) => !each.startsWith('    '))) {
    expect(line.length, head).toBeLessThanOrEqual(80);
  }
  expect(head).toMatch(verdict.status === 'failed' ? /^FAILED: / : /^WARNING: /);
  if (verdict.error !== null) expect(head.replaceAll(/\s+/g, ' ')).toContain(`(${verdict.error})`);
  expect(head).toMatch(/^fix: /m);
  const words = (line: string) => line.replaceAll('`', '').split(/\s+/).slice(0, 3).join(' ');
  const [cause] = first?.causes ?? [];
  expect(head.replaceAll(/\s+/g, ' '), JSON.stringify(first)).toContain(words(cause?.fix ?? ''));
}

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

/** Cases whose evidence does not distinguish the cause from a likelier one. */
const reallyLogged: Readonly<Record<string, string>> = {
  'a connector without token exchange': 'type',
};

describe('Dex denies', () => {
  test.each<[string, () => Call | Promise<Call>, string, string]>([
    [
      'a wrong secret',
      () => ({ env: { DEXCHANGE_CLIENT_SECRET: 'wrong' } }),
      'dex-client-refused',
      'secret-wrong',
    ],
    ['an unknown connector', () => ({ connector: 'nope' }), 'dex-connector', 'unknown'],
    [
      'a connector without token exchange',
      () => ({ connector: 'password' }),
      'dex-connector',
      'unknown',
    ],
    [
      'an id_token sent as access_token',
      () => ({ args: ['--subject-token-type=access_token'] }),
      'dex-subject-token-refused',
      'id-token-as-access-token',
    ],
    [
      'an expired token',
      async () => ({ token: await servers.mint({ kind: 'expired' }) }),
      'dex-subject-token-refused',
      'expired',
    ],
    [
      'a token that is not yet valid',
      async () => ({ token: await servers.mint({ kind: 'not-yet-valid' }) }),
      'dex-subject-token-refused',
      'not-yet-valid',
    ],
    [
      'a token signed by another key',
      async () => ({ token: await servers.mint({ kind: 'foreign-key' }) }),
      'dex-subject-token-refused',
      'other-key',
    ],
    [
      'a token without an email',
      async () => ({ token: await servers.mint({ kind: 'without-email' }) }),
      'dex-subject-token-refused',
      'no-email',
    ],
    [
      'a token without a user name',
      async () => ({ token: await servers.mint({ kind: 'without-user-login' }) }),
      'dex-subject-token-refused',
      'no-name',
    ],
    [
      'the token of another connector',
      () => ({ connector: 'keycloak' }),
      'dex-subject-token-refused',
      'issuer',
    ],
    ['an opaque token', () => ({ token: 'gho_abcdef' }), 'dex-subject-token-refused', 'opaque'],
    [
      'an access token without openid',
      () => keycloakCall(['--idp-scope=profile']),
      'dex-subject-token-refused',
      'without-openid',
    ],
    [
      'a client of Keycloak without an email',
      () => keycloakCall([], keycloakClients.withoutEmail),
      'dex-subject-token-refused',
      'no-email',
    ],
    [
      'an access token sent as an id_token to a connector that does not map it',
      async () => ({
        token: await servers.keycloakToken('openid'),
        connector: 'gitlab',
      }),
      'dex-subject-token-refused',
      'access-token-as-id-token',
    ],
    [
      'a client without the annotation',
      () => ({
        args: [`--client-id=${dexClients.untrusted.id}`],
        env: { DEXCHANGE_CLIENT_SECRET: dexClients.untrusted.secret },
      }),
      'dex-audience-untrusted',
      'annotation-missing',
    ],
    [
      'an unknown audience',
      () => ({ args: ['--audience=nobody'] }),
      'dex-audience-untrusted',
      'other-audience',
    ],
    [
      'http on its https port',
      () => ({ args: [`--dex-url=${servers.dex.issuer.replace('https:', 'http:')}`] }),
      'wrong-server',
      'http-port',
    ],
    [
      'a wrong path',
      () => ({ args: [`--dex-url=${servers.dex.issuer}dex`] }),
      'wrong-server',
      'issuer-path',
    ],
  ])('%s', async (what, call, rule, cause) => {
    const made = await call();
    const { result: report, log } = await written(servers.dex.logFile, () => explained(made));
    expect(report.verdict.status).toBe('failed');
    expect(ruleAndCause(report)).toEqual([rule, cause]);
    const logged = report.diagnoses[0]?.causes.filter((each) => each.log?.startsWith('Dex: "'));
    if (logged === undefined || logged.length === 0) return;
    // The cause quotes the line that Dex logged.
    const fits = logged.filter((each) => hasLine(log, each.log ?? ''));
    expect(
      fits.map(({ id }) => id),
      log,
    ).toContain(reallyLogged[what] ?? cause);
  });

  test('Keycloak denies a wrong client secret and an unknown client', async () => {
    const wrong = keycloakCall([], { id: keycloakClients.basic.id, secret: 'wrong' });
    expect(ruleAndCause(await explained(wrong))).toEqual(['idp-client-refused', 'secret']);
    const unknown = keycloakCall([], { id: 'nobody', secret: 'wrong' });
    expect(ruleAndCause(await explained(unknown))).toEqual([
      'idp-client-refused',
      'unknown-client',
    ]);
  });

  test('an unknown CA is reported', async () => {
    const { args, env } = await commandLine({});
    const without = args.filter((arg) => !arg.startsWith('--dex-certificate-authority'));
    const ran = await run(command, [...without, '--explain=json'], { env });
    expect(parsedReport(ran.stdout).verdict).toMatchObject({ rule: 'tls-unknown-ca', exitCode: 5 });
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
    dex = await servers.startDex({
      connectors: [
        { ...upstream, id: 'plain', name: 'Plain' },
        {
          ...upstream,
          id: 'far',
          name: 'Far',
          config: { ...upstream.config, issuer: 'https://127.0.0.1:9/' },
        },
      ],
      config: { continueOnConnectorFailure: true },
    });
  });

  test('without getUserInfo, Dex rejects an access token', async () => {
    const report = await explained({ ...keycloakCall([]), dex, connector: 'plain' });
    expect(ruleAndCause(report)).toEqual(['dex-subject-token-refused', 'no-get-user-info']);
  });

  test('with getUserInfo, userinfo rejects an id_token', async () => {
    const answer = await servers.keycloakAnswer('openid');
    const { id_token: token } = answer.json() as { id_token?: string };
    if (token === undefined) throw new Error('Keycloak gave no id_token');
    const report = await explained({ dex, connector: 'keycloak', token });
    expect(ruleAndCause(report)).toEqual([
      'dex-subject-token-refused',
      'userinfo-refuses-id-token',
    ]);
  });

  test('an unreachable IdP is among the causes', async () => {
    const report = await explained({ dex, connector: 'far' });
    expect(report.verdict.rule).toBe('dex-connector');
    expect(report.diagnoses[0]?.causes.map(({ id }) => id)).toContain('idp-unreachable');
  });
});

describe('the API server rejects', () => {
  test.each<[string, () => Call | Promise<Call>, string]>([
    [
      'a token for the client only',
      () => ({
        args: [`--scope=openid profile email groups audience:server:client_id:${dexClients.ci.id}`],
      }),
      'audience',
    ],
    ['a token without a name', () => ({ args: ['--scope=openid email groups'] }), 'no-name'],
    ['a token without an email', () => ({ args: ['--scope=openid profile groups'] }), 'no-email'],
    [
      'an email that is not verified',
      async () => ({ token: await servers.mint({ claims: { email_verified: false } }) }),
      'email-unverified',
    ],
    [
      'a reserved user',
      async () => ({ token: await servers.mint({ claims: { user_email: 'system:admin' } }) }),
      'reserved-user',
    ],
    [
      'a reserved group',
      async () => ({ token: await servers.mint({ groups: ['system:masters'] }) }),
      'reserved-group',
    ],
  ])('%s', async (_what, call, cause) => {
    const made = await call();
    const { result: report, log } = await written(servers.kubernetes.logFile, () =>
      explained(made),
    );
    expect(hasLine(log, report.diagnoses[0]?.causes[0]?.log ?? ''), log).toBe(true);
    // The plain run succeeds, because it does not ask the API server.
    expect(report.verdict).toMatchObject({ status: 'failed', exitCode: 0 });
    expect(ruleAndCause(report)).toEqual(['api-unauthorized', cause]);
  });

  test('an action that no rule allows, and the report names user and groups', async () => {
    const report = await explained({
      token: await servers.mint({ groups: ['testers'] }),
      args: ['--can-i=delete namespaces'],
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
    expect((await explained(call)).verdict.status).toBe('ok');

    await dex.restart();
    // The cached token is signed by the former keys, which the API server still has.
    expect((await explained(call)).verdict.status).toBe('ok');
    const fresh = { ...call, args: ['--no-cache'] };
    expect(ruleAndCause(await explained(fresh))).toEqual(['api-unauthorized', 'stale-keys']);
    await keepExample('Dex was restarted with new keys', call);

    await kubernetes.restart();
    expect((await explained(fresh)).verdict.status).toBe('ok');
    expect(ruleAndCause(await explained(call))).toEqual(['api-unauthorized', 'key-lost']);
  });

  test('tokens of a Dex that it does not trust', async () => {
    const report = await explained({ dex: await servers.startDex() });
    expect(report.verdict.rule).toBe('api-unauthorized');
    expect(report.diagnoses[0]?.causes.map(({ id }) => id)).toContain('issuer');
  });

  test('nothing if it is unreachable', async () => {
    const report = await explained({ server: 'https://127.0.0.1:9' });
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
  const report = await explained({ program: [process.execPath, '--import', shift, main] });
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
