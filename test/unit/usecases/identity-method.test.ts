import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { identityMethod } from '../../../src/usecases/identity-method.ts';
import type { Trace } from '../../../src/usecases/trace-event.ts';
import { rejection } from '../support/failure.ts';
import { emptyFolder } from '../support/folder.ts';
import { credentialOf, type FakeRuntime, fakeRuntime, identityFor } from '../support/runtime.ts';
import { type Given, settingsOf } from '../support/settings.ts';

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token that the fake clock of a new runtime sees as issued now for ten minutes. */
function jwt(claims: Readonly<Record<string, unknown>> = {}, header: object = { alg: 'RS256' }) {
  const seconds = Math.floor(fakeRuntime('/nowhere').now().wallMs / 1000);
  const all = { iss: 'https://ci.example.com', aud: 'api', iat: seconds, exp: seconds + 600 };
  return `${part(header)}.${part({ ...all, ...claims })}.c2ln`;
}

async function getToken(runtime: FakeRuntime, flags: Given['flags'] = {}) {
  const settings = settingsOf({ flags: { method: 'identity', ...flags }, env: runtime.env });
  const { token, expirationMs } = await credentialOf(settings, runtime);
  return {
    token: token.reveal(),
    expiresInMs: Math.round(expirationMs - runtime.now().wallMs),
  };
}

describe('a token at hand', () => {
  test.each(['env', 'file', 'system'] as const)(
    'in a place of kind %s is the credential until its own end, and goes to no other place',
    async (kind) => {
      const folder = emptyFolder();
      writeFileSync(join(folder, 'token'), `${jwt()}\n`);
      const env = kind === 'system' ? { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: jwt() } : {};
      const runtime = fakeRuntime(folder, { ...env, CI_TOKEN: jwt() });
      const flags = {
        env: { 'subject-token-env': 'CI_TOKEN' },
        file: { 'subject-token-file': join(folder, 'token') },
        system: {},
      }[kind];
      expect(await getToken(runtime, flags)).toEqual({ token: jwt(), expiresInMs: 589_000 });
      runtime.pass(500_000);
      expect((await getToken(runtime, flags)).expiresInMs).toBe(89_100);
      expect(runtime.log.filter((entry) => entry !== `read ${join(folder, 'token')}`)).toEqual([]);
      expect(existsSync(join(folder, 'cache'))).toBe(false);
      runtime.pass(101_000);
      expect(await rejection(getToken(runtime, flags))).toMatchObject({
        code: 'subject_token_invalid',
        message: expect.stringMatching(/ expired 1 s ago by this machine's clock$/),
      });
    },
  );

  test('that is shorter than --min-ttl is refused', async () => {
    const runtime = fakeRuntime(emptyFolder(), { SUBJECT_TOKEN: jwt() });
    expect(await rejection(getToken(runtime, { 'min-ttl': '20m' }))).toMatchObject({
      code: 'setting_invalid',
      message: expect.stringContaining('--min-ttl is 20 min'),
    });
    expect(await getToken(runtime, { 'min-ttl': '9m' })).toMatchObject({ token: jwt() });
  });
});

test('a token of a command is cached until its own end, whatever the settings of Dex say', async () => {
  const folder = emptyFolder();
  const flags = { 'subject-token-command': 'mint', 'dex-url': 'https://dex.example.com/' };
  const runtime = fakeRuntime(folder);
  runtime.command = async () => jwt();
  await getToken(runtime, flags);
  runtime.pass(200_000);
  expect(await getToken(runtime, flags)).toEqual({ token: jwt(), expiresInMs: 389_000 });
  expect(runtime.commands).toHaveLength(1);
  // At more than 45 % of its life it is due, but the same token is no reason to run at each call.
  runtime.pass(190_000);
  await getToken(runtime, flags);
  await getToken(runtime, flags);
  expect(runtime.commands).toHaveLength(2);
  const other = { ...flags, audience: 'api' };
  await getToken(runtime, other);
  expect(runtime.commands).toHaveLength(3);
});

describe('client credentials', () => {
  const flags = {
    'idp-issuer-url': 'https://idp.example.com',
    'idp-client-id': 'ci',
    'idp-client-secret': 'idp-s3cret',
  };

  test('are requested once for the life of a token', async () => {
    const runtime = fakeRuntime(emptyFolder());
    runtime.idp = async () => new Secret(jwt());
    await getToken(runtime, flags);
    await getToken(runtime, flags);
    expect(runtime.granted).toHaveLength(1);
    expect(runtime.exchanged).toEqual([]);
  });

  test('that give no JWT name the setting that may give one', async () => {
    const runtime = fakeRuntime(emptyFolder());
    expect(await rejection(getToken(runtime, flags))).toMatchObject({
      code: 'subject_token_invalid',
      message: 'the identity token from client credentials of ci at idp.example.com is not a JWT',
      hint: expect.stringContaining('--subject-token-type id_token'),
    });
  });
});

describe('the token must be a credential', () => {
  test.each([
    ['opaque', 'opaque-token', / is not a JWT$/],
    ['not signed', jwt({}, { alg: 'none' }), / is not signed$/],
    ['without exp', jwt({ exp: undefined }), / has no exp claim /],
    ['with exp as a text', jwt({ exp: '2026' }), / has no exp claim /],
    [
      'that expired before it was issued',
      jwt({ iat: 9_999_999_999 }),
      / expires before its own iat$/,
    ],
  ])('not %s', async (_what, token, message) => {
    const runtime = fakeRuntime(emptyFolder(), { SUBJECT_TOKEN: token });
    const error = await rejection(getToken(runtime));
    expect(error).toMatchObject({
      code: 'subject_token_invalid',
      message: expect.stringMatching(message),
    });
    expect(`${error.message} ${error.hint}`).not.toContain(token);
  });

  test('for --audience, but only if that is set', async () => {
    const runtime = fakeRuntime(emptyFolder(), { SUBJECT_TOKEN: jwt({ aud: ['one', 'two'] }) });
    for (const audience of [undefined, 'one', 'two']) {
      await getToken(runtime, audience === undefined ? {} : { audience });
    }
    expect(await rejection(getToken(runtime, { audience: 'kubernetes' }))).toMatchObject({
      code: 'subject_token_invalid',
      message: 'the identity token from SUBJECT_TOKEN has audience one, two, not kubernetes',
    });
  });
});

test('a system that lets the job choose the audience needs one', async () => {
  const runtime = fakeRuntime(emptyFolder(), {
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://ci.example.com/token',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'r3quest',
  });
  const flags = { 'dex-url': 'https://dex.example.com/' };
  expect(await rejection(getToken(runtime, flags))).toMatchObject({
    code: 'setting_missing',
    message: expect.stringContaining('--identity-audience'),
    hint: expect.stringContaining('AuthenticationConfiguration'),
  });
  expect(runtime.minted).toEqual([]);
});

test('whatever can change the token, or has been checked, is part of the key', async () => {
  const folder = emptyFolder();
  const caFile = join(folder, 'ca.crt');
  writeFileSync(caFile, 'one');
  const base = {
    'idp-issuer-url': 'https://idp.example.com',
    'idp-client-id': 'ci',
    'idp-client-secret': 'idp-s3cret',
    'dex-certificate-authority': caFile,
  };
  const keys = new Set<string>();
  const keyOf = async (flags: Given['flags']): Promise<void> => {
    const runtime = fakeRuntime(folder);
    runtime.idp = async () => new Secret(jwt({ aud: ['one', 'two'] }));
    const trace: Trace = (event) => {
      if (event.kind === 'cache-place') keys.add(JSON.stringify(event.keyInputs));
    };
    await getToken({ ...runtime, trace }, { ...base, 'no-cache': 'true', ...flags });
  };
  await keyOf({});
  // Neither settings of Dex nor the default of --audience.
  await keyOf({ 'dex-url': 'https://dex.example.com/', 'client-id': 'x', scope: 'openid' });
  expect(keys.size).toBe(1);
  const changes: readonly Given['flags'][] = [
    { audience: 'one' },
    { audience: 'two' },
    { 'idp-client-id': 'other' },
    { 'idp-client-secret': 'other' },
    { 'idp-issuer-url': 'https://other.example.com' },
    { 'idp-scope': 'openid other' },
    { 'subject-token-type': 'id_token' },
    { 'allow-http': 'true' },
  ];
  for (const flags of changes) await keyOf(flags);
  writeFileSync(caFile, 'two');
  await keyOf({});
  expect(keys.size).toBe(2 + changes.length);
});

describe('a token that a server has just issued', () => {
  const hour = 3_600_000;

  /** Obtains a token at a machine whose clock differs from that of the server. */
  async function obtained(localAheadMs: number, claims: Readonly<Record<string, unknown>> = {}) {
    const runtime = fakeRuntime(emptyFolder());
    const idp = { 'idp-issuer-url': 'https://idp.example.com', 'idp-client-id': 'ci' };
    const settings = settingsOf({ flags: { ...idp, 'idp-client-secret': 'idp-s3cret' } });
    const identity = identityFor(settings, runtime, {
      requestClientCredentials: async () => new Secret(jwt(claims)),
    });
    const serverMs = runtime.now().wallMs;
    const ports = {
      ...runtime,
      now: () => ({ ...runtime.now(), wallMs: serverMs + localAheadMs }),
      lastResponse: () => ({
        receivedMs: serverMs + localAheadMs,
        date: new Date(serverMs).toUTCString(),
      }),
    };
    const input = { identity, audience: undefined, minTtlMs: 0, trust: [] };
    const method = await identityMethod(input, ports);
    return (await method.prepare(() => 1000))();
  }

  test.each([[-hour], [0], [hour]])('is valid with a local clock %d ms ahead', async (aheadMs) => {
    const { remainingMs } = await obtained(aheadMs);
    expect(remainingMs).toBe(599_000);
  });

  test('has expired if that server says so', async () => {
    const exp = Math.floor(fakeRuntime('/nowhere').now().wallMs / 1000) - 5;
    expect(await rejection(obtained(-hour, { exp, iat: exp - 60 }))).toMatchObject({
      code: 'subject_token_invalid',
      message: expect.stringMatching(/ expired 5 s ago by the clock of its server$/),
      hint: expect.stringContaining('check the clocks'),
    });
  });
});
