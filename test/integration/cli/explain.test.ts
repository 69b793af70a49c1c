import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { createCa } from '../../support/certificates.ts';
import { type Dex, startDex } from '../../support/dex.ts';
import { dexchange, execCredential, freshFolder } from '../../support/dexchange.ts';
import { type Idp, startIdp } from '../../support/idp.ts';
import { parsedReport } from '../../support/report-schema.ts';
import type { Ended } from '../../support/run-to-end.ts';

const clientId = 'dex-client-ci-token-exchange@d8-user-authn';
const clientSecret = 's3cr+t%2F=&:x';
const idpSecret = 'idp+s3cr%2Ft:&=';

let idp: Idp;
let dex: Dex;
let home: string;

beforeAll(async () => {
  idp = await startIdp();
  dex = await startDex({ idps: { gitlab: idp, keycloak: idp } });
});
afterAll(async () => {
  await dex.close();
  await idp.close();
});
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
});

const toGitlab = ['--connector-id=gitlab', '--subject-token-env=CI_TOKEN'];
const toKeycloak = ['--connector-id=keycloak', '--idp-client-id=ci-client'];
const execInfo = JSON.stringify({
  kind: 'ExecCredential',
  apiVersion: 'client.authentication.k8s.io/v1',
  spec: { interactive: false },
});

function getToken(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return dexchange(['get-token', '--dex-url', dex.issuer, '--client-id', clientId, ...args], {
    env: { HOME: home, DEXCHANGE_CLIENT_SECRET: clientSecret, ...env },
  });
}

async function explained(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const ended = await getToken([...args, '--explain=json'], env);
  expect(ended.stderr).toBe('');
  const report = parsedReport(ended.stdout);
  expect(ended.code).toBe(report.verdict.exitCode);
  const [failed] = report.diagnoses;
  return { report, verdict: report.verdict, cause: failed?.causes[0]?.id, ended };
}

test('--explain=yaml is the same report as --explain=json', async () => {
  const env = { CI_TOKEN: await idp.mintGitlab('expired') };
  const { report } = await explained(toGitlab, env);
  const ended = await getToken([...toGitlab, '--explain=yaml'], env);
  const { verdict, steps } = parse(ended.stdout);
  // Times pass between the two calls.
  const { error, exitCode, rule } = report.verdict;
  expect(verdict).toMatchObject({ error, exitCode, rule });
  expect(steps.map(({ name }: { name: string }) => name)).toEqual(
    report.steps.map(({ name }) => name),
  );
});

describe('the report', () => {
  test('of a successful run is on stdout, without a credential', async () => {
    const token = await idp.mintGitlab();
    const ended = await getToken([...toGitlab, '--explain'], { CI_TOKEN: token });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const lines = ended.stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^OK: .*sample-user@example\.com.* expires in \d/);
    expect(lines.at(-1)).toBe(lines[0]);
    expect(ended.stdout).not.toContain('\u001b');
    expect(ended.stdout).not.toContain('eyJ');
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(100);
    expect(ended.stdout).toContain('--data-urlencode "client_secret=$DEX_CLIENT_SECRET"');
  });

  test('of a failed run has the exit code of the plain run, and the verdict first and last', async () => {
    const env = { CI_TOKEN: await idp.mintGitlab('expired') };
    const plain = await getToken(toGitlab, env);
    const ended = await getToken([...toGitlab, '--explain'], env);
    expect(ended).toMatchObject({ code: plain.code, stderr: '' });
    expect(plain.code).toBe(4);
    const verdict = /^FAILED: .*\n(?: {2}\S.*\n)*/.exec(ended.stdout)?.[0].trimEnd();
    expect(verdict).toMatch(/connector\s+gitlab\s+\(dex_subject_token_expired\)$/);
    const block = ended.stdout.split('\n\n')[0] ?? '';
    expect(block).toMatch(/^cause: the identity token has expired$/m);
    expect(block).toMatch(/^fix: set the variable to a fresh token/m);
    expect(block).toMatch(/^ {4}dexchange help dex_subject_token_expired$/m);
    expect(block.split('\n').length).toBeLessThanOrEqual(12);
    expect(ended.stdout.startsWith(verdict ?? '-')).toBe(true);
    expect(ended.stdout.trimEnd().endsWith(verdict ?? '-')).toBe(true);
  });

  test('sends a request to Dex even if a denial of it is remembered', async () => {
    const env = { CI_TOKEN: await idp.mintGitlab('expired') };
    await getToken(toGitlab, env);
    const before = dex.tokenRequests().length;
    await getToken(toGitlab, env);
    expect(dex.tokenRequests().length).toBe(before);
    await getToken([...toGitlab, '--explain'], env);
    expect(dex.tokenRequests().length).toBe(before + 1);
  });

  test('goes to stderr within a client, and the credential to stdout', async () => {
    const env = { CI_TOKEN: await idp.mintGitlab(), KUBERNETES_EXEC_INFO: execInfo };
    const ended = await getToken(toGitlab, { ...env, DEXCHANGE_EXPLAIN: '1' });
    expect(execCredential(ended).status.token).toContain('.');
    expect(ended.stderr).toMatch(/^OK: /);
    const failed = await getToken([...toGitlab, '--no-cache'], {
      ...env,
      DEXCHANGE_EXPLAIN: 'json',
      DEXCHANGE_CLIENT_SECRET: 'wrong-secret',
    });
    expect(failed).toMatchObject({ code: 4, stdout: '' });
    expect(parsedReport(failed.stderr).verdict.rule).toBe('dex-client-refused');
  });

  test('is not printed with --explain=false', async () => {
    const ended = await getToken([...toGitlab, '--explain=false'], {
      CI_TOKEN: await idp.mintGitlab(),
      DEXCHANGE_EXPLAIN: '1',
    });
    expect(execCredential(ended).kind).toBe('ExecCredential');
  });

  test('shows a cache hit and the user of the cached token', async () => {
    const env = { CI_TOKEN: await idp.mintGitlab() };
    await getToken(toGitlab, env);
    const { report, verdict } = await explained(toGitlab, env);
    expect(verdict).toMatchObject({ status: 'ok', exitCode: 0 });
    expect(report.steps[2]).toMatchObject({ name: 'cache', result: 'hit' });
    expect(report.steps[4]).toMatchObject({ name: 'exchange', status: 'skipped' });
    expect(report.steps[5]).toMatchObject({
      user: { username: 'sample-user@example.com', audiences: ['kubernetes', clientId] },
    });
  });

  test('shows the origin of settings and what they override', async () => {
    const { report } = await explained(toGitlab, {
      CI_TOKEN: await idp.mintGitlab(),
      DEX_URL: 'https://other.example.com/',
      DEXCHANGE_CONNECTOR_ID: 'other',
    });
    const [settings] = report.steps;
    expect(settings).toMatchObject({
      settings: expect.arrayContaining([
        expect.objectContaining({ name: 'dex-url', from: '--dex-url', overrode: ['DEX_URL'] }),
        expect.objectContaining({ name: 'connector-id', overrode: ['DEXCHANGE_CONNECTOR_ID'] }),
      ]),
    });
  });

  test('splits the time of an exchange into connect, TLS and first byte', async () => {
    const ca = await createCa();
    const tls = await ca.issue({ commonName: 'dex', hosts: ['localhost'] });
    const own = await startDex({ tls, urlHost: 'localhost' });
    onTestFinished(own.close);
    const caFile = join(home, 'ca.crt');
    writeFileSync(caFile, ca.certPem);
    const { report } = await explainedAt(own.issuer, caFile);
    const exchange = report.steps[4];
    if (exchange?.name !== 'exchange') throw new Error('no exchange');
    const [attempt] = exchange.requests[0]?.attempts ?? [];
    expect(attempt).toMatchObject({
      tls: 'TLSv1.3',
      connectMs: expect.any(Number),
      tlsMs: expect.any(Number),
      firstByteMs: expect.any(Number),
    });
  });
});

async function explainedAt(issuer: string, caFile: string) {
  const ended = await dexchange(
    [
      ...['get-token', '--explain=json', `--dex-url=${issuer}`, `--client-id=${clientId}`],
      ...['--connector-id=mock', `--ca-file=${caFile}`],
    ],
    { env: { HOME: home, DEXCHANGE_CLIENT_SECRET: clientSecret, SUBJECT_TOKEN: 'any' } },
  );
  return { report: parsedReport(ended.stdout) };
}

describe('the verdict', () => {
  test.each([
    ['a missing setting', [], {}, 'configuration', 'setting', 2],
    ['no token', ['--connector-id=gitlab'], {}, 'no-identity-token', 'job-asks-for-none', 3],
    [
      'a variable that GitLab did not expand',
      toGitlab,
      { CI_TOKEN: '$CI_TOKEN' },
      'variable-not-expanded',
      'no-id-token',
      2,
    ],
    [
      'a secret that GitLab did not expand',
      toGitlab,
      { DEXCHANGE_CLIENT_SECRET: '$DEX_SECRET' },
      'variable-not-expanded',
      'protected',
      2,
    ],
    ['an invalid value', toGitlab, { DEXCHANGE_TIMEOUT: 'soon' }, 'configuration', 'setting', 2],
    [
      'plain http',
      [...toGitlab, '--identity=env'],
      { DEXCHANGE_TEST_URL: 'http://dex.example.com/' },
      'plain-http',
      'scheme',
      2,
    ],
    [
      'a secret that is still base64',
      toGitlab,
      { DEXCHANGE_CLIENT_SECRET: Buffer.from('a secret of a client').toString('base64') },
      'dex-client-refused',
      'secret-encoded',
      4,
    ],
    [
      'a wrong secret',
      toGitlab,
      { DEXCHANGE_CLIENT_SECRET: 'wrong' },
      'dex-client-refused',
      'secret-wrong',
      4,
    ],
    [
      "Keycloak's wrong secret",
      [...toKeycloak, '--idp-issuer-url=IDP'],
      { DEXCHANGE_IDP_CLIENT_SECRET: 'wrong' },
      'idp-client-refused',
      'secret',
      3,
    ],
    [
      "Keycloak's unknown client",
      ['--connector-id=keycloak', '--idp-client-id=nobody', '--idp-issuer-url=IDP'],
      { DEXCHANGE_IDP_CLIENT_SECRET: 'wrong' },
      'idp-client-refused',
      'unknown-client',
      3,
    ],
    [
      'an access token without openid',
      [...toKeycloak, '--idp-issuer-url=IDP', '--idp-scope=profile'],
      { DEXCHANGE_IDP_CLIENT_SECRET: idpSecret },
      'dex-subject-token-refused',
      'without-openid',
      4,
    ],
    [
      'an id_token of a CI system sent as access_token',
      [...toGitlab, '--subject-token-type=access_token'],
      {},
      'dex-subject-token-refused',
      'id-token-as-access-token',
      4,
    ],
    [
      'an opaque id_token',
      toGitlab,
      { CI_TOKEN: 'gho_abcdef' },
      'dex-subject-token-refused',
      'opaque',
      4,
    ],
    [
      'an unknown audience',
      [...toGitlab, '--audience=nowhere'],
      {},
      'dex-audience-untrusted',
      'other-audience',
      4,
    ],
    [
      'a proxy that is down',
      [...toGitlab, '--no-cache'],
      {
        http_proxy: 'http://127.0.0.1:9',
        DEXCHANGE_TEST_URL: 'http://dex.invalid/',
        DEXCHANGE_ALLOW_HTTP: '1',
      },
      'proxy',
      'down',
      5,
    ],
    [
      'a name that does not exist',
      toGitlab,
      { DEXCHANGE_TEST_URL: 'https://dex.invalid/' },
      'unreachable',
      'name',
      5,
    ],
    [
      'another server',
      toGitlab,
      { DEXCHANGE_TEST_URL: 'DEX/wrong/path' },
      'wrong-server',
      'issuer-path',
      5,
    ],
  ])('on %s', async (_what, args, env, rule, cause, exitCode) => {
    const real = args.map((arg) => arg.replace('IDP', idp.issuer));
    const url = (env as Record<string, string>)['DEXCHANGE_TEST_URL'];
    const token = await idp.mintGitlab();
    const wanted = url?.replace('DEX', dex.issuer.replace(/\/$/, ''));
    const base = ['get-token', `--dex-url=${wanted ?? dex.issuer}`, `--client-id=${clientId}`];
    const needsToken = real.includes('--subject-token-env=CI_TOKEN');
    const ended = await dexchange([...base, ...real, '--explain=json'], {
      env: {
        HOME: home,
        DEXCHANGE_CLIENT_SECRET: clientSecret,
        ...(needsToken ? { CI_TOKEN: token } : {}),
        ...env,
      },
    });
    const report = parsedReport(ended.stdout);
    expect(report.verdict).toMatchObject({ status: 'failed', rule, exitCode });
    expect(report.diagnoses[0]?.causes[0]?.id).toBe(cause);
    expect(ended.code).toBe(exitCode);
  });

  test('on a certificate of an unknown CA, and of another name', async () => {
    const ca = await createCa();
    const other = await startDex({
      tls: await ca.issue({ commonName: 'x', hosts: ['x.example'] }),
    });
    onTestFinished(other.close);
    const caFile = join(home, 'ca.crt');
    writeFileSync(caFile, ca.certPem);
    const call = async (flags: readonly string[]) => {
      const args = ['get-token', `--dex-url=${other.issuer}`, `--client-id=${clientId}`];
      const ended = await dexchange([...args, '--connector-id=mock', '--explain=json', ...flags], {
        env: { HOME: home, DEXCHANGE_CLIENT_SECRET: clientSecret, SUBJECT_TOKEN: 'any' },
      });
      return parsedReport(ended.stdout).verdict.rule;
    };
    expect(await call([])).toBe('tls-unknown-ca');
    expect(await call(['--ca-file', caFile])).toBe('tls-wrong-name');
  });

  test('on a server whose clock is an hour ahead is a warning', async () => {
    const own = await startDex({ clockSkewSeconds: 3600 });
    onTestFinished(own.close);
    const ended = await dexchange(
      [
        ...['get-token', '--explain=json', `--dex-url=${own.issuer}`, `--client-id=${clientId}`],
        '--connector-id=mock',
      ],
      { env: { HOME: home, DEXCHANGE_CLIENT_SECRET: clientSecret, SUBJECT_TOKEN: 'any' } },
    );
    const report = parsedReport(ended.stdout);
    expect(report.verdict).toMatchObject({ status: 'warning', rule: 'clock', exitCode: 0 });
    const [dexClock] = report.steps[6]?.name === 'kubernetes' ? report.steps[6].clocks : [];
    expect(dexClock?.server).toBe('Dex');
    expect(Math.abs((dexClock?.aheadSeconds ?? 0) - 3600)).toBeLessThan(5);
  });
});

test('no report contains a secret, in any encoding', async () => {
  const subject = await idp.mintGitlab();
  const repeating = await idp.mintGitlab(undefined, { note: `a claim with ${clientSecret}` });
  const echo = await startDex({
    misbehave: () => ({
      kind: 'answer',
      status: 400,
      body: JSON.stringify({
        error: 'invalid_request',
        error_description: `${clientSecret} ${encodeURIComponent(clientSecret)} ${subject} ${Buffer.from(clientSecret).toString('base64')}`,
      }),
    }),
  });
  onTestFinished(echo.close);
  const script = join(home, 'print.cjs');
  writeFileSync(script, 'process.stdout.write(process.env.HIDDEN)');
  const secretWord = 'c4nary-word-in-a-command';
  const calls: readonly (readonly [readonly string[], Readonly<Record<string, string>>])[] = [
    [toGitlab, { CI_TOKEN: repeating }],
    [[...toGitlab, `--client-secret=${clientSecret}`], {}],
    [toGitlab, { DEXCHANGE_CLIENT_SECRET: 'c4nary-wrong-secret' }],
    [['--connector-id=gitlab', `--subject-token=${subject}`], {}],
    [
      [
        '--connector-id=gitlab',
        `--subject-token-command='${process.execPath}' '${script}' ${secretWord}`,
      ],
      { HIDDEN: subject },
    ],
    [
      [...toKeycloak, `--idp-issuer-url=${idp.issuer}`, '--idp-param=key=c4nary-param'],
      { DEXCHANGE_IDP_CLIENT_SECRET: idpSecret },
    ],
    [[...toGitlab, `--dex-url=${echo.issuer}`], {}],
    [[...toGitlab, '--dex-url=https://c4nary-user:c4nary-pass@dex.invalid/?q=c4nary-query'], {}],
  ];
  const secrets = [
    clientSecret,
    idpSecret,
    subject,
    subject.split('.')[1] ?? '',
    subject.split('.')[2] ?? '',
    repeating.split('.')[2] ?? '',
    'c4nary',
  ];
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    JSON.stringify(secret).slice(1, -1),
  ]);
  for (const [args, env] of calls) {
    for (const form of ['--explain', '--explain=json', '--explain -v']) {
      const base = args.some((arg) => arg.startsWith('--dex-url'))
        ? []
        : [`--dex-url=${dex.issuer}`];
      const ended = await dexchange(
        [
          'get-token',
          `--client-id=${clientId}`,
          '--no-cache',
          ...base,
          ...args,
          ...form.split(' '),
        ],
        {
          env: {
            HOME: home,
            DEXCHANGE_CLIENT_SECRET: clientSecret,
            CI_TOKEN: subject,
            ...(args.some((arg) => arg.startsWith('--client-secret='))
              ? { DEXCHANGE_CLIENT_SECRET: '' }
              : {}),
            ...env,
          },
        },
      );
      const said = ended.stdout + ended.stderr;
      expect(said.length).toBeGreaterThan(500);
      for (const secret of forms) {
        expect(said.includes(secret), `${args.join(' ')} ${form} says ${secret}`).toBe(false);
      }
      expect(said).not.toMatch(/eyJ[\w-]{20}/);
    }
  }
}, 180_000);
