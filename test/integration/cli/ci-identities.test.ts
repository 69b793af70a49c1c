import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { askedSystems, type CiSystem } from '../../support/ci-systems.ts';
import { type Dex, startDex } from '../../support/dex.ts';
import { usualConnectors } from '../../support/dex-connectors.ts';
import { dexchange, execCredential, freshFolder } from '../../support/dexchange.ts';
import { type Fault, htmlAnswer, jsonAnswer, redirectTo } from '../../support/faults.ts';
import { githubClaims } from '../../support/github-claims.ts';
import { type Idp, startIdp } from '../../support/idp.ts';
import type { Ended } from '../../support/run-to-end.ts';

const clientId = 'dex-client-ci-token-exchange@d8-user-authn';
const clientSecret = 's3cr+t%2F=&:x';

let idp: Idp;
let dex: Dex;
let home: string;

beforeAll(async () => {
  idp = await startIdp();
  dex = await startDex({
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
  });
});
afterAll(async () => {
  await dex.close();
  await idp.close();
});
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
  dex.behaviour.clockSkewSeconds = 0;
});

function getToken(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Ended> {
  const flags = ['--dex-url', dex.issuer, '--client-id', clientId];
  const connector = args.some((arg) => arg.startsWith('--connector-id'))
    ? []
    : ['--connector-id=ci'];
  return dexchange(['get-token', ...flags, ...connector, ...args], {
    env: { HOME: home, DEXCHANGE_CLIENT_SECRET: clientSecret, ...env },
  });
}

/** The claims of the identity token that Dex was given last. */
function subjectClaims(): Record<string, unknown> {
  return decodeJwt(dex.tokenRequests().at(-1)?.form.get('subject_token') ?? '');
}

describe.each(Object.entries(askedSystems))('%s', (name, start) => {
  let system: CiSystem;
  let minted: (string | undefined)[];

  beforeEach(async () => {
    minted = [];
    system = await start((audience) => {
      minted.push(audience);
      const claims = githubClaims({ iss: idp.issuer, aud: audience ?? 'api://fixed' });
      return idp.mint(claims);
    });
    onTestFinished(system.close);
  });

  test('gives the job its identity as documented, with nothing configured', async () => {
    const ended = await getToken(system.env);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(decodeJwt(execCredential(ended).status.token)).toMatchObject({
      email: 'repo:octo-org/octo-repo:ref:refs/heads/main',
      aud: ['kubernetes', clientId],
    });
    expect(system.requests).toHaveLength(1);
    expect(dex.tokenRequests().at(-1)?.form.get('subject_token_type')).toBe(
      'urn:ietf:params:oauth:token-type:id_token',
    );
    // Dex's issuer as Dex has it, where the system lets one choose.
    const fixed = name === 'azure-pipelines';
    expect(minted).toEqual([fixed ? undefined : dex.issuer]);
  });

  test('is asked for another audience where one is set', async () => {
    expect(await getToken(system.env, ['--identity-audience=other'])).toMatchObject({ code: 0 });
    expect(minted).toEqual([name === 'azure-pipelines' ? undefined : 'other']);
  });

  test('is not asked again on a hit, but for another job', async () => {
    const first = await getToken(system.env);
    const second = await getToken(system.env);
    expect(execCredential(second)).toEqual(execCredential(first));
    expect(system.requests).toHaveLength(1);
    expect(await getToken(system.otherJob)).toMatchObject({ code: 0 });
    expect(system.requests).toHaveLength(2);
  });

  test('can be named among others that offer a token', async () => {
    const env = { ...system.env, GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: 'g.l.t' };
    expect(await getToken(env)).toMatchObject({ code: 3 });
    expect(system.requests).toHaveLength(0);
    expect(await getToken(env, [`--identity=${name}`])).toMatchObject({ code: 0, stderr: '' });
  });

  const remedies: Readonly<Record<string, string>> = {
    github: 'permissions: { id-token: write',
    buildkite: 'BUILDKITE_JOB_ID',
    'azure-pipelines': 'SYSTEM_ACCESSTOKEN: $(System.AccessToken)',
    google: 'attach a service account',
  };
  const remedy = remedies[name] ?? '';
  const own = { 'metadata-flavor': 'Google' };
  const wrapped = (token: unknown) => ({ value: token, token, oidcToken: token });

  test.each<[string, Fault, number, RegExp]>([
    [
      '403 without the permission',
      jsonAnswer(403, { message: 'not\u001b[31m allowed\nhint: x' }, own),
      3,
      /refused to issue an identity token \(403: not \[31m allowed hint: x\)/,
    ],
    ['401', jsonAnswer(401, {}, own), 3, /refused to issue an identity token \(401/],
    ['404', { kind: 'answer', status: 404, headers: own }, 3, /\(404\)/],
    ['an HTML refusal', htmlAnswer(403, 'Forbidden', own), 3, /\(403, with an HTML page\)/],
    ['a sign-in page', htmlAnswer(203, 'Sign in', own), 3, /\(203, with an HTML page\)/],
    [
      'nothing',
      { kind: 'answer', status: 200, headers: own },
      5,
      /answered 200 with an empty body/,
    ],
    ['HTML', htmlAnswer(200, 'Welcome', own), 5, /answered 200 with an HTML page/],
    ['JSON without a token', jsonAnswer(200, { x: 1 }, own), 5, /answered 200 with JSON/],
    ['a token that is no text', jsonAnswer(200, wrapped(7), own), 5, /answered 200 with JSON/],
    [
      'a token that is no JWT',
      jsonAnswer(200, wrapped('opaque'), own),
      5,
      /answered 200 with (a \w+ that is not a JWT|JSON)/,
    ],
    ['500', jsonAnswer(500, { message: 'x' }, own), 5, /answered 500 with/],
    ['a redirect', redirectTo('https://login.example.com/'), 5, /redirects to https:\/\/login/],
  ])('that answers with %s is told with its own remedy', async (_what, fault, code, message) => {
    system.behaviour.misbehave = () => fault;
    const before = dex.tokenRequests().length;
    const ended = await getToken(system.env);
    expect(ended).toMatchObject({ code, stdout: '' });
    const [said = '', hint = '', ...more] = ended.stderr.trimEnd().split('\n');
    expect(said).toMatch(message);
    expect(hint).toMatch(/^hint: /);
    expect(hint).toContain(remedy);
    expect(more).toEqual([]);
    expect(dex.tokenRequests()).toHaveLength(before);
  });

  test.each<[string, Fault]>([
    ['hangs', { kind: 'hang' }],
    ['hangs after its head', { kind: 'hang', afterHead: true }],
    ['drips', { kind: 'drip', body: ' '.repeat(500) }],
  ])('that %s is told when the time is up', async (_what, fault) => {
    system.behaviour.misbehave = () => fault;
    const ended = await getToken(system.env, ['--timeout=2s']);
    expect(ended).toMatchObject({ code: 5, stdout: '' });
    expect(ended.stderr).toMatch(/gave no identity token: .* the timeout of 2 s is over/);
  });

  test.each<[string, Fault, RegExp]>([
    ['floods', { kind: 'oversize', bytes: 3_000_000 }, /larger than anything expected/],
    ['cuts its answer', { kind: 'truncate', body: '{' }, /in the middle of its response/],
    ['resets the connection', { kind: 'reset' }, /closed the connection/],
  ])('that %s is told by its name', async (_what, fault, message) => {
    system.behaviour.misbehave = () => fault;
    const ended = await getToken(system.env);
    expect(ended).toMatchObject({ code: 5, stdout: '' });
    expect(ended.stderr).toMatch(/^dexchange: .* gave no identity token: /);
    expect(ended.stderr).toMatch(message);
  });

  test('is not quoted where it echoes the credential', async () => {
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

test('an answer that is not of Google’s metadata server is refused', async () => {
  const system = await askedSystems.google(() => idp.mint(githubClaims({ iss: idp.issuer })));
  onTestFinished(system.close);
  const body = await idp.mint(githubClaims());
  system.behaviour.misbehave = () => ({ kind: 'answer', status: 200, body });
  expect(await getToken(system.env)).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('answered 200 with a response from another server'),
  });
});

test('Forgejo is asked as GitHub is, and told of by its own name', async () => {
  const system = await askedSystems.github(() => idp.mint(githubClaims({ iss: idp.issuer })));
  onTestFinished(system.close);
  const env = { ...system.env, FORGEJO_ACTIONS: 'true' };
  expect(await getToken(env)).toMatchObject({ code: 0, stderr: '' });
  system.behaviour.misbehave = () => jsonAnswer(403, {});
  const ended = await getToken(env, ['--no-cache']);
  expect(ended.stderr).toMatch(/^dexchange: Forgejo Actions refused/);
  expect(ended.stderr).toContain('enable-openid-connect: true');
});

describe('a system that puts its token into a variable', () => {
  test.each([
    ['gitlab', 'GITLAB_CI', 'GITLAB_OIDC_TOKEN'],
    ['circleci', 'CIRCLECI', 'CIRCLE_OIDC_TOKEN_V2'],
    ['bitbucket', 'BITBUCKET_BUILD_NUMBER', 'BITBUCKET_STEP_OIDC_TOKEN'],
    ['terraform-cloud', 'TFC_RUN_ID', 'TFC_WORKLOAD_IDENTITY_TOKEN'],
  ])('%s is found by it, and its exact token is the key', async (name, marker, variable) => {
    const token = await idp.mint(githubClaims({ iss: idp.issuer, sub: `job of ${name}` }));
    const env = { [marker]: '1', [variable]: token };
    const before = dex.tokenRequests().length;
    const ended = await getToken(env);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(subjectClaims()['sub']).toBe(`job of ${name}`);
    await getToken(env);
    expect(dex.tokenRequests()).toHaveLength(before + 1);
    const other = await idp.mint(githubClaims({ iss: idp.issuer, sub: 'another job' }));
    await getToken({ ...env, [variable]: other });
    expect(subjectClaims()['sub']).toBe('another job');
  });

  test.each([
    [{ GITLAB_CI: 'true' }, 'id_tokens: { GITLAB_OIDC_TOKEN: { aud: "'],
    [{ GITHUB_ACTIONS: 'true' }, 'permissions: { id-token: write'],
    [{ BITBUCKET_BUILD_NUMBER: '1' }, 'oidc: { audiences: [ "'],
    [{ TFC_RUN_ID: 'run-1' }, 'TFC_WORKLOAD_IDENTITY_AUDIENCE to "'],
  ])('with %j and no token says what to write, with this Dex as audience', async (env, remedy) => {
    const ended = await getToken(env as unknown as Record<string, string>);
    expect(ended).toMatchObject({ code: 3, stdout: '' });
    expect(ended.stderr).toContain(remedy);
    if (!remedy.startsWith('permissions')) expect(ended.stderr).toContain(`"${dex.issuer}"`);
  });

  test('gitlab reads the variable that the settings name', async () => {
    const token = await idp.mintGitlab();
    const args = ['--connector-id=gitlab', '--identity=gitlab', '--subject-token-env=MY_TOKEN'];
    expect(await getToken({ GITLAB_CI: 'true', MY_TOKEN: token }, args)).toMatchObject({ code: 0 });
  });
});

describe('a GitLab token that expires in mid-job', () => {
  const args = ['--connector-id=gitlab'];
  const job = async (): Promise<Record<string, string>> => ({
    GITLAB_CI: 'true',
    GITLAB_OIDC_TOKEN: await idp.mintGitlab(),
  });

  test('does not lose the credential that is still valid', async () => {
    const env = await job();
    const first = await getToken(env, args);
    // The identity token lives 300 s, Dex's 600 s.
    dex.behaviour.clockSkewSeconds = 420;
    const later = await getToken(env, args);
    expect(execCredential(later)).toEqual(execCredential(first));
  });

  test.each([
    ['in its own variable', [], 'GITLAB_OIDC_TOKEN'],
    ['in a variable of one’s own', ['--subject-token-env=MY_TOKEN'], 'MY_TOKEN'],
  ])('is told of when there is none (%s)', async (_where, more, variable) => {
    const { GITLAB_OIDC_TOKEN: token = '' } = await job();
    dex.behaviour.clockSkewSeconds = 420;
    const ended = await getToken({ GITLAB_CI: 'true', [variable]: token }, [...args, ...more]);
    expect(ended).toMatchObject({ code: 4, stdout: '' });
    expect(ended.stderr).toMatch(
      /^dexchange: Dex refused the identity token: it expired (1\d\d s|2 min) ago by Dex's clock\nhint: GitLab does not renew a job's id_token/,
    );
    expect(ended.stderr).not.toContain(token);
  });

  test('is not judged by a local clock that is wrong', async () => {
    const issuedAt = Math.floor(Date.now() / 1000) - 7200;
    const token = await idp.mintGitlab(undefined, {
      iat: issuedAt,
      nbf: issuedAt - 5,
      exp: issuedAt + 300,
    });
    dex.behaviour.clockSkewSeconds = -7200;
    expect(await getToken({ GITLAB_OIDC_TOKEN: token }, args)).toMatchObject({ code: 0 });
  });
});

test('a pod’s token in a file that the settings name is read on each call', async () => {
  const folder = join(home, 'secrets');
  mkdirSync(folder);
  const file = join(folder, 'token');
  const args = ['--identity=kubernetes', `--subject-token-file=${file}`];
  for (const sub of ['first', 'rotated']) {
    writeFileSync(file, await idp.mint(githubClaims({ iss: idp.issuer, sub })));
    expect(await getToken({}, args)).toMatchObject({ code: 0, stderr: '' });
    expect(subjectClaims()['sub']).toBe(sub);
  }
});
