import { describe, expect, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import { kubernetesApi } from '../../../src/kubernetes/client/client.ts';
import { Secret } from '../../../src/secret.ts';
import { verifyBasicAuth } from '../../../src/usecases/verify-basic-auth.ts';

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

const version: Reply = { status: 200, body: { gitVersion: 'v1.30.1' } };
const user = (username: string, groups: readonly string[] = []): Reply => ({
  status: 201,
  body: { status: { userInfo: { username, groups } } },
});
const denied = (status: number, message: string): Reply => ({
  status,
  body: { kind: 'Status', message },
});
const cannot = (name: string, resource = 'selfsubjectreviews'): Reply =>
  denied(403, `${resource}.k8s.io is forbidden: User "${name}" cannot create resource`);
const loginPage: Reply = { status: 200, body: '<html><title>Sign in</title></html>' };
const missing: Reply = { status: 404, body: '404 page not found' };

/** The outcome with the answers to /version, SelfSubjectReview and SelfSubjectAccessReview. */
async function verify(first: Reply, review: Reply, access: Reply = missing): Promise<string> {
  const api = kubernetesApi(
    'https://api.example',
    'x',
    { authorization: new Secret('Basic amFuZTpzM2NyZXQ='), impersonate: undefined },
    {
      async send({ url }) {
        const reply = url.endsWith('/version')
          ? first
          : url.endsWith('/selfsubjectreviews')
            ? review
            : access;
        const { status, body } = reply;
        return {
          status,
          headers: {},
          body: typeof body === 'string' ? body : JSON.stringify(body),
        };
      },
      close: async () => {},
    },
  );
  try {
    const { version, username, groups } = await verifyBasicAuth(api, 'jane');
    return `accepted ${[version, username, ...groups].join(' ')}`;
  } catch (error) {
    if (!(error instanceof DexchangeError)) throw error;
    return `${error.code} ${error.message} ${error.hint}`;
  }
}

describe('a password is accepted if the API server', () => {
  test.each<[string, string, Reply, Reply?]>([
    ['authenticates the user', 'jane developers', user('jane', ['developers'])],
    [
      'authenticates the user by the email of the IdP',
      'jane@example.com',
      user('jane@example.com'),
    ],
    ['denies the known user the review', 'jane@example.com', cannot('jane@example.com')],
    [
      'is older than 1.28 and reviews the access',
      '',
      missing,
      { status: 201, body: { status: { allowed: false } } },
    ],
    [
      'is older, and denies the known user',
      'jane',
      missing,
      cannot('jane', 'selfsubjectaccessreviews'),
    ],
  ])('%s', async (_what, known, review, access) => {
    expect(await verify(version, review, access)).toBe(`accepted v1.30.1 ${known}`);
  });
});

describe('a password is not proven by', () => {
  test.each<[string, Reply, Reply, Reply | undefined, RegExp]>([
    [
      '/version for everyone',
      version,
      user('system:anonymous'),
      undefined,
      /^api_unauthorized .*401/,
    ],
    [
      'anonymous with groups',
      version,
      user('system:anonymous', ['system:unauthenticated', 'system:authenticated', 'admins']),
      undefined,
      /^api_unauthorized .*401/,
    ],
    ['anonymous in a denial', version, cannot('system:anonymous'), undefined, /^api_unauthorized/],
    [
      'anonymous who may not read /version',
      cannot('system:anonymous'),
      missing,
      undefined,
      /^api_unauthorized/,
    ],
    ['401', version, denied(401, 'Unauthorized'), undefined, /^api_unauthorized/],
    [
      'the account of a proxy',
      version,
      user('system:serviceaccount:d8-user-authn:proxy'),
      undefined,
      /^api_unauthorized .*as system:serviceaccount:d8-user-authn:proxy, not as jane/,
    ],
    [
      'a login page',
      loginPage,
      loginPage,
      undefined,
      /^api_refused .*titled "Sign in".*login page/,
    ],
    [
      'a failing server, whose reason is said in words',
      { status: 500, body: { kind: 'Status', message: '', reason: 'InternalError' } },
      missing,
      undefined,
      /^api_refused .*answers 500 to jane: internal error /,
    ],
    ['a 403 of a proxy', version, { status: 403, body: 'Forbidden' }, undefined, /^api_forbidden/],
    ['a server that has only /version', version, missing, missing, /^api_refused .*404/],
    [
      'an older server with anonymous access',
      version,
      missing,
      cannot('system:anonymous', 'selfsubjectaccessreviews'),
      /^api_unauthorized/,
    ],
    ['an older server that answers 401', version, missing, denied(401, 'x'), /^api_unauthorized/],
  ])('%s', async (_what, first, review, access, expected) => {
    expect(await verify(first, review, access)).toMatch(expected);
  });
});

test.each<[string, Reply, Reply]>([
  ['takes the caller for anonymous', version, user('system:anonymous')],
  ['denies anonymous users', cannot('system:anonymous'), missing],
  ['has no anonymous users', denied(401, 'Unauthorized'), missing],
])(
  'an API server without basic-auth-proxy that %s is named in the hint',
  async (_what, first, review) => {
    expect(await verify(first, review)).toMatch(
      / set --server to the published API .* ignores passw/,
    );
  },
);

test('a 401 of basic-auth-proxy is about the DexProvider', async () => {
  const answer = await verify({ status: 401, body: 'Unauthorized' }, missing);
  expect(answer).toMatch(/check with `dexchange discover` that a DexProvider has enableBasicAuth/);
});
