import { readdirSync } from 'node:fs';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CiSystem, mintingSystems } from '../../support/ci-systems.ts';
import { homeSuite, idpSecret } from '../../support/cli-suite.ts';
import { type Call, execCredential } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import { githubClaims } from '../../support/github-claims.ts';
import { type Idp, startIdp } from '../../support/idp.ts';
import { parsedReport } from '../../support/report-schema.ts';
import type { Ended } from '../../support/run-to-end.ts';

// The issuer of these tokens is trusted by the API server itself, so there is no Dex.

const suite = homeSuite();
const audience = 'https://api.example.com';
let idp: Idp;
let actions: CiSystem;

beforeAll(async () => {
  idp = await startIdp();
  actions = await mintingSystems.github((aud) =>
    idp.mint(githubClaims({ iss: idp.issuer, aud }, Date.now() + skewMs)),
  );
});
afterAll(async () => {
  await actions.close();
  await idp.close();
});

/** How far the clock of GitHub is ahead, in milliseconds. */
let skewMs = 0;
beforeEach(() => {
  skewMs = 0;
  actions.behaviour.clockSkewSeconds = 0;
});

function getToken(args: readonly string[], env: Call['env'] = {}): Promise<Ended> {
  return suite.run(['get-token', '--method=identity', ...args], { env });
}

const fromGithub = [`--identity-audience=${audience}`];

describe('a token that the job requests', () => {
  test('is the credential, and is requested once for its life', async () => {
    const before = actions.requests.length;
    const calls = [
      await getToken(fromGithub, actions.env),
      await getToken(fromGithub, actions.env),
      // Settings of Dex are for another method.
      await getToken([...fromGithub, '--dex-url=https://dex.example.com', '-o=token'], actions.env),
    ];
    expect(actions.requests.length - before).toBe(1);
    const [first, second, bare] = calls as [Ended, Ended, Ended];
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toBe(first.stdout);
    const { status } = execCredential(first);
    expect(bare.stdout).toBe(`${status.token}\n`);
    const claims = decodeJwt(status.token);
    expect(claims).toMatchObject({ aud: audience, repository: 'octo-org/octo-repo' });
    const early = (claims.exp ?? 0) - Date.parse(status.expirationTimestamp) / 1000;
    expect(early).toBeGreaterThanOrEqual(10);
    expect(early).toBeLessThan(60);
    const list = await suite.run(['cache', 'list', '-o=json']);
    expect(JSON.parse(list.stdout)).toMatchObject([
      { dex: expect.stringMatching(/^GitHub Actions at /), connector: 'identity' },
    ]);
  });

  test('is judged by the clock of the system that issued it', async () => {
    for (const seconds of [-3600, 3600]) {
      skewMs = seconds * 1000;
      actions.behaviour.clockSkewSeconds = seconds;
      const ended = await getToken([...fromGithub, '--no-cache'], actions.env);
      expect(ended, ended.stderr).toMatchObject({ code: 0 });
      const left = Date.parse(execCredential(ended).status.expirationTimestamp) - Date.now();
      expect(left).toBeGreaterThan(180_000);
      expect(left).toBeLessThan(300_000);
    }
  });

  test('needs an audience, which --audience gives and checks, too', async () => {
    const before = actions.requests.length;
    expectFailure(await getToken(['--dex-url=https://dex.example.com'], actions.env), {
      exitCode: 2,
      code: 'setting_missing',
      names: ['--identity-audience', 'method identity'],
      hint: ['DEXCHANGE_IDENTITY_AUDIENCE', 'AuthenticationConfiguration'],
    });
    expect(actions.requests).toHaveLength(before);
    const ended = await getToken(['--audience=api', '-o=token'], actions.env);
    expect(decodeJwt(ended.stdout.trim()).aud).toBe('api');
    expectFailure(await getToken([...fromGithub, '--audience=api'], actions.env), {
      exitCode: 3,
      code: 'subject_token_invalid',
      names: [`has audience ${audience}, not api`],
    });
  });
});

test('client credentials are the credential of the client', async () => {
  const ended = await getToken(
    [`--idp-issuer-url=${idp.issuer}`, '--idp-client-id=ci-client', '-o=token'],
    { DEXCHANGE_IDP_CLIENT_SECRET: idpSecret },
  );
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(decodeJwt(ended.stdout.trim())).toMatchObject({ iss: idp.issuer });
});

describe('a token in a variable', () => {
  test('is printed as it is, and written nowhere', async () => {
    const token = await idp.mintGitlab();
    const ended = await getToken(['--subject-token-env=CI_TOKEN', '-o=token'], { CI_TOKEN: token });
    expect(ended).toMatchObject({ code: 0, stdout: `${token}\n`, stderr: '' });
    const gitlab = { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: token };
    expect(execCredential(await getToken([], gitlab)).status.token).toBe(token);
    expect(readdirSync(suite.home)).toEqual([]);
  });

  test('that has expired is not printed', async () => {
    const env = { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: await idp.mintGitlab('expired') };
    expectFailure(await getToken([], env), {
      exitCode: 3,
      code: 'subject_token_invalid',
      names: ['variable GITLAB_OIDC_TOKEN', /expired .* ago by this machine's clock/],
      hint: ['GitLab does not renew'],
      secrets: [env.GITLAB_OIDC_TOKEN],
    });
  });

  test('is explained without steps of Dex', async () => {
    const env = { CI_TOKEN: await idp.mintGitlab() };
    const args = ['--subject-token-env=CI_TOKEN', '--explain'];
    const text = await getToken(args, env);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^OK: the credential: JWT, .*expires in/s);
    expect(text.stdout).toMatch(/^4 {2}identity token .*\n(?: .*\n)*5 {2}Kubernetes API/m);
    expect(text.stdout).not.toMatch(/\bDex\b|connector|scope/);
    expect(text.stdout).not.toContain(env.CI_TOKEN);
    const report = parsedReport(
      (await getToken([...args.slice(0, 1), '--explain=json'], env)).stdout,
    );
    expect(report.steps.map(({ status }) => status)).toEqual([
      ...['ok', 'ok', 'ok', 'ok'],
      ...['skipped', 'skipped', 'skipped'],
    ]);
    expect(report.diagnoses).toEqual([]);
  });

  test('or file is the last one of a command that exec runs, which is told in time', async () => {
    const exp = Math.floor(Date.now() / 1000) + 10;
    const token = await idp.mint({ aud: audience, exp });
    const file = suite.write('token', token);
    const exec = (source: string): Promise<Ended> =>
      suite.run(
        [
          ...['exec', '--method=identity', source, '--server=https://api.example.com', '--'],
          ...['sh', '-c', 'cat "$DEXCHANGE_TOKEN_FILE"; sleep 9.5'],
        ],
        { env: { CI_TOKEN: token, PATH: process.env['PATH'] ?? '', XDG_RUNTIME_DIR: suite.home } },
      );
    const [ofVariable, ofFile] = await Promise.all([
      exec('--subject-token-env=CI_TOKEN'),
      exec(`--subject-token-file=${file}`),
    ]);
    for (const ended of [ofVariable, ofFile])
      expect(ended).toMatchObject({ code: 0, stdout: token });
    expect(ofVariable.stderr).toMatch(
      /^warning: the credential expires at \S+ and cannot be renewed, because it is the identity token from variable CI_TOKEN; .*\n$/,
    );
    // A file may get another token in time.
    expect(ofFile.stderr).toMatch(
      /^warning: the credential .* and cannot be renewed: the identity token from file \S+ has not changed\n$/,
    );
  });
});
