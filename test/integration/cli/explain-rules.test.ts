import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createCa } from '../../support/certificates.ts';
import { type DexOptions, dexClients, startDex } from '../../support/dex.ts';
import { dexchange, freshFolder } from '../../support/dexchange.ts';
import { type RecordedRequest, startHttpServer } from '../../support/http-server.ts';
import { type Idp, startIdp } from '../../support/idp.ts';
import { parsedReport } from '../../support/report-schema.ts';

// Cases that real servers cannot produce quickly or at all; test/e2e has the others.

const [client] = dexClients;
let idp: Idp;
let home: string;

beforeAll(async () => {
  idp = await startIdp();
});
afterAll(() => idp.close());
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
});

interface Call {
  readonly dex?: DexOptions;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function explained({ dex: options = {}, args = [], env = {} }: Call) {
  const dex = await startDex({ idps: { gitlab: idp, keycloak: idp }, ...options });
  onTestFinished(dex.close);
  const given = new Set(args.map((arg) => arg.split('=')[0]));
  const base = [`--dex-url=${dex.url}/`, `--client-id=${client.id}`, '--connector-id=mock'].filter(
    (arg) => !given.has(arg.split('=')[0]),
  );
  const ended = await dexchange(['get-token', '--explain=json', ...base, ...args], {
    env: { HOME: home, DEXCHANGE_CLIENT_SECRET: client.secret, SUBJECT_TOKEN: 'any', ...env },
  });
  const report = parsedReport(ended.stdout);
  expect(ended.code).toBe(report.verdict.exitCode);
  return {
    report,
    rules: report.diagnoses.map(({ rule }) => rule),
    cause: report.diagnoses[0]?.causes[0]?.id,
    all: report.diagnoses[0]?.causes.map(({ id }) => id),
  };
}

function answering(status: number, error: string, description?: string): Call {
  const body = JSON.stringify({ error, error_description: description });
  return { dex: { misbehave: () => ({ kind: 'answer', status, body }) } };
}

function ofKubernetes(status: number, message: string): Call {
  const body = JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message });
  return { dex: { misbehave: () => ({ kind: 'answer', status, body }) } };
}

describe('Dex', () => {
  test.each<[string, Call, string, string]>([
    [
      'that does not support token exchange',
      { dex: { grantTypes: ['authorization_code'] } },
      'dex-grant-not-enabled',
      'grant-types',
    ],
    [
      'that cannot decode a Basic header',
      answering(400, 'invalid_request', 'client_id improperly encoded'),
      'dex-basic-unreadable',
      'rewritten',
    ],
    [
      'that received no subject token',
      answering(400, 'invalid_request', 'Missing subject_token'),
      'dex-subject-token-missing',
      'empty',
    ],
    [
      'that does not support a token type',
      answering(400, 'request_not_supported', 'Invalid subject_token_type.'),
      'dex-token-type',
      'type',
    ],
    [
      'that restricts connectors',
      answering(400, 'invalid_grant', 'Connector not allowed for this client.'),
      'dex-connector-refused',
      'allowed',
    ],
    [
      'that responds with an unknown error',
      answering(400, 'surprise', 'an unknown error'),
      'dex-refused',
      'other',
    ],
    ['without a backend', answering(503, 'x'), 'server-busy', 'restart'],
    [
      'that is the Kubernetes API',
      ofKubernetes(403, 'forbidden: User "system:anonymous" cannot post path "/token"'),
      'wrong-server',
      'kubernetes-api',
    ],
    [
      'that is a Kubernetes API without anonymous users',
      ofKubernetes(401, 'Unauthorized'),
      'wrong-server',
      'kubernetes-api',
    ],
    [
      'that redirects',
      {
        dex: {
          misbehave: () => ({
            kind: 'answer',
            status: 302,
            headers: { Location: 'https://login.example.com/' },
            body: '',
          }),
        },
      },
      'wrong-server',
      'https',
    ],
    [
      'whose tokens do not expire',
      { dex: { editClaims: (claims) => ({ ...claims, exp: undefined }) } },
      'dex-token-unusable',
      'not-dex',
    ],
  ])('%s', async (_what, call, rule, cause) => {
    const { report, cause: first } = await explained(call);
    expect(report.verdict).toMatchObject({ status: 'failed', rule });
    expect(first).toBe(cause);
  });

  test('whose certificate has expired', async () => {
    const ca = await createCa();
    const day = 86_400_000;
    const tls = await ca.issue({
      commonName: 'dex',
      hosts: ['127.0.0.1'],
      notBefore: new Date(Date.now() - 3 * day),
      notAfter: new Date(Date.now() - day),
    });
    const caFile = join(home, 'ca.crt');
    writeFileSync(caFile, ca.certPem);
    const { report, cause } = await explained({ dex: { tls }, args: [`--ca-file=${caFile}`] });
    expect(report.verdict.rule).toBe('tls-expired');
    expect(cause).toBe('expired');
  });

  test('that serves http although the URL has https', async () => {
    // The response of Go's servers to TLS on their http port.
    const plain = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.0 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((done) => plain.listen(0, '127.0.0.1', done));
    onTestFinished(() => {
      plain.close();
    });
    const url = `https://127.0.0.1:${(plain.address() as AddressInfo).port}/`;
    const { report, cause } = await explained({ args: [`--dex-url=${url}`] });
    expect(report.verdict.rule).toBe('tls-failed');
    expect(cause).toBe('no-tls');
  });

  test('that has an internal address is a note', async () => {
    const { report, rules } = await explained({ dex: { issuer: 'https://dex.example.com/' } });
    expect(report.verdict.status).toBe('ok');
    expect(rules).toContain('dex-issuer-differs');
  });

  test('that accepts a secret which curl -u and d8 would send unencoded is a note', async () => {
    const { report, rules } = await explained({});
    expect(report.verdict.status).toBe('ok');
    expect(rules).toEqual(['dex-secret-encoding']);
  });

  test('whose tokens the API server would reject is a warning if no API server is known', async () => {
    const { report } = await explained({
      dex: { editClaims: (claims) => ({ ...claims, email: undefined }) },
    });
    expect(report.verdict).toMatchObject({ status: 'warning', rule: 'dex-token-claims' });
  });
});

describe('a subject token', () => {
  const hour = 3600;
  const now = () => Math.floor(Date.now() / 1000);

  test('that is older than the job', async () => {
    const token = await idp.mintGitlab(undefined, {
      iat: now() - 9 * hour,
      nbf: now() - 9 * hour,
      exp: now() - 8 * hour,
    });
    const { all, report } = await explained({
      args: ['--connector-id=gitlab'],
      env: { SUBJECT_TOKEN: token },
    });
    expect(report.verdict.rule).toBe('dex-subject-token-refused');
    expect(all).toEqual(['expired', 'older-than-job', ...(all ?? []).slice(2)]);
  });

  test.each([
    [
      'of GitHub, sent as an access token',
      { iss: 'https://token.actions.githubusercontent.com' },
      'id-token-as-access-token',
    ],
    ['of Okta, which belongs to no user', { iss: 'https://ci.okta.com' }, 'no-user-behind-token'],
  ])('%s', async (_what, claims, cause) => {
    const token = await idp.mint({
      ...claims,
      sub: 'x',
      exp: now() + 300,
      email: 'a@b',
      name: 'n',
    });
    const { all } = await explained({
      args: ['--connector-id=keycloak', '--subject-token-type=access_token', '--timeout=8s'],
      env: { SUBJECT_TOKEN: token },
    });
    expect(all).toContain(cause);
  });
});

test('an IdP with another issuer', async () => {
  const other = await startIdp({ issuer: 'https://idp.example.com/realms/ci' });
  onTestFinished(other.close);
  const { report, cause } = await explained({
    args: [
      `--idp-issuer-url=${other.url}`,
      '--idp-client-id=ci-client',
      '--identity=client-credentials',
    ],
    env: { DEXCHANGE_IDP_CLIENT_SECRET: 'x' },
  });
  expect(report.verdict.rule).toBe('idp-refused');
  expect(cause).toBe('issuer');
});

test('a CI system that does not issue a token to the job', async () => {
  const actions = await startHttpServer({}, {}, () => ({ status: 403, body: '{"message":"no"}' }));
  onTestFinished(actions.close);
  const { report } = await explained({
    args: ['--identity=github'],
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${actions.origin}/token?x=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'a-request-token',
    },
  });
  expect(report.verdict).toMatchObject({ rule: 'ci-refused', exitCode: 3 });
  expect(JSON.stringify(report)).not.toContain('a-request-token');
});

test('a warning has exit code 0', async () => {
  writeFileSync(join(home, 'file'), '');
  const { report, rules } = await explained({
    args: [`--cache-dir=${join(home, 'file')}`, `--client-secret=${client.secret}`],
    env: { DEXCHANGE_CLIENT_SECRET: '' },
  });
  expect(report.verdict).toMatchObject({ status: 'warning', exitCode: 0 });
  expect(rules).toEqual(expect.arrayContaining(['cache-unusable', 'secret-on-command-line']));
});

describe('an API server', () => {
  async function asked(
    answer: (request: RecordedRequest) => { status: number; body: unknown },
    args: readonly string[] = [],
  ) {
    const ca = await createCa();
    const tls = await ca.issue({ commonName: 'api', hosts: ['127.0.0.1'] });
    const caFile = join(home, 'ca.crt');
    writeFileSync(caFile, ca.certPem);
    const api = await startHttpServer({ tls }, {}, (request) => {
      const { status, body } = answer(request);
      return { status, body: typeof body === 'string' ? body : JSON.stringify(body) };
    });
    onTestFinished(api.close);
    return explained({ args: [`--server=${api.origin}`, `--ca-file=${caFile}`, ...args] });
  }

  test('that authenticates the request as anonymous', async () => {
    const userInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };
    const { report } = await asked(() => ({ status: 201, body: { status: { userInfo } } }));
    expect(report.verdict).toMatchObject({ status: 'failed', rule: 'api-anonymous', exitCode: 0 });
  });

  const userInfo = { username: 'deployer@example.com', groups: ['system:authenticated'] };
  const everyone = {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  };

  /** Answers as an API server does, with a webhook authorizer if `incomplete`. */
  function reviews(
    rules: readonly unknown[],
    incomplete: boolean,
    allowed: readonly string[] = [],
    user: typeof userInfo = userInfo,
  ) {
    return ({ path, body }: RecordedRequest) => {
      if (path.endsWith('/selfsubjectreviews'))
        return { status: 201, body: { status: { userInfo: user } } };
      if (path.endsWith('/selfsubjectrulesreviews')) {
        const evaluationError = 'webhook authorizer does not support user rule resolution';
        const status = { resourceRules: rules, nonResourceRules: [], incomplete };
        return {
          status: 201,
          body: { status: incomplete ? { ...status, evaluationError } : status },
        };
      }
      const { verb, resource } = JSON.parse(body).spec.resourceAttributes;
      return {
        status: 201,
        body: { status: { allowed: allowed.includes(`${verb} ${resource}`) } },
      };
    };
  }

  test.each([
    ['that grants the user nothing', [everyone], false, [], 'none', 'api-no-permissions'],
    ['whose webhook allows nothing', [everyone], true, [], 'unlisted', 'api-no-permissions'],
    ['whose webhook allows get pods', [everyone], true, ['get pods'], 'some', null],
    [
      'with a rule for the user',
      [everyone, { verbs: ['get'], apiGroups: [''], resources: ['secrets'] }],
      false,
      [],
      'some',
      null,
    ],
  ])('%s', async (_what, rules, incomplete, allowed, granted, rule) => {
    const { report } = await asked(reviews(rules, incomplete, allowed), ['-n', 'shop']);
    expect(report.verdict).toMatchObject({
      status: rule === null ? 'ok' : 'warning',
      rule,
      exitCode: 0,
    });
    expect(report.steps[6]).toMatchObject({ permissions: { namespace: 'shop', granted } });
    if (rule === null) return;
    expect(report.verdict.summary).toContain('has no permissions in namespace shop');
    expect(report.diagnoses[0]?.causes[0]?.fix).toContain(
      '--user deployer@example.com --access-level User --rule-name ci-deployer-example-com',
    );
  });

  test.each([
    [
      'is the person who started the GitLab pipeline',
      'sample-user@example.com',
      'other-person',
      'claimMapping.groups: namespace_path',
    ],
    [
      'is the subject of a newer repository',
      'repo:octo-org@65/octo-repo@74:ref:refs/heads/main',
      'other-subject',
      '--user repo:octo-org@65/octo-repo@74:ref:refs/heads/main',
    ],
  ])('whose rules are not for the user, who %s', async (_who, username, cause, fix) => {
    const tokenFile = join(home, 'token');
    writeFileSync(tokenFile, await idp.mintGitlab());
    const user = { username, groups: ['system:authenticated'] };
    const { report } = await asked(reviews([everyone], false, [], user), [
      `--subject-token-file=${tokenFile}`,
    ]);
    expect(report.verdict.rule).toBe('api-no-permissions');
    const causes = report.diagnoses[0]?.causes ?? [];
    const ids = causes.map(({ id }) => id);
    expect(ids).toContain(cause);
    expect(ids.filter((id) => id.startsWith('other-') && id !== 'other-namespace')).toEqual([
      cause,
    ]);
    expect(causes.find(({ id }) => id === cause)?.fix).toContain(fix);
  });

  test('that does not say what the user may do is a warning', async () => {
    const { report } = await asked(({ path }) =>
      path.endsWith('/selfsubjectreviews')
        ? { status: 201, body: { status: { userInfo } } }
        : { status: 403, body: { message: 'no reviews here' } },
    );
    expect(report.verdict).toMatchObject({ status: 'warning', rule: 'api-permissions-unknown' });
    expect(report.diagnoses[0]?.evidence).toContain('no reviews here');
  });

  test('that refuses one of several actions is a failure', async () => {
    const args = ['--can-i=get pods', '--can-i', 'create deployments.apps'];
    const answer = reviews([], false, ['get pods']);
    const { report } = await asked(answer, args);
    expect(report.verdict).toMatchObject({ status: 'failed', rule: 'api-forbidden', exitCode: 0 });
    expect(report.verdict.summary).toContain('is not allowed to create deployments.apps');
    expect(report.diagnoses[0]?.causes[0]?.fix).toContain('--access-level Editor');
    expect(report.steps[6]).toMatchObject({
      status: 'failed',
      access: [
        { verb: 'get', resource: 'pods', allowed: true },
        { verb: 'create', resource: 'deployments.apps', allowed: false },
      ],
      permissions: null,
    });
    const { report: fine } = await asked(answer, ['--can-i', 'get', 'pods']);
    expect(fine.verdict).toMatchObject({
      status: 'ok',
      summary: expect.stringContaining('get pods'),
    });
  });

  test('that allows the user no SelfSubjectReview', async () => {
    const { report } = await asked(() => ({ status: 403, body: { message: 'no' } }));
    expect(report.verdict).toMatchObject({ status: 'failed', rule: 'api-forbidden' });
  });

  test('with an http URL gets no credential', async () => {
    const { report, all } = await explained({ args: ['--server=http://127.0.0.1:9'] });
    expect(report.verdict).toMatchObject({ status: 'failed', rule: 'plain-http', exitCode: 0 });
    expect(all).toEqual(['scheme']);
  });

  test('that does not trust the issuer of the identity token itself', async () => {
    const token = await idp.mintGitlab();
    const { report, all } = await asked(
      () => ({ status: 401, body: { message: 'Unauthorized' } }),
      ['--method=identity', `--subject-token=${token}`],
    );
    expect(report.verdict).toMatchObject({
      status: 'failed',
      rule: 'api-identity-unauthorized',
      exitCode: 0,
    });
    expect(all).toEqual(['issuer', 'audience', 'claims', 'keys']);
    const [issuer] = report.diagnoses[0]?.causes ?? [];
    expect(issuer?.fix).toContain(`a jwt authenticator for ${idp.issuer} `);
    expect(report.diagnoses.map(({ rule }) => rule)).toEqual([
      'api-identity-unauthorized',
      'secret-on-command-line',
    ]);
    const stranger = await idp.mint({ ...decodeJwt(token) }, { foreign: true });
    const foreign = await asked(
      () => ({ status: 401, body: { message: 'Unauthorized' } }),
      ['--method=identity', `--subject-token=${stranger}`],
    );
    expect(foreign.all).toEqual(['foreign-key']);
  });

  test.each<[string, number, unknown, string, string, string]>([
    [
      'without SelfSubjectReview',
      404,
      { kind: 'Status', message: 'the server could not find the requested resource' },
      'api-odd-answer',
      'old',
      'older than 1.28',
    ],
    [
      'that is Dex or another Go server',
      404,
      '404 page not found\n',
      'api-odd-answer',
      'not-kubernetes',
      'is not a Kubernetes API (it answers 404 with plain text)',
    ],
    [
      'that is a web server',
      404,
      '<html><head><title>404 Not Found</title></head></html>',
      'api-odd-answer',
      'not-kubernetes',
      'is not a Kubernetes API (it answers 404 with an HTML page titled "404 Not Found")',
    ],
    [
      'that is a login page',
      200,
      '<!doctype html><title>Sign in</title>',
      'api-odd-answer',
      'not-kubernetes',
      '(it answers 200 with an HTML page titled "Sign in")',
    ],
    [
      'that is another API',
      404,
      { error: '404 Not Found' },
      'api-odd-answer',
      'not-kubernetes',
      '(it answers 404 with JSON that is not of Kubernetes)',
    ],
    [
      'that fails',
      500,
      { kind: 'Status', message: 'etcdserver: no leader' },
      'api-odd-answer',
      'fails',
      'as its message says',
    ],
    [
      'behind an ingress that allows other addresses',
      403,
      '<html><head><title>403 Forbidden</title></head></html>',
      'api-forbidden',
      'in-front',
      'something in front of https://',
    ],
    [
      'behind an ingress that requires a login',
      401,
      '<html><head><title>401 Authorization Required</title></head></html>',
      'api-unauthorized',
      'in-front',
      'something in front of https://',
    ],
  ])('%s', async (_what, status, body, rule, cause, text) => {
    const { report } = await asked(() => ({ status, body }));
    expect(report.verdict.rule).toBe(rule);
    const [first] = report.diagnoses[0]?.causes ?? [];
    expect(first?.id).toBe(cause);
    expect(first?.cause).toContain(text);
    if (cause === 'not-kubernetes') {
      expect(first?.likelihood).toBe('certain');
      expect(first?.fix).toBe('set --server to the URL of the Kubernetes API');
    }
  });
});
