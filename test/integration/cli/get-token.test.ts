import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ErrorCode } from '../../../src/errors.ts';
import { createCa } from '../../support/certificates.ts';
import { ciClient, dexSuite, idpSecret } from '../../support/cli-suite.ts';
import { startDex } from '../../support/dex.ts';
import { execCredential } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';
import { startIdp } from '../../support/idp.ts';

const suite = dexSuite();
const { getToken, tokenRequestsDuring } = suite;

const toGitlab = ['--connector-id', 'gitlab', '--subject-token-env', 'CI_TOKEN'];

describe('the identity token', () => {
  test('from an environment variable is exchanged for a credential of its user', async () => {
    const token = await suite.idp.mintGitlab();
    const ended = await getToken(toGitlab, { env: { CI_TOKEN: token } });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { status } = execCredential(ended);
    expect(decodeJwt(status.token)).toMatchObject({
      email: 'sample-user@example.com',
      aud: ['kubernetes', ciClient.id],
    });
  });

  test('from a file whose path has spaces, with a line break at the end', async () => {
    const folder = join(suite.home, 'a folder with spaces');
    mkdirSync(folder);
    writeFileSync(join(folder, 'the token'), `${await suite.idp.mintGitlab()}\r\n`);
    const ended = await getToken(
      ['--connector-id', 'gitlab', '--subject-token-file', 'the token'],
      {
        cwd: folder,
      },
    );
    expect(execCredential(ended).status.token).toContain('.');
  });

  test('from a command, which gets no shell, no secrets of dexchange and no stdin', async () => {
    const token = await suite.idp.mintGitlab();
    const script = join(suite.home, 'print token.cjs');
    const seen = join(suite.home, 'seen');
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
    expect(JSON.stringify(env)).not.toContain(ciClient.secret);
    expect(Object.keys(env)).not.toContain('KUBERNETES_EXEC_INFO');
    expect(Object.keys(env)).not.toContain('DEX_CLIENT_SECRET');
  });

  test.each([
    ['client_secret_basic', 'by discovery', () => ['--idp-issuer-url', suite.idp.issuer]],
    ['client_secret_post', 'at its token endpoint', () => ['--idp-token-url', suite.idp.tokenUrl]],
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
    const request = suite.idp.tokenRequests().at(-1);
    expect(request?.form.get('scope')).toBe('openid');
    expect(suite.dex.tokenRequests().at(-1)?.form.get('subject_token_type')).toBe(
      'urn:ietf:params:oauth:token-type:access_token',
    );
  });

  test('from GitLab needs no configuration', async () => {
    const ended = await getToken(['--connector-id=gitlab'], {
      env: { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: await suite.idp.mintGitlab() },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  test.each<[string, string | undefined, number, ErrorCode, string[]]>([
    ['is missing', undefined, 3, 'subject_token_invalid', ['CI_TOKEN', '--subject-token-env']],
    ['is empty', '', 3, 'subject_token_invalid', ['CI_TOKEN', '--subject-token-env', 'empty']],
    ['is an unexpanded variable', '$CI_TOKEN', 2, 'setting_not_expanded', ['CI_TOKEN']],
    [
      'is JSON around a token',
      '{"access_token":"a.b.c"}',
      3,
      'subject_token_invalid',
      ['CI_TOKEN', 'JSON'],
    ],
    ['has several lines', 'a.b.c\nd.e.f', 3, 'subject_token_invalid', ['CI_TOKEN', 'line breaks']],
  ])('that %s fails before any request', async (_what, value, exitCode, code, names) => {
    const env = value === undefined ? {} : { CI_TOKEN: value };
    const count = await tokenRequestsDuring(async () => {
      expectFailure(await getToken(toGitlab, { env }), { exitCode, names, hint: [] });
      expectFailure(await getToken([...toGitlab, '-v'], { env }), { exitCode, code });
    });
    expect(count).toBe(0);
  });

  const failedCommand = 'subject_token_command_failed';
  test.each<[string, string, ErrorCode, RegExp]>([
    ['that does not exist', 'nowhere-to-be-found', failedCommand, /not found/],
    ['that fails', `'${process.execPath}' -e "process.exit(7)"`, failedCommand, /exit code 7$/],
    [
      'that prints nothing',
      `'${process.execPath}' -e ""`,
      'subject_token_invalid',
      /nothing|no output|empty/,
    ],
    ['that hangs', `'${process.execPath}' -e "setInterval(()=>{},9)"`, failedCommand, /1\.5 s$/],
    [
      'that never stops printing',
      `'${process.execPath}' -e "for(;;)require('fs').writeSync(1,'x'.repeat(9999))"`,
      failedCommand,
      /1048576 bytes$/,
    ],
  ])('from a command %s is an error that names it', async (_what, command, code, reason) => {
    const ended = await getToken([
      '-v',
      '--connector-id=gitlab',
      `--subject-token-command=${command}`,
      '--timeout=1.5s',
    ]);
    expectFailure(ended, { exitCode: 3, code, names: ['--subject-token-command', reason] });
  });
});

describe('the cache', () => {
  test('answers the second call without a request', async () => {
    const env = { CI_TOKEN: await suite.idp.mintGitlab() };
    const first = await getToken(toGitlab, { env });
    const count = await tokenRequestsDuring(async () => {
      expect((await getToken(toGitlab, { env })).stdout).toBe(first.stdout);
      const bare = await getToken([...toGitlab, '-o', 'token'], { env });
      expect(bare.stdout).toBe(`${execCredential(first).status.token}\n`);
    });
    expect(count).toBe(0);
  });

  test('returns no credential of another identity token', async () => {
    const first = execCredential(
      await getToken(toGitlab, { env: { CI_TOKEN: await suite.idp.mintGitlab() } }),
    );
    const other = await suite.idp.mintGitlab(undefined, { user_email: 'other@example.com' });
    const second = execCredential(await getToken(toGitlab, { env: { CI_TOKEN: other } }));
    expect(decodeJwt(first.status.token)['email']).toBe('sample-user@example.com');
    expect(decodeJwt(second.status.token)['email']).toBe('other@example.com');
  });

  test('is neither read nor written with --no-cache', async () => {
    const env = { CI_TOKEN: await suite.idp.mintGitlab() };
    const count = await tokenRequestsDuring(async () => {
      await getToken([...toGitlab, '--no-cache'], { env });
      await getToken([...toGitlab, '--no-cache'], { env });
    });
    expect(count).toBe(2);
    expect(readdirSync(suite.home)).toEqual([]);
  });

  test('answers a call with client credentials without a request to the IdP', async () => {
    const call = () =>
      getToken(
        [
          '--connector-id=keycloak',
          '--idp-client-id=ci-client',
          '--idp-issuer-url',
          suite.idp.issuer,
        ],
        { env: { DEXCHANGE_IDP_CLIENT_SECRET: idpSecret } },
      );
    await call();
    const before = suite.idp.requests.length;
    expect(await call()).toMatchObject({ code: 0, stderr: '' });
    expect(suite.idp.requests.length).toBe(before);
  });

  test('does not run the command again', async () => {
    const counter = join(suite.home, 'runs');
    const script = join(suite.home, 'token.cjs');
    writeFileSync(
      script,
      `require('node:fs').appendFileSync(${JSON.stringify(counter)}, 'x');
       console.log(${JSON.stringify(await suite.idp.mintGitlab())});`,
    );
    const args = [
      '--connector-id=gitlab',
      `--subject-token-command='${process.execPath}' '${script}'`,
    ];
    await getToken(args);
    await getToken(args);
    expect(readFileSync(counter, 'utf8')).toBe('x');
  });

  test('is in --cache-dir if that is set', async () => {
    const env = { CI_TOKEN: await suite.idp.mintGitlab() };
    const count = await tokenRequestsDuring(async () => {
      await getToken([...toGitlab, '--cache-dir', 'my cache'], { env, cwd: suite.home });
      await getToken([...toGitlab, `--cache-dir=${join(suite.home, 'my cache')}`], { env });
    });
    expect(count).toBe(1);
    expect(existsSync(join(suite.home, 'my cache', 'dexchange'))).toBe(true);
  });

  test('that cannot be written does not fail the call', async () => {
    writeFileSync(join(suite.home, 'file'), '');
    const ended = await getToken([...toGitlab, '--cache-dir', join(suite.home, 'file'), '-v'], {
      env: { CI_TOKEN: await suite.idp.mintGitlab() },
    });
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('debug: cache: not stored');
  });
});

describe('the ExecCredential', () => {
  const info = (apiVersion: unknown, spec: unknown = {}) =>
    JSON.stringify({ kind: 'ExecCredential', apiVersion, spec });

  test.each([
    ['client.authentication.k8s.io/v1', { interactive: false }],
    ['client.authentication.k8s.io/v1beta1', { interactive: true }],
    ['client.authentication.k8s.io/v1', {}],
  ])('has the requested version %s, with spec %j', async (apiVersion, spec) => {
    const ended = await getToken(toGitlab, {
      env: { CI_TOKEN: await suite.idp.mintGitlab(), KUBERNETES_EXEC_INFO: info(apiVersion, spec) },
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
          CI_TOKEN: await suite.idp.mintGitlab(),
          ...(raw === undefined ? {} : { KUBERNETES_EXEC_INFO: raw }),
        },
      });
      expect(execCredential(ended).apiVersion).toBe('client.authentication.k8s.io/v1');
    },
  );

  test('can be YAML for people, but not for clients', async () => {
    const env = { CI_TOKEN: await suite.idp.mintGitlab() };
    const ended = await getToken([...toGitlab, '-o', 'yaml'], { env });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^kind: ExecCredential$/m);
    const client = { ...env, KUBERNETES_EXEC_INFO: info('client.authentication.k8s.io/v1') };
    expectFailure(await getToken([...toGitlab, '-o', 'yaml'], { env: client }), {
      exitCode: 2,
      names: ['--output is yaml'],
      hint: ['remove -o yaml'],
    });
  });

  test('in an unsupported version is an error before any request', async () => {
    const env = {
      CI_TOKEN: await suite.idp.mintGitlab(),
      KUBERNETES_EXEC_INFO: info('client.authentication.k8s.io/v1alpha1'),
    };
    const count = await tokenRequestsDuring(async () => {
      expectFailure(await getToken([...toGitlab, '-v'], { env }), {
        exitCode: 2,
        code: 'exec_version_unsupported',
        names: ['client.authentication.k8s.io/v1alpha1'],
      });
    });
    expect(count).toBe(0);
  });

  test("takes settings from the cluster's extension", async () => {
    const config = {
      dexUrl: suite.dex.issuer,
      'client-id': ciClient.id,
      connectorId: 'gitlab',
      unknown: 1,
    };
    const call = async (...args: string[]) =>
      suite.run(['get-token', '--subject-token-env=CI_TOKEN', ...args], {
        env: {
          DEXCHANGE_CLIENT_SECRET: ciClient.secret,
          CI_TOKEN: await suite.idp.mintGitlab(),
          // A job-wide variable of another tool must not redirect this cluster's secrets.
          DEX_URL: 'https://elsewhere.invalid/',
          KUBERNETES_EXEC_INFO: info('client.authentication.k8s.io/v1', {
            interactive: false,
            cluster: { server: 'https://api.example.com', config },
          }),
        },
      });
    // Any process on the machine can listen on a port of the loopback address.
    expectFailure(await call('-v'), {
      exitCode: 2,
      code: 'url_insecure',
      names: ['dexUrl', "cluster's extension", 'https'],
    });
    expect(await call('--allow-http')).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('the answer of Dex', () => {
  test.each<[string, string[], Record<string, string>, ErrorCode, string[]]>([
    [
      'a wrong secret',
      toGitlab,
      { DEXCHANGE_CLIENT_SECRET: 'wr0ng-s3cret' },
      'dex_client_refused',
      [ciClient.id, 'DEXCHANGE_CLIENT_SECRET'],
    ],
    [
      'an unknown connector',
      ['--connector-id=nowhere', '--subject-token-env=CI_TOKEN'],
      {},
      'dex_connector_unknown',
      ['connector nowhere'],
    ],
    [
      'a client that is not a trusted peer',
      [...toGitlab, '--client-id=dex-client-untrusted@d8-user-authn'],
      { DEXCHANGE_CLIENT_SECRET: 'untrusted-s3cret' },
      'dex_audience_untrusted',
      ['dex-client-untrusted@d8-user-authn', 'audience kubernetes'],
    ],
    [
      'an id_token declared as an access_token',
      [...toGitlab, '--subject-token-type=access_token'],
      {},
      'dex_subject_token_refused',
      ['access_token', 'CI_TOKEN', 'connector gitlab'],
    ],
  ])('to %s is reported with a hint', async (_what, args, env, code, names) => {
    const token = await suite.idp.mintGitlab();
    const call = { env: { CI_TOKEN: token, ...env } };
    const secrets = [token, ciClient.secret, 'wr0ng-s3cret', 'untrusted-s3cret'];
    expectFailure(await getToken(args, call), { exitCode: 4, names, hint: [], secrets });
    const verbose = await getToken([...args, '-v', '--no-cache'], call);
    expectFailure(verbose, { exitCode: 4, code, secrets });
  });

  test('is redacted where it echoes a secret, in every form', async () => {
    const subject = await suite.idp.mintGitlab();
    const own = await startDex({
      misbehave: () => ({
        kind: 'answer',
        status: 400,
        body: JSON.stringify({
          error: 'invalid_request',
          error_description: `no: ${ciClient.secret} ${encodeURIComponent(ciClient.secret)} ${subject}\r\nhint: run rm -rf\u001b[31m`,
        }),
      }),
    });
    onTestFinished(own.close);
    const ended = await getToken([...toGitlab, '-v', `--dex-url=${own.issuer}`], {
      env: { CI_TOKEN: subject },
    });
    const { hint } = expectFailure(ended, {
      exitCode: 4,
      code: 'dex_refused',
      names: ['[redacted]'],
      secrets: [ciClient.secret, encodeURIComponent(ciClient.secret), subject, '\u001b'],
    });
    expect(hint).not.toContain('rm -rf');
  });

  test.each<[string, (claims: object) => Record<string, unknown>, ErrorCode, string]>([
    ['has no exp', (claims) => ({ ...claims, exp: undefined }), 'token_without_expiry', 'exp'],
    ['has a string as exp', (claims) => ({ ...claims, exp: '99' }), 'token_without_expiry', 'exp'],
    [
      'is for another audience',
      (claims) => ({ ...claims, aud: 'other' }),
      'token_wrong_audience',
      'other',
    ],
    ['is expired', (claims) => ({ ...claims, exp: 1 }), 'token_expired', 'expired'],
  ])('is neither printed nor cached when the token %s', async (_what, editClaims, code, name) => {
    const own = await startDex({ idps: { gitlab: suite.idp }, editClaims });
    onTestFinished(own.close);
    const ended = await getToken([...toGitlab, '-v', `--dex-url=${own.issuer}`], {
      env: { CI_TOKEN: await suite.idp.mintGitlab() },
    });
    expectFailure(ended, { exitCode: 5, code, names: [name] });
    const cache = join(suite.home, '.cache/dexchange');
    const entries = existsSync(cache) ? readdirSync(cache) : [];
    expect(entries.filter((name) => name.endsWith('.entry'))).toEqual([]);
  });

  test('is trusted over a wrong local clock', async () => {
    const own = await startDex({ clockSkewSeconds: -7200 });
    onTestFinished(own.close);
    const ended = await getToken([`--dex-url=${own.issuer}`, '--connector-id=mock'], {
      env: { SUBJECT_TOKEN: 'any' },
    });
    const { status } = execCredential(ended);
    expect(Date.parse(status.expirationTimestamp)).toBeGreaterThan(Date.now());
  });
});

test('tokens of 20 KB with hundreds of groups and non-ASCII claims work', async () => {
  const groups = Array.from({ length: 700 }, (_, index) => `группа/команда-${index}`);
  const token = await suite.idp.mintGitlab(undefined, { groups, user_login: 'Ünïcødé 名前' });
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
  const own = await startDex({ tls, host: '::1', idps: { gitlab: suite.idp } });
  onTestFinished(own.close);
  expect(own.issuer).toContain('https://[::1]:');
  const caFile = join(suite.home, 'ca file.crt');
  writeFileSync(caFile, ca.certPem);
  const env = { CI_TOKEN: await suite.idp.mintGitlab() };
  const args = [`--dex-url=${own.issuer}`, ...toGitlab];
  expectFailure(await getToken([...args, '-v'], { env }), {
    exitCode: 5,
    code: 'server_tls',
    hint: ['--dex-certificate-authority'],
  });
  for (const flags of [
    ['--dex-certificate-authority', caFile],
    ['--certificate-authority', caFile],
    ['--ca-file', caFile],
    ['--dex-certificate-authority-data', Buffer.from(ca.certPem).toString('base64')],
    ['--dex-insecure-skip-tls-verify'],
    ['--insecure-skip-tls-verify'],
  ]) {
    const ended = await getToken([...args, ...flags, '--no-cache'], { env });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  }
});

test('a secret on the command line works, with a warning only under -v', async () => {
  const env = { CI_TOKEN: await suite.idp.mintGitlab() };
  const args = [
    ...['get-token', '--dex-url', suite.dex.issuer, '--client-id', ciClient.id, ...toGitlab],
    ...['--client-secret', ciClient.secret],
  ];
  expect(await suite.run(args, { env })).toMatchObject({ code: 0, stderr: '' });
  const verbose = await suite.run([...args, '-v'], { env });
  expect(verbose.stderr).toMatch(/^debug: warning: .*--client-secret.*command line/m);
  expect(verbose.stderr).not.toContain(ciClient.secret);
});

test('--timeout limits the whole call, including the identity source', async () => {
  const hanging = await startIdp({ misbehave: () => ({ kind: 'hang' }) });
  onTestFinished(hanging.close);
  const ended = await getToken(
    [
      '--connector-id=keycloak',
      '--idp-client-id=ci-client',
      `--idp-issuer-url=${hanging.issuer}`,
      '--timeout=700ms',
      '-v',
    ],
    { env: { DEXCHANGE_IDP_CLIENT_SECRET: idpSecret } },
  );
  expectFailure(ended, { exitCode: 5, code: 'server_timeout', names: ['700 ms'] });
});

test('NODE_DEBUG prints nothing on stderr, not even the environment of a command', async () => {
  const script = join(suite.home, 'token.cjs');
  writeFileSync(script, `console.log(${JSON.stringify(await suite.idp.mintGitlab())});`);
  const ended = await getToken(
    ['--connector-id=gitlab', `--subject-token-command='${process.execPath}' '${script}'`],
    { env: { NODE_DEBUG: 'child_process,stream,net,tls,timer', SOME_SECRET: 'canary' } },
  );
  expect(ended).toMatchObject({ code: 0, stderr: '' });
});

test('a missing variable named like a property of every object is reported as missing', async () => {
  const ended = await getToken(['--connector-id=gitlab', '--subject-token-env=constructor', '-v']);
  expectFailure(ended, {
    exitCode: 3,
    code: 'subject_token_invalid',
    names: ['variable constructor', '--subject-token-env'],
  });
});

test('a file of 300,000 line ends is read quickly', async () => {
  const file = suite.write('token', `${'\n'.repeat(300_000)}x`);
  const ended = await getToken(['--connector-id=gitlab', `--subject-token-file=${file}`]);
  expectFailure(ended, { exitCode: 3 });
});
