import { expect, test } from 'vitest';
import { pluginError, pluginFailure } from '../../../src/kubernetes/client/plugin-failure.ts';
import type { ExecEntry, KubeconfigContext } from '../../../src/kubernetes/kubeconfig/context.ts';

const context = {
  name: 'ci',
  cluster: { proxyUrl: undefined },
  user: { name: 'jane' },
} as KubeconfigContext;

const getToken = { command: 'dexchange', args: ['get-token'], env: {} };

function failureOf(
  stderr: string,
  exitCode: number | undefined,
  entry: Partial<ExecEntry> = getToken,
) {
  const error = Object.assign(new Error(`ended with exit code ${exitCode}`), {
    stderr,
    ...(exitCode === undefined ? {} : { exitCode }),
  });
  return pluginFailure(error, {
    context,
    entry: { ...getToken, ...entry } as ExecEntry,
    hint: 'run `dexchange get-token --explain --context ci`',
    jobEnv: { DEXCHANGE_CLIENT_SECRET: 'An0ther-Secret!' },
  });
}

const denied = 'dexchange: Dex denied client ci (dex_client_refused)\nhint: compare the secret\n';

test('the error of a plugin that is dexchange has its message, its hint and its exit code', () => {
  expect(pluginError(failureOf(denied, 4))).toMatchObject({
    code: 'dex_client_refused',
    exitCode: 4,
    message: 'Dex denied client ci',
    hint: 'compare the secret; run `dexchange get-token --explain --context ci`',
  });
});

test('is found behind the debug lines of -v, and whatever the name of the program', () => {
  const verbose = `${'debug: request\n'.repeat(500)}${denied}debug: Error: cause\n`;
  expect(pluginError(failureOf(verbose, 4, { command: '/opt/login', args: [] }))).toMatchObject({
    code: 'dex_client_refused',
    message: 'Dex denied client ci',
  });
});

test('is not cut at the length of the messages of other programs', () => {
  const long = `a ${'word '.repeat(100)}end`;
  const error = pluginError(failureOf(`dexchange: ${long} (server_tls)\nhint: ${long}\n`, 5));
  expect(error?.message).toBe(long);
  expect(error?.hint).toContain(long);
});

test('has no control characters and no secret of the job', () => {
  const stderr =
    'dexchange: got An0ther-Secret!\u001b[31m\u202e (server_tls)\nhint: got An0ther-Secret!\u001b[31m\n';
  const { message, hint } = pluginError(failureOf(stderr, 5)) ?? {};
  for (const text of [message, hint]) {
    expect(text).toContain('got [redacted]');
    expect(text).not.toMatch(/An0ther|\p{Cc}|\p{Bidi_Control}/u);
  }
});

test.each([
  [2, 'setting_invalid'],
  [3, 'identity_unavailable'],
  [4, 'dex_refused'],
  [5, 'server_unreachable'],
  [6, 'api_refused'],
] as const)('of version 0.1, which printed no code, has exit code %s', (exitCode, code) => {
  const error = pluginError(failureOf('dexchange: it failed\nhint: do this\n', exitCode));
  expect(error).toMatchObject({
    code,
    exitCode,
    message: `plugin dexchange of user jane ended with exit code ${exitCode}: it failed`,
  });
  expect(error?.hint).toMatch(/^do this; run `/);
});

test.each([
  ['another program', 'no access\n', 4, { command: '/opt/login' }],
  ['a code that is none', 'dexchange: x (toString)\nhint: y\n', 1, getToken],
  ['another exit code than that of the error', denied, 1, getToken],
  ['no exit code', denied, undefined, getToken],
  ['no hint', 'dexchange: x (dex_client_refused)\n', 4, getToken],
] as const)('is undefined for %s', (_what, stderr, exitCode, entry) => {
  const failure = failureOf(stderr, exitCode, entry);
  expect(failure).toMatchObject({ code: 'kubeconfig_invalid', exitCode: 2 });
  expect(pluginError(failure)).toBeUndefined();
});

test('is undefined for any other error', () => {
  expect(pluginError(new Error('x', { cause: failureOf(denied, 4).cause }))).toBeUndefined();
});
