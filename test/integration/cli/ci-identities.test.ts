import { writeFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ErrorCode } from '../../../src/errors.ts';
import { type CiSystem, mintingSystems } from '../../support/ci-systems.ts';
import { ciClient, dexSuite } from '../../support/cli-suite.ts';
import { usualConnectors } from '../../support/dex-connectors.ts';
import { execCredential } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import { type Fault, htmlAnswer, jsonAnswer, redirectTo } from '../../support/faults.ts';
import { githubClaims } from '../../support/github-claims.ts';
import type { Ended } from '../../support/run-to-end.ts';

const suite = dexSuite((idp) => ({
  connectors: [
    ...usualConnectors({ gitlab: idp }),
    {
      id: 'ci',
      type: 'oidc',
      issuer: idp.issuer,
      userNameKey: 'sub',
      claimMapping: { email: 'sub' },
      insecureSkipEmailVerified: true,
    },
  ],
}));
beforeEach(() => {
  suite.dex.behaviour.clockSkewSeconds = 0;
});

/** Runs get-token in the environment of a job, with connector `ci` unless the test names another. */
function getToken(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Ended> {
  const named = args.some((arg) => arg.startsWith('--connector-id'));
  return suite.getToken([...(named ? [] : ['--connector-id=ci']), ...args], { env });
}

/** The claims of the identity token in the latest request to Dex. */
function subjectClaims(): Record<string, unknown> {
  return decodeJwt(suite.dex.tokenRequests().at(-1)?.form.get('subject_token') ?? '');
}

type SystemName = keyof typeof mintingSystems;

/** What messages call each system, and what the hint for a missing token contains. */
const reported: Readonly<Record<SystemName, { title: string; remedy: string }>> = {
  github: { title: 'GitHub', remedy: 'permissions: { id-token: write' },
  buildkite: { title: 'Buildkite', remedy: 'BUILDKITE_JOB_ID' },
  'azure-pipelines': { title: 'Azure', remedy: 'SYSTEM_ACCESSTOKEN: $(System.AccessToken)' },
  codefresh: { title: 'Codefresh', remedy: 'freestyle step' },
  vela: { title: 'Vela', remedy: 'id_request: write' },
  google: { title: 'Google', remedy: 'attach a service account' },
};

/**
 * Whether a single fault of each kind is enough: the requests of these systems are made by the same
 * code as GitHub's, and the binary has the same code as the sources.
 */
function isTestedElsewhere(name: SystemName): boolean {
  const likeGithub: readonly SystemName[] = ['codefresh', 'vela'];
  return likeGithub.includes(name) || process.env['DEXCHANGE_TEST_TARGET'] === 'binary';
}

describe.each(Object.keys(mintingSystems) as SystemName[])('%s', (name) => {
  const start = mintingSystems[name];
  let system: CiSystem;
  let minted: (string | undefined)[];

  beforeEach(async () => {
    minted = [];
    system = await start((audience) => {
      minted.push(audience);
      const claims = githubClaims({ iss: suite.idp.issuer, aud: audience ?? 'api://fixed' });
      return suite.idp.mint(claims);
    });
    onTestFinished(system.close);
  });

  test('gives the job its documented identity without configuration', async () => {
    const ended = await getToken(system.env);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(decodeJwt(execCredential(ended).status.token)).toMatchObject({
      email: 'repo:octo-org/octo-repo:ref:refs/heads/main',
      aud: ['kubernetes', ciClient.id],
    });
    expect(system.requests).toHaveLength(1);
    expect(suite.dex.tokenRequests().at(-1)?.form.get('subject_token_type')).toBe(
      'urn:ietf:params:oauth:token-type:id_token',
    );
    // Azure Pipelines has a fixed audience; the others mint for Dex's issuer.
    const fixed = name === 'azure-pipelines';
    expect(minted).toEqual([fixed ? undefined : suite.dex.issuer]);
  });

  test('mints for --identity-audience if that is set', async () => {
    expect(await getToken(system.env, ['--identity-audience=other'])).toMatchObject({ code: 0 });
    expect(minted).toEqual([name === 'azure-pipelines' ? undefined : 'other']);
  });

  test('receives no request on a hit, but one for another job', async () => {
    const first = await getToken(system.env);
    const second = await getToken(system.env);
    expect(execCredential(second)).toEqual(execCredential(first));
    // Google's token tells which account the caller has.
    const onHit = name === 'google' ? 1 : 0;
    expect(system.requests).toHaveLength(1 + onHit);
    expect(await getToken(system.otherJob)).toMatchObject({ code: 0 });
    expect(system.requests).toHaveLength(2 + onHit);
  });

  test('can be selected by --identity if several systems offer a token', async () => {
    const env = { ...system.env, GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: 'g.l.t' };
    expect(await getToken(env)).toMatchObject({ code: 3 });
    expect(system.requests).toHaveLength(0);
    expect(await getToken(env, [`--identity=${name}`])).toMatchObject({ code: 0, stderr: '' });
  });

  const { title, remedy } = reported[name];
  const own = { 'metadata-flavor': 'Google' };
  const wrapped = (token: unknown) => ({
    value: token,
    token,
    oidcToken: token,
    id_token: token,
  });
  const some = <Case>(cases: readonly Case[]): readonly Case[] =>
    isTestedElsewhere(name) ? cases.slice(0, 1) : cases;

  test.each(
    some<[string, Fault, ErrorCode, (string | RegExp)[]]>([
      [
        '403 without the permission',
        jsonAnswer(403, { message: 'not\u001b[31m allowed\nhint: x' }, own),
        'identity_refused',
        ['403', 'not [31m allowed hint: x'],
      ],
      ['401', jsonAnswer(401, {}, own), 'identity_refused', ['401']],
      ['404', { kind: 'answer', status: 404, headers: own }, 'identity_refused', ['404']],
      ['an HTML refusal', htmlAnswer(403, 'Forbidden', own), 'identity_refused', ['403', 'HTML']],
      ['a sign-in page', htmlAnswer(203, 'Sign in', own), 'identity_refused', ['203', 'HTML']],
      [
        'an empty body',
        { kind: 'answer', status: 200, headers: own },
        'server_nonsense',
        ['200', 'empty'],
      ],
      ['HTML', htmlAnswer(200, 'Welcome', own), 'server_nonsense', ['200', 'HTML']],
      ['JSON without a token', jsonAnswer(200, { x: 1 }, own), 'server_nonsense', ['200', 'JSON']],
      [
        'a token that is not a string',
        jsonAnswer(200, wrapped(7), own),
        'server_nonsense',
        ['200', 'JSON'],
      ],
      [
        'a token that is not a JWT',
        jsonAnswer(200, wrapped('opaque'), own),
        'server_nonsense',
        ['200', /not a JWT|JSON/],
      ],
      ['500', jsonAnswer(500, { message: 'x' }, own), 'server_nonsense', ['500']],
      [
        'a redirect',
        redirectTo('https://login.example.com/'),
        'server_redirect',
        ['https://login.example.com'],
      ],
    ]),
  )('that answers with %s is reported with its own remedy', async (_what, fault, code, names) => {
    system.behaviour.misbehave = () => fault;
    const count = await suite.tokenRequestsDuring(async () => {
      expectFailure(await getToken(system.env, ['-v']), {
        exitCode: code === 'identity_refused' ? 3 : 5,
        code,
        names,
        hint: [remedy],
        secrets: ['\u001b'],
      });
    });
    expect(count).toBe(0);
  });

  test.each(
    some<[string, Fault]>([
      ['hangs', { kind: 'hang' }],
      ['hangs after its head', { kind: 'hang', afterHead: true }],
      ['drips', { kind: 'drip', body: ' '.repeat(500) }],
    ]),
  )('that %s is reported when the timeout ends', async (_what, fault) => {
    system.behaviour.misbehave = () => fault;
    expectFailure(await getToken(system.env, ['--timeout=2s', '-v']), {
      exitCode: 5,
      code: 'server_timeout',
      names: ['2 s'],
    });
  });

  test.each(
    some<[string, Fault, ErrorCode]>([
      ['floods', { kind: 'oversize', bytes: 3_000_000 }, 'server_too_large'],
      ['cuts its answer', { kind: 'truncate', body: '{' }, 'server_unreachable'],
      ['resets the connection', { kind: 'reset' }, 'server_unreachable'],
    ]),
  )('that %s is reported by its name', async (_what, fault, code) => {
    system.behaviour.misbehave = () => fault;
    expectFailure(await getToken(system.env, ['-v']), { exitCode: 5, code, names: [title] });
  });

  test('is redacted where it echoes the credential', async () => {
    system.behaviour.misbehave = (request) =>
      jsonAnswer(403, { message: `no: ${request.headers.authorization} ${system.secret}` });
    const ended = await getToken(system.env, ['-v']);
    expect(ended.code).toBe(3);
    if (system.secret !== undefined) {
      expect(ended.stderr).toContain('[redacted]');
      expect(ended.stderr).not.toContain(system.secret);
    }
  });
});

test('pods with the same host name on one node share no credential if their Google accounts differ', async () => {
  let sub = '101';
  const system = await mintingSystems.google((audience) =>
    suite.idp.mint(githubClaims({ iss: suite.idp.issuer, aud: audience ?? '', sub })),
  );
  onTestFinished(system.close);
  const tokenOf = async (account: string) => {
    sub = account;
    return execCredential(await getToken(system.env)).status.token;
  };
  const first = await tokenOf('101');
  const exchanges = await suite.tokenRequestsDuring(async () => {
    expect(await tokenOf('101')).toBe(first);
  });
  expect(exchanges).toBe(0);
  const others = await suite.tokenRequestsDuring(async () => {
    expect(new Set([first, await tokenOf('102'), await tokenOf('1010')]).size).toBe(3);
  });
  expect(others).toBe(2);
});

test('an answer without the header of Google’s metadata server is rejected', async () => {
  const system = await mintingSystems.google(() =>
    suite.idp.mint(githubClaims({ iss: suite.idp.issuer })),
  );
  onTestFinished(system.close);
  const body = await suite.idp.mint(githubClaims());
  system.behaviour.misbehave = () => ({ kind: 'answer', status: 200, body });
  expectFailure(await getToken(system.env, ['-v']), {
    exitCode: 5,
    code: 'server_nonsense',
    names: ['Google', '200'],
  });
});

test('Forgejo has the interface of GitHub, but its own name in messages', async () => {
  const system = await mintingSystems.github(() =>
    suite.idp.mint(githubClaims({ iss: suite.idp.issuer })),
  );
  onTestFinished(system.close);
  const env = { ...system.env, FORGEJO_ACTIONS: 'true' };
  expect(await getToken(env)).toMatchObject({ code: 0, stderr: '' });
  system.behaviour.misbehave = () => jsonAnswer(403, {});
  const ended = await getToken(env, ['--no-cache']);
  expectFailure(ended, {
    exitCode: 3,
    names: ['Forgejo Actions'],
    hint: ['enable-openid-connect: true'],
  });
});

describe('a system that puts its token into a variable', () => {
  test.each([
    ['gitlab', 'GITLAB_CI', 'GITLAB_OIDC_TOKEN'],
    ['circleci', 'CIRCLECI', 'CIRCLE_OIDC_TOKEN_V2'],
    ['bitbucket', 'BITBUCKET_BUILD_NUMBER', 'BITBUCKET_STEP_OIDC_TOKEN'],
    ['terraform-cloud', 'TFC_RUN_ID', 'TFC_WORKLOAD_IDENTITY_TOKEN'],
    ['semaphore', 'SEMAPHORE', 'SEMAPHORE_OIDC_TOKEN'],
    ['spacelift', 'TF_VAR_spacelift_run_id', 'SPACELIFT_OIDC_TOKEN'],
    ['env0', 'ENV0_ENVIRONMENT_ID', 'ENV0_OIDC_TOKEN'],
  ])(
    '%s is detected by it, and its exact token is part of the cache key',
    async (name, marker, variable) => {
      const token = await suite.idp.mint(
        githubClaims({ iss: suite.idp.issuer, sub: `job of ${name}` }),
      );
      const env = { [marker]: '1', [variable]: token };
      const before = suite.dex.tokenRequests().length;
      const ended = await getToken(env);
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(subjectClaims()['sub']).toBe(`job of ${name}`);
      await getToken(env);
      expect(suite.dex.tokenRequests()).toHaveLength(before + 1);
      const other = await suite.idp.mint(
        githubClaims({ iss: suite.idp.issuer, sub: 'another job' }),
      );
      await getToken({ ...env, [variable]: other });
      expect(subjectClaims()['sub']).toBe('another job');
    },
  );

  test.each([
    [{ GITLAB_CI: 'true' }, 'id_tokens: { GITLAB_OIDC_TOKEN: { aud: "'],
    [{ GITHUB_ACTIONS: 'true' }, 'permissions: { id-token: write'],
    [{ BITBUCKET_BUILD_NUMBER: '1' }, 'oidc: { audiences: [ "'],
    [{ TFC_RUN_ID: 'run-1' }, 'TFC_WORKLOAD_IDENTITY_AUDIENCE to "'],
  ])(
    'with %j and no token: the hint has the lines to write, with this Dex as audience',
    async (env, remedy) => {
      const ended = await getToken(env as unknown as Record<string, string>);
      const audience = remedy.startsWith('permissions') ? [] : [`"${suite.dex.issuer}"`];
      expectFailure(ended, { exitCode: 3, hint: [remedy, ...audience] });
    },
  );

  test('gitlab reads the variable that the settings name', async () => {
    const token = await suite.idp.mintGitlab();
    const args = ['--connector-id=gitlab', '--identity=gitlab', '--subject-token-env=MY_TOKEN'];
    expect(await getToken({ GITLAB_CI: 'true', MY_TOKEN: token }, args)).toMatchObject({ code: 0 });
  });
});

describe('a GitLab token that expires during the job', () => {
  const args = ['--connector-id=gitlab'];
  const job = async (): Promise<Record<string, string>> => ({
    GITLAB_CI: 'true',
    GITLAB_OIDC_TOKEN: await suite.idp.mintGitlab(),
  });

  test('does not invalidate the cached credential', async () => {
    const env = await job();
    const first = await getToken(env, args);
    // The identity token lives 300 s, Dex's 600 s.
    suite.dex.behaviour.clockSkewSeconds = 420;
    const later = await getToken(env, args);
    expect(execCredential(later)).toEqual(execCredential(first));
  });

  test.each([
    ['in its own variable', [], 'GITLAB_OIDC_TOKEN'],
    ['in a custom variable', ['--subject-token-env=MY_TOKEN'], 'MY_TOKEN'],
  ])('is reported if nothing is cached (%s)', async (_where, more, variable) => {
    const { GITLAB_OIDC_TOKEN: token = '' } = await job();
    suite.dex.behaviour.clockSkewSeconds = 420;
    const env = { GITLAB_CI: 'true', [variable]: token };
    expectFailure(await getToken(env, [...args, ...more, '-v']), {
      exitCode: 4,
      code: 'dex_subject_token_expired',
      names: ['identity token', /expired 2 min( \d+ s)? ago/, "Dex's clock"],
      hint: ['id_token', 'job'],
      secrets: [token],
    });
  });

  test('is not checked against a wrong local clock', async () => {
    const issuedAt = Math.floor(Date.now() / 1000) - 7200;
    const token = await suite.idp.mintGitlab(undefined, {
      iat: issuedAt,
      nbf: issuedAt - 5,
      exp: issuedAt + 300,
    });
    suite.dex.behaviour.clockSkewSeconds = -7200;
    expect(await getToken({ GITLAB_OIDC_TOKEN: token }, args)).toMatchObject({ code: 0 });
  });
});

test('the token file of a pod is read on each call', async () => {
  const file = suite.write('secrets/token', '');
  const args = ['--identity=kubernetes', `--subject-token-file=${file}`];
  for (const sub of ['first', 'rotated']) {
    writeFileSync(file, await suite.idp.mint(githubClaims({ iss: suite.idp.issuer, sub })));
    expect(await getToken({}, args)).toMatchObject({ code: 0, stderr: '' });
    expect(subjectClaims()['sub']).toBe(sub);
  }
});
