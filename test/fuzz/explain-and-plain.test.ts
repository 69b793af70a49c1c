import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DexchangeError, type ErrorCode } from '../../src/errors.ts';
import type { IncomingResponse } from '../../src/http/message.ts';
import { withoutCode } from '../support/expect-failure.ts';
import {
  createWorld,
  deadUrl,
  goodAnswer,
  goodClaims,
  unsignedJwt,
} from '../support/hostile-world.ts';
import { type InProcessCall, runInProcess } from '../support/in-process.ts';
import { parsedReport } from '../support/report-schema.ts';
import { pairsOf } from './pairs.ts';
import { picksOf } from './picks.ts';

// A report says at least what the plain error says, whatever the error is and however it is asked for.

const folder = mkdtempSync(join(tmpdir(), 'dexchange-report-'));
const world = await createWorld(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The codes of the errors whose reports were compared. */
const seen = new Set<string>();

const joined = (text: string): string => text.replaceAll(/\s+/g, '');

/** Compares the plain error of a call with its reports; does nothing if the call succeeds. */
async function expectSameInReport(args: readonly string[], call: InProcessCall): Promise<void> {
  const env = { ...call.env, DEXCHANGE_EXPLAIN: '' };
  const plain = await runInProcess(args, { ...call, env });
  if (plain.code === 0) return;
  const lines = plain.stderr.split('\n');
  const line = (label: string): string =>
    lines.find((each) => each.startsWith(label))?.slice(label.length) ?? '';
  const { messageLine: message, printed } = withoutCode(line('dexchange: '));
  const hint = line('hint: ');

  const json = await runInProcess([...args, '--explain=json'], { ...call, env });
  // What is wrong with the command line itself is told before there is a call to explain.
  if (json.stdout === '' && json.stderr === plain.stderr) {
    expect(message).toMatch(/ needs a value| is set twice|takes no arguments/);
    return;
  }
  const isClient = Boolean(call.env?.['KUBERNETES_EXEC_INFO']?.trim());
  const text = isClient ? json.stderr.slice(json.stderr.indexOf('{\n')) : json.stdout;
  const { verdict } = parsedReport(text);
  expect(json.code).toBe(plain.code);
  expect(verdict).toMatchObject({ exitCode: plain.code, error: printed, message, hint });
  seen.add(verdict.error ?? '');

  const report = await runInProcess(args, { ...call, env: { ...env, DEXCHANGE_EXPLAIN: 'text' } });
  expect(report.code).toBe(plain.code);
  const shown = joined(report.stdout + report.stderr);
  expect(shown).toContain(joined(message));
  expect(shown).toContain(joined(hint));
}

const base = [
  'get-token',
  `--dex-url=${deadUrl}`,
  '--client-id=dex-client-ci@ns',
  '--connector-id=m',
  '--no-cache',
];
const home = { HOME: folder, SUBJECT_TOKEN: unsignedJwt(goodClaims()) };
const exchange = { ...home, DEXCHANGE_CLIENT_SECRET: 'client-secret' };

function answering(peer: string, response: Partial<IncomingResponse>): InProcessCall {
  return {
    env: exchange,
    answer: (request) =>
      request.peer === peer
        ? { status: 200, headers: {}, body: '', ...response }
        : goodAnswer(request),
  };
}

function dexError(status: number, error: string, error_description = ''): InProcessCall {
  return answering('dex', { status, body: JSON.stringify({ error, error_description }) });
}

function dexToken(claims: Readonly<Record<string, unknown>>): InProcessCall {
  const token = unsignedJwt({ ...goodClaims(), ...claims });
  return answering('dex', { body: JSON.stringify({ access_token: token, token_type: 'bearer' }) });
}

function failing(code: ErrorCode): InProcessCall {
  return {
    env: exchange,
    answer() {
      throw new DexchangeError(code, 'the server did not answer', { hint: 'check the server' });
    },
  };
}

const idp = ['--identity=client-credentials', `--idp-issuer-url=${deadUrl}`, '--idp-client-id=c'];
const github = {
  ACTIONS_ID_TOKEN_REQUEST_URL: `${deadUrl}?a=b`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
};

const cases: readonly (readonly [ErrorCode, readonly string[], InProcessCall])[] = [
  ['setting_missing', ['get-token'], { env: { HOME: folder, DEXCHANGE_DEXURL: deadUrl } }],
  ['setting_missing', ['get-token'], { env: { KUBECONFIG: world.kubeconfig } }],
  ['setting_invalid', [...base, '--timeout=soon'], {}],
  ['setting_conflict', [...base, '--client-secret=a', '--client-secret-file=b'], {}],
  ['setting_not_expanded', [...base, '--scope=$SCOPE'], {}],
  ['setting_file_unreadable', [...base, '--client-secret-file=/missing'], { env: home }],
  ['setting_command_failed', [...base, '--client-secret-command=none'], { env: home }],
  ['exec_version_unsupported', base, { env: { KUBERNETES_EXEC_INFO: '{"apiVersion":"v0"}' } }],
  [
    'setting_not_from_cluster',
    base,
    {
      env: {
        ...exchange,
        KUBERNETES_EXEC_INFO: JSON.stringify({
          apiVersion: 'client.authentication.k8s.io/v1',
          spec: { cluster: { config: { clientSecret: 'x' } } },
        }),
      },
    },
  ],
  [
    'url_insecure',
    ['get-token', '--dex-url=http://10.0.0.1/', ...base.slice(2)],
    { env: exchange },
  ],
  ['kubeconfig_unreadable', [...base, '--kubeconfig=/missing'], { env: exchange }],
  ['kubeconfig_invalid', [...base, `--kubeconfig=${world.kubeconfig}`], { env: exchange }],
  ['identity_none', base, { env: { HOME: folder, DEXCHANGE_CLIENT_SECRET: 'x' } }],
  [
    'identity_ambiguous',
    base,
    { env: { ...exchange, SUBJECT_TOKEN: '', ...github, CIRCLE_OIDC_TOKEN_V2: 'x' } },
  ],
  ['identity_unavailable', [...base, '--identity=buildkite'], { env: exchange }],
  [
    'identity_refused',
    [...base, '--identity=github'],
    { ...answering('ci', { status: 403, body: '{}' }), env: { ...exchange, ...github } },
  ],
  ['subject_token_invalid', base, { env: { ...exchange, SUBJECT_TOKEN: 'two words' } }],
  [
    'subject_token_file_unreadable',
    [...base, '--subject-token-file=/missing'],
    { env: { ...exchange, SUBJECT_TOKEN: '' } },
  ],
  [
    'subject_token_command_failed',
    [...base, '--subject-token-command=none'],
    { env: { ...exchange, SUBJECT_TOKEN: '' } },
  ],
  ...(['idp_discovery_invalid', 'idp_client_refused', 'idp_refused'] as const).map(
    (code, index) =>
      [
        code,
        [...base, ...idp, ...(index === 0 ? [] : [`--idp-token-url=${deadUrl}`])].filter(
          (arg) => index === 0 || !arg.startsWith('--idp-issuer-url'),
        ),
        {
          ...answering('idp', {
            status: [200, 401, 400][index] ?? 200,
            body: ['{}', '{"error":"invalid_client"}', '{"error":"x"}'][index] ?? '',
          }),
          env: { ...exchange, DEXCHANGE_IDP_CLIENT_SECRET: 'idp-secret' },
        },
      ] as const,
  ),
  ['dex_grant_not_enabled', base, dexError(400, 'unsupported_grant_type')],
  [
    'dex_client_id_encoding',
    base,
    dexError(400, 'invalid_request', 'client_id improperly encoded'),
  ],
  ['dex_client_refused', base, dexError(401, 'invalid_client')],
  [
    'dex_subject_token_type_refused',
    base,
    dexError(400, 'request_not_supported', 'Invalid subject_token_type.'),
  ],
  [
    'dex_requested_token_type_refused',
    base,
    dexError(400, 'request_not_supported', 'Invalid requested_token_type.'),
  ],
  ['dex_subject_token_missing', base, dexError(400, 'invalid_request', 'Missing subject_token')],
  [
    'dex_connector_unknown',
    base,
    dexError(400, 'invalid_request', 'Requested connector does not exist.'),
  ],
  ['dex_connector_not_allowed', base, dexError(400, 'invalid_grant', 'Connector not allowed')],
  [
    'dex_connector_cannot_exchange',
    base,
    dexError(400, 'invalid_request', 'Connector does not support this grant'),
  ],
  ['dex_subject_token_refused', base, dexError(401, 'access_denied')],
  ['dex_audience_untrusted', base, dexError(500, 'server_error')],
  ['dex_refused', base, dexError(400, 'surprise')],
  ['server_nonsense', base, answering('dex', { status: 404, body: '<html>' })],
  ['token_not_jwt', base, answering('dex', { body: '{"access_token":"opaque"}' })],
  ['token_without_expiry', base, dexToken({ exp: undefined })],
  ['token_expired', base, dexToken({ exp: 1 })],
  ['token_wrong_audience', base, dexToken({ aud: 'other' })],
  ['server_unreachable', base, { env: exchange }],
  ...(
    [
      'server_timeout',
      'server_tls',
      'server_redirect',
      'server_too_large',
      'server_busy',
      'proxy_failed',
    ] as const
  ).map((code) => [code, base, failing(code)] as const),
];

describe('the report of', () => {
  test.each(cases)('%s has its message and hint', async (code, args, call) => {
    seen.clear();
    await expectSameInReport(args, { home: folder, cwd: folder, ...call });
    expect([...seen]).toEqual([code]);
  });

  test('a misspelt variable names it', async () => {
    const call = { env: { DEXCHANGE_DEXURL: deadUrl } };
    for (const args of [['get-token'], ['get-token', '--explain']]) {
      const { stdout, stderr } = await runInProcess(args, call);
      expect(joined(stdout + stderr)).toContain('DEXCHANGE_DEXURLisset,butisnotasetting');
    }
  });

  test('any pair of flags and variables has the message and hint of the plain error', async () => {
    seen.clear();
    let count = 0;
    for (const { args, env, hasServers } of pairsOf('get-token', world, picksOf(2))) {
      // Pairs with --explain itself, with a method that it does not support, and with the variable
      // that only --explain reads.
      const given = `${args.join(' ')} ${Object.keys(env).join(' ')} ${Object.values(env).join(' ')}`;
      if (++count % 20 !== 0 || /explain|service-account|KUBECONFIG/i.test(given)) continue;
      await expectSameInReport([...args, '--no-cache'], {
        env: { ...home, ...env },
        home: folder,
        cwd: folder,
        ...(hasServers ? { answer: goodAnswer } : {}),
      });
    }
    expect(seen.size).toBeGreaterThan(8);
  }, 300_000);
});
