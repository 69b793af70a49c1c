import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createCa } from '../../support/certificates.ts';
import { type Dex, startDex } from '../../support/dex.ts';
import { type Call, dexchange, execCredential, freshFolder } from '../../support/dexchange.ts';
import { type Idp, startIdp } from '../../support/idp.ts';
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

const toGitlab = ['--connector-id', 'gitlab', '--subject-token-env', 'CI_TOKEN'];

/** A call with all that is the same in most: Dex, client, secret, a home of its own. */
function getToken(args: readonly string[], call: Call = {}): Promise<Ended> {
  return dexchange(['get-token', '--dex-url', dex.issuer, '--client-id', clientId, ...args], {
    ...call,
    env: { HOME: home, DEXCHANGE_CLIENT_SECRET: clientSecret, ...call.env },
  });
}

async function countingExchanges<T>(run: () => Promise<T>): Promise<{ result: T; count: number }> {
  const before = dex.tokenRequests().length;
  const result = await run();
  return { result, count: dex.tokenRequests().length - before };
}

describe('the identity token', () => {
  test('from an environment variable is exchanged for a credential of its user', async () => {
    const token = await idp.mintGitlab();
    const ended = await getToken(toGitlab, { env: { CI_TOKEN: token } });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { status } = execCredential(ended);
    expect(decodeJwt(status.token)).toMatchObject({
      email: 'sample-user@example.com',
      aud: ['kubernetes', clientId],
    });
  });

  test('from a file whose path has spaces, ended by a line end', async () => {
    const folder = join(home, 'a folder with spaces');
    mkdirSync(folder);
    writeFileSync(join(folder, 'the token'), `${await idp.mintGitlab()}\r\n`);
    const ended = await getToken(
      ['--connector-id', 'gitlab', '--subject-token-file', 'the token'],
      {
        cwd: folder,
      },
    );
    expect(execCredential(ended).status.token).toContain('.');
  });

  test('from a command, run without a shell, without our secrets and with stdin closed', async () => {
    const token = await idp.mintGitlab();
    const script = join(home, 'print token.cjs');
    const seen = join(home, 'seen');
    writeFileSync(
      script,
      `const fs = require('node:fs');
       fs.writeFileSync(process.argv[2], JSON.stringify({
         env: process.env, argv: process.argv.slice(3), stdin: fs.readFileSync(0, 'utf8') }));
       process.stdout.write(process.env.TOKEN_FOR_COMMAND + '\\n');`,
    );
    const ended = await getToken(
      [
        '--connector-id=gitlab',
        `--subject-token-command='${process.execPath}' '${script}' '${seen}' '$HOME' "a b"`,
      ],
      {
        env: { TOKEN_FOR_COMMAND: token, DEX_CLIENT_SECRET: 'other', KUBERNETES_EXEC_INFO: '{}' },
        stdin: 'must not be read',
      },
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { env, argv, stdin } = JSON.parse(readFileSync(seen, 'utf8'));
    expect(argv).toEqual(['$HOME', 'a b']);
    expect(stdin).toBe('');
    expect(env).toMatchObject({ TOKEN_FOR_COMMAND: token });
    expect(JSON.stringify(env)).not.toContain(clientSecret);
    expect(Object.keys(env)).not.toContain('KUBERNETES_EXEC_INFO');
    expect(Object.keys(env)).not.toContain('DEX_CLIENT_SECRET');
  });

  test.each([
    ['client_secret_basic', 'by discovery', () => ['--idp-issuer-url', idp.issuer]],
    ['client_secret_post', 'at its token endpoint', () => ['--idp-token-url', idp.tokenUrl]],
  ])('from client credentials with %s, %s', async (method, _how, where) => {
    const ended = await getToken(
      [
        '--connector-id=keycloak',
        '--idp-client-id=ci-client',
        `--idp-auth-method=${method}`,
        ...where(),
      ],
      { env: { DEXCHANGE_IDP_CLIENT_SECRET: idpSecret } },
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const request = idp.tokenRequests().at(-1);
    expect(request?.form.get('scope')).toBe('openid');
    expect(dex.tokenRequests().at(-1)?.form.get('subject_token_type')).toBe(
      'urn:ietf:params:oauth:token-type:access_token',
    );
  });

  test('from GitLab without a word of configuration', async () => {
    const ended = await getToken(['--connector-id=gitlab'], {
      env: { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: await idp.mintGitlab() },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['is missing', undefined, 3, 'variable CI_TOKEN, which --subject-token-env names, is not set'],
    ['is empty', '', 3, 'variable CI_TOKEN, which --subject-token-env names, is empty'],
    [
      'was left unexpanded by GitLab',
      '$CI_TOKEN',
      2,
      'variable CI_TOKEN holds the literal name of a variable instead of its value',
    ],
    [
      'is JSON around a token',
      '{"access_token":"a.b.c"}',
      3,
      'the identity token from variable CI_TOKEN is JSON, not a token',
    ],
    [
      'has several lines',
      'a.b.c\nd.e.f',
      3,
      'the identity token from variable CI_TOKEN holds spaces, line breaks or other characters that are not valid in a token',
    ],
  ])('that %s is refused before any request', async (_what, value, code, message) => {
    const { result, count } = await countingExchanges(() =>
      getToken(toGitlab, value === undefined ? {} : { env: { CI_TOKEN: value } }),
    );
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(/^dexchange: .+\nhint: .+\n$/);
    expect(result.stderr.split('\n')[0]).toBe(`dexchange: ${message}`);
    expect(count).toBe(0);
  });

  test.each([
    ['that is not there', 'nowhere-to-be-found', /was not found$/],
    ['that fails', `'${process.execPath}' -e "process.exit(7)"`, /ended with exit code 7$/],
    ['that prints nothing', `'${process.execPath}' -e ""`, /gave nothing$/],
    ['that hangs', `'${process.execPath}' -e "setInterval(()=>{},9)"`, /did not end within 1.5 s$/],
    [
      'that never stops printing',
      `'${process.execPath}' -e "for(;;)require('fs').writeSync(1,'x'.repeat(9999))"`,
      /printed more than 1048576 bytes$/,
    ],
  ])('from a command %s is an error that names it', async (_what, command, message) => {
    const ended = await getToken([
      '--connector-id=gitlab',
      `--subject-token-command=${command}`,
      '--timeout=1.5s',
    ]);
    expect(ended).toMatchObject({ code: 3, stdout: '' });
    expect(ended.stderr.split('\n')[0]).toMatch(/^dexchange: --subject-token-command: command /);
    expect(ended.stderr.split('\n')[0]).toMatch(message);
  });
});

describe('the cache', () => {
  test('answers the second call without a request', async () => {
    const env = { CI_TOKEN: await idp.mintGitlab() };
    const { result, count } = await countingExchanges(async () => [
      await getToken(toGitlab, { env }),
      await getToken(toGitlab, { env }),
      await getToken([...toGitlab, '-o', 'token'], { env }),
    ]);
    expect(count).toBe(1);
    const [first, second, bare] = result as [Ended, Ended, Ended];
    expect(second.stdout).toBe(first.stdout);
    expect(bare.stdout).toBe(`${execCredential(first).status.token}\n`);
  });

  test('gives another identity token no credential of the first', async () => {
    const first = execCredential(
      await getToken(toGitlab, { env: { CI_TOKEN: await idp.mintGitlab() } }),
    );
    const other = await idp.mintGitlab(undefined, { user_email: 'other@example.com' });
    const second = execCredential(await getToken(toGitlab, { env: { CI_TOKEN: other } }));
    expect(decodeJwt(first.status.token)['email']).toBe('sample-user@example.com');
    expect(decodeJwt(second.status.token)['email']).toBe('other@example.com');
  });

  test('is not asked with --no-cache, and nothing is written', async () => {
    const env = { CI_TOKEN: await idp.mintGitlab() };
    const { count } = await countingExchanges(async () => {
      await getToken([...toGitlab, '--no-cache'], { env });
      await getToken([...toGitlab, '--no-cache'], { env });
    });
    expect(count).toBe(2);
    expect(readdirSync(home)).toEqual([]);
  });

  test('serves client credentials without asking the IdP', async () => {
    const call = () =>
      getToken(
        ['--connector-id=keycloak', '--idp-client-id=ci-client', '--idp-issuer-url', idp.issuer],
        { env: { DEXCHANGE_IDP_CLIENT_SECRET: idpSecret } },
      );
    await call();
    const before = idp.requests.length;
    expect(await call()).toMatchObject({ code: 0, stderr: '' });
    expect(idp.requests.length).toBe(before);
  });

  test('does not run the command again', async () => {
    const counter = join(home, 'runs');
    const script = join(home, 'token.cjs');
    writeFileSync(
      script,
      `require('node:fs').appendFileSync(${JSON.stringify(counter)}, 'x');
       console.log(${JSON.stringify(await idp.mintGitlab())});`,
    );
    const args = [
      '--connector-id=gitlab',
      `--subject-token-command='${process.execPath}' '${script}'`,
    ];
    await getToken(args);
    await getToken(args);
    expect(readFileSync(counter, 'utf8')).toBe('x');
  });

  test('lies in --cache-dir where that is set, closed to others', async () => {
    const env = { CI_TOKEN: await idp.mintGitlab() };
    const { count } = await countingExchanges(async () => {
      await getToken([...toGitlab, '--cache-dir', 'my cache'], { env, cwd: home });
      await getToken([...toGitlab, `--cache-dir=${join(home, 'my cache')}`], { env });
    });
    expect(count).toBe(1);
    expect(existsSync(join(home, 'my cache', 'dexchange'))).toBe(true);
  });

  test('that cannot be written costs nothing but the caching', async () => {
    writeFileSync(join(home, 'file'), '');
    const ended = await getToken([...toGitlab, '--cache-dir', join(home, 'file'), '-v'], {
      env: { CI_TOKEN: await idp.mintGitlab() },
    });
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('debug: cache: not stored');
  });
});

describe('the answer', () => {
  const info = (apiVersion: unknown, spec: unknown = {}) =>
    JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });

  test.each([
    ['client.authentication.k8s.io/v1', { interactive: false }],
    ['client.authentication.k8s.io/v1beta1', { interactive: true }],
    ['client.authentication.k8s.io/v1', {}],
  ])('is in the version that was asked, %s, with spec %j', async (apiVersion, spec) => {
    const ended = await getToken(toGitlab, {
      env: { CI_TOKEN: await idp.mintGitlab(), KUBERNETES_EXEC_INFO: info(apiVersion, spec) },
    });
    const credential = execCredential(ended);
    expect(credential).toMatchObject({ kind: 'ExecCredential', apiVersion, spec });
    expect(ended.stdout.trim().split('\n')).toHaveLength(1);
    const exp = Number(decodeJwt(credential.status.token).exp);
    const reported = Date.parse(credential.status.expirationTimestamp) / 1000;
    expect(exp - reported).toBeGreaterThanOrEqual(10);
    expect(exp - reported).toBeLessThan(60);
  });

  test.each([undefined, '', 'not json', '[]', '{}', '"x"', '{"spec":null}'])(
    'is v1 when KUBERNETES_EXEC_INFO is %j',
    async (raw) => {
      const ended = await getToken(toGitlab, {
        env: {
          CI_TOKEN: await idp.mintGitlab(),
          ...(raw === undefined ? {} : { KUBERNETES_EXEC_INFO: raw }),
        },
      });
      expect(execCredential(ended).apiVersion).toBe('client.authentication.k8s.io/v1');
    },
  );

  test('to an unsupported version is an error before any request', async () => {
    const { result, count } = await countingExchanges(async () =>
      getToken(toGitlab, {
        env: {
          CI_TOKEN: await idp.mintGitlab(),
          KUBERNETES_EXEC_INFO: info('client.authentication.k8s.io/v1alpha1'),
        },
      }),
    );
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('ExecCredential of client.authentication.k8s.io/v1alpha1');
    expect(count).toBe(0);
  });

  test("takes settings from the cluster's extension", async () => {
    const config = { dexUrl: dex.issuer, 'client-id': clientId, connectorId: 'gitlab', unknown: 1 };
    const call = async (...args: string[]) =>
      dexchange(['get-token', '--subject-token-env=CI_TOKEN', ...args], {
        env: {
          HOME: home,
          DEXCHANGE_CLIENT_SECRET: clientSecret,
          CI_TOKEN: await idp.mintGitlab(),
          // A job-wide variable of another tool must not redirect this cluster's secrets.
          DEX_URL: 'https://elsewhere.invalid/',
          KUBERNETES_EXEC_INFO: info('client.authentication.k8s.io/v1', {
            interactive: false,
            cluster: { server: 'https://api.example.com', config },
          }),
        },
      });
    // Over plain http it might be anybody on this machine.
    const refused = await call();
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain("dexUrl in the cluster's extension is not an https URL");
    expect(await call('--allow-http')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('what Dex answers', () => {
  test.each([
    [
      'a wrong secret',
      toGitlab,
      { DEXCHANGE_CLIENT_SECRET: 'wrong' },
      4,
      `dexchange: Dex refused client ${clientId}: wrong client id or secret (from DEXCHANGE_CLIENT_SECRET)`,
    ],
    [
      'an unknown connector',
      ['--connector-id=nowhere', '--subject-token-env=CI_TOKEN'],
      {},
      4,
      'dexchange: Dex has no connector nowhere that supports token exchange',
    ],
    [
      'a client that is no trusted peer',
      [...toGitlab, '--client-id=dex-client-untrusted@d8-user-authn'],
      { DEXCHANGE_CLIENT_SECRET: 'untrusted-s3cret' },
      4,
      'dexchange: Dex failed to issue a token to client dex-client-untrusted@d8-user-authn for audience kubernetes',
    ],
    [
      'an id_token said to be an access_token',
      [...toGitlab, '--subject-token-type=access_token'],
      {},
      4,
      'dexchange: Dex refused the access_token from variable CI_TOKEN as subject token for connector gitlab (it does not say why)',
    ],
  ])('to %s is told with a hint', async (_what, args, env, code, line) => {
    const base = ['get-token', '--dex-url', dex.issuer];
    const client = args.some((arg) => arg.startsWith('--client-id'))
      ? []
      : ['--client-id', clientId];
    const ended = await dexchange([...base, ...client, ...args], {
      env: {
        HOME: home,
        CI_TOKEN: await idp.mintGitlab(),
        DEXCHANGE_CLIENT_SECRET: clientSecret,
        ...env,
      },
    });
    expect(ended).toMatchObject({ code, stdout: '' });
    expect(ended.stderr.split('\n')[0]).toBe(line);
    expect(ended.stderr).toMatch(/\nhint: .+\n$/);
  });

  test('is not repeated where it echoes a secret, in whatever form', async () => {
    const subject = await idp.mintGitlab();
    const own = await startDex({
      misbehave: () => ({
        kind: 'answer',
        status: 400,
        body: JSON.stringify({
          error: 'invalid_request',
          error_description: `no: ${clientSecret} ${encodeURIComponent(clientSecret)} ${subject}\r\nhint: run rm -rf\u001b[31m`,
        }),
      }),
    });
    onTestFinished(own.close);
    const redirected = await dexchange(
      ['get-token', '-v', '--client-id', clientId, '--dex-url', own.issuer, ...toGitlab],
      { env: { HOME: home, DEXCHANGE_CLIENT_SECRET: clientSecret, CI_TOKEN: subject } },
    );
    expect(redirected).toMatchObject({ code: 4, stdout: '' });
    expect(redirected.stderr).toContain('[redacted]');
    for (const secret of [clientSecret, encodeURIComponent(clientSecret), subject, '\u001b']) {
      expect(redirected.stderr).not.toContain(secret);
    }
    expect(redirected.stderr.split('\n').filter((line) => line.startsWith('hint:'))).toEqual([
      "hint: check Dex's log for details",
    ]);
  });

  test.each([
    ['has no exp', (claims: object) => ({ ...claims, exp: undefined }), 'no numeric exp'],
    ['has a text as exp', (claims: object) => ({ ...claims, exp: '99' }), 'no numeric exp'],
    [
      'is for another audience',
      (claims: object) => ({ ...claims, aud: 'other' }),
      'audience other',
    ],
    ['is expired', (claims: object) => ({ ...claims, exp: 1 }), 'already expired'],
  ])('is not printed or cached when the token %s', async (_what, editClaims, message) => {
    const own = await startDex({ idps: { gitlab: idp }, editClaims });
    onTestFinished(own.close);
    const call = async () =>
      dexchange(['get-token', '--client-id', clientId, '--dex-url', own.issuer, ...toGitlab], {
        env: {
          HOME: home,
          DEXCHANGE_CLIENT_SECRET: clientSecret,
          CI_TOKEN: await idp.mintGitlab(),
        },
      });
    const ended = await call();
    expect(ended).toMatchObject({ code: 5, stdout: '' });
    expect(ended.stderr).toContain(message);
    const cache = join(home, '.cache/dexchange');
    const entries = existsSync(cache) ? readdirSync(cache) : [];
    expect(entries.filter((name) => name.endsWith('.entry'))).toEqual([]);
  });

  test('is believed over a local clock that is wrong', async () => {
    const own = await startDex({ clockSkewSeconds: -7200 });
    onTestFinished(own.close);
    const ended = await dexchange(
      ['get-token', '--client-id', clientId, '--dex-url', own.issuer, '--connector-id=mock'],
      { env: { HOME: home, DEXCHANGE_CLIENT_SECRET: clientSecret, SUBJECT_TOKEN: 'any' } },
    );
    const { status } = execCredential(ended);
    expect(Date.parse(status.expirationTimestamp)).toBeGreaterThan(Date.now());
  });
});

test('tokens of 20 KB with hundreds of groups and non-ASCII claims work', async () => {
  const groups = Array.from({ length: 700 }, (_, index) => `группа/команда-${index}`);
  const token = await idp.mintGitlab(undefined, { groups, user_login: 'Ünïcødé 名前' });
  expect(token.length).toBeGreaterThan(20_000);
  const ended = await getToken(toGitlab, { env: { CI_TOKEN: token } });
  const claims = decodeJwt(execCredential(ended).status.token);
  expect(claims).toMatchObject({ name: 'Ünïcødé 名前', groups });
  const again = await getToken(toGitlab, { env: { CI_TOKEN: token } });
  expect(again.stdout).toBe(ended.stdout);
});

test('an IPv6 literal and a private CA work, by file and by data', async () => {
  const ca = await createCa();
  const tls = await ca.issue({ commonName: 'dex', hosts: ['::1'] });
  const own = await startDex({ tls, host: '::1', idps: { gitlab: idp } });
  onTestFinished(own.close);
  expect(own.issuer).toContain('https://[::1]:');
  const caFile = join(home, 'ca file.crt');
  writeFileSync(caFile, ca.certPem);
  const env = {
    HOME: home,
    DEXCHANGE_CLIENT_SECRET: clientSecret,
    CI_TOKEN: await idp.mintGitlab(),
  };
  const base = ['get-token', '--dex-url', own.issuer, '--client-id', clientId, ...toGitlab];
  const unknown = await dexchange(base, { env });
  expect(unknown).toMatchObject({ code: 5, stdout: '' });
  expect(unknown.stderr).toContain('--certificate-authority');
  for (const flags of [
    ['--certificate-authority', caFile],
    ['--ca-file', caFile],
    ['--certificate-authority-data', Buffer.from(ca.certPem).toString('base64')],
    ['--insecure-skip-tls-verify'],
  ]) {
    const ended = await dexchange([...base, ...flags, '--no-cache'], { env });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  }
});

test('a secret on the command line is accepted, and warned of under -v alone', async () => {
  const env = { HOME: home, CI_TOKEN: await idp.mintGitlab() };
  const args = [
    'get-token',
    '--dex-url',
    dex.issuer,
    '--client-id',
    clientId,
    ...toGitlab,
    '--client-secret',
    clientSecret,
  ];
  expect(await dexchange(args, { env })).toMatchObject({ code: 0, stderr: '' });
  const told = await dexchange([...args, '-v'], { env });
  expect(told.stderr).toContain('debug: warning: --client-secret is on the command line');
  expect(told.stderr).not.toContain(clientSecret);
});

test('--timeout bounds the whole call, the identity source included', async () => {
  const hanging = await startIdp({ misbehave: () => ({ kind: 'hang' }) });
  onTestFinished(hanging.close);
  const ended = await getToken(
    [
      '--connector-id=keycloak',
      '--idp-client-id=ci-client',
      `--idp-issuer-url=${hanging.issuer}`,
      '--timeout=700ms',
    ],
    { env: { DEXCHANGE_IDP_CLIENT_SECRET: idpSecret } },
  );
  expect(ended).toMatchObject({ code: 5, stdout: '' });
});

test('NODE_DEBUG puts nothing on stderr, the environment of a command least of all', async () => {
  const script = join(home, 'token.cjs');
  writeFileSync(script, `console.log(${JSON.stringify(await idp.mintGitlab())});`);
  const ended = await getToken(
    ['--connector-id=gitlab', `--subject-token-command='${process.execPath}' '${script}'`],
    { env: { NODE_DEBUG: 'child_process,stream,net,tls,timer', SOME_SECRET: 'canary' } },
  );
  expect(ended).toMatchObject({ code: 0, stderr: '' });
});

test('a folder that is gone, and a variable named like an inherited property, are no bugs', async () => {
  const ended = await getToken(['--connector-id=gitlab', '--subject-token-env=constructor']);
  expect(ended).toMatchObject({ code: 3, stdout: '' });
  expect(ended.stderr).toContain(
    'variable constructor, which --subject-token-env names, is not set',
  );
});

test('a file of a hundred thousand line ends is read in no time', async () => {
  const file = join(home, 'token');
  writeFileSync(file, `${'\n'.repeat(300_000)}x`);
  const ended = await getToken(['--connector-id=gitlab', `--subject-token-file=${file}`]);
  expect(ended).toMatchObject({ code: 3, stdout: '' });
});
