import { describe, expect, test } from 'vitest';
import {
  type ExplicitToken,
  type IdentityOptions,
  selectIdentity,
} from '../../../src/identity/select.ts';
import type { IdentitySource } from '../../../src/identity/source.ts';
import { readySecret, Secret } from '../../../src/secret.ts';
import { failure, rejection } from '../support/failure.ts';
import { surroundings } from '../support/surroundings.ts';

const grant: IdentitySource = {
  name: 'client-credentials',
  origin: 'the IdP',
  tokenType: 'access_token',
  keyInputs: [],
  isAtHand: false,
  whenExpired: 'ask again',
  obtain: () => Promise.resolve(new Secret('a.b.c')),
};

function explicit(kind: ExplicitToken['kind'], text = 'a.b.c'): ExplicitToken {
  return { kind, named: false, read: () => readySecret(`${kind} x`, new Secret(text)) };
}

function select(options: Partial<IdentityOptions>): IdentitySource {
  return selectIdentity({
    wanted: 'auto',
    explicit: undefined,
    clientCredentials: undefined,
    explicitIsOutranked: false,
    surroundings: surroundings(),
    ...options,
  });
}

const inGitLab = { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: 'g.l.t' };

describe('auto selects', () => {
  test.each<[string, Partial<IdentityOptions>, string]>([
    ['the explicit token', { explicit: explicit('file') }, 'file'],
    ['client credentials', { clientCredentials: () => grant }, 'client-credentials'],
    ['the CI system’s token', { surroundings: surroundings(inGitLab) }, 'gitlab'],
    [
      'the explicit token rather than any other',
      {
        explicit: explicit('env'),
        clientCredentials: () => grant,
        surroundings: surroundings(inGitLab),
      },
      'env',
    ],
    [
      'client credentials rather than the CI system',
      { clientCredentials: () => grant, surroundings: surroundings(inGitLab) },
      'client-credentials',
    ],
    [
      'client credentials rather than an explicit token with lower precedence',
      { explicit: explicit('env'), explicitIsOutranked: true, clientCredentials: () => grant },
      'client-credentials',
    ],
    [
      'an explicit token with lower precedence if nothing else is configured',
      { explicit: explicit('env'), explicitIsOutranked: true },
      'env',
    ],
  ])('%s', (_what, options, name) => {
    expect(select(options).name).toBe(name);
  });
});

describe('a source selected by name', () => {
  test.each<[string, Partial<IdentityOptions>]>([
    ['env', { explicit: explicit('env') }],
    ['file', { explicit: explicit('file') }],
    ['command', { explicit: explicit('command') }],
    ['client-credentials', { clientCredentials: () => grant }],
    ['gitlab', { surroundings: surroundings(inGitLab) }],
  ])('%s is used', (wanted, options) => {
    expect(select({ ...options, wanted }).name).toBe(wanted);
  });

  test('is used although auto would select another', () => {
    const options = {
      explicit: explicit('env'),
      clientCredentials: () => grant,
      surroundings: surroundings(inGitLab),
    };
    expect(select({ ...options, wanted: 'gitlab' }).name).toBe('gitlab');
    expect(select({ ...options, wanted: 'client-credentials' }).name).toBe('client-credentials');
  });

  test.each<[string, Partial<IdentityOptions>, RegExp, string]>([
    ['env', {}, /\benv\b.*not configured$/, '--subject-token-env'],
    [
      'file',
      { explicit: explicit('env') },
      /\bfile\b.*not configured, while env is$/,
      '--subject-token-file',
    ],
    [
      'command',
      { explicit: explicit('file') },
      /\bcommand\b.*not configured, while file is$/,
      '--subject-token-command',
    ],
    [
      'client-credentials',
      { surroundings: surroundings(inGitLab) },
      /\bclient-credentials\b.*not configured$/,
      '--idp-issuer-url or --idp-token-url, and --idp-client-id',
    ],
  ])('%s fails if it is not configured, although another is', (wanted, options, message, hint) => {
    expect(failure(() => select({ ...options, wanted }))).toEqual({
      code: 'setting_missing',
      message: expect.stringMatching(message),
      hint: expect.stringContaining(hint),
      exitCode: 2,
    });
  });

  test.each([{}, { GITLAB_CI: 'true' }, { GITLAB_OIDC_TOKEN: '' }])(
    'gitlab fails with %j',
    (env) => {
      const others = { explicit: explicit('env'), clientCredentials: () => grant };
      expect(
        failure(() => select({ ...others, wanted: 'gitlab', surroundings: surroundings(env) })),
      ).toMatchObject({
        code: 'identity_unavailable',
        message: expect.stringContaining('GITLAB_OIDC_TOKEN is not set'),
        hint: expect.stringContaining('id_tokens: { GITLAB_OIDC_TOKEN:'),
        exitCode: 3,
      });
    },
  );
});

describe('if no source is configured, the error', () => {
  test('names every source', () => {
    expect(failure(() => select({}))).toEqual({
      code: 'identity_none',
      message: expect.stringMatching(
        /--subject-token.*, SUBJECT_TOKEN, IDP_TOKEN, client credentials, .*, gitlab \(GITLAB_OIDC_TOKEN\), /,
      ),
      hint: expect.stringMatching(
        /--subject-token-env, --subject-token-file or --subject-token-command, .* --idp-issuer-url and --idp-client-id/,
      ),
      exitCode: 3,
    });
  });

  test('names in GitLab the variable that the job has not set', () => {
    expect(
      failure(() => select({ surroundings: surroundings({ GITLAB_CI: 'true' }) })),
    ).toMatchObject({
      code: 'identity_none',
      message: expect.stringMatching(
        /GitLab CI \(GITLAB_CI is set\).*: GITLAB_OIDC_TOKEN is not set$/,
      ),
      hint: expect.stringContaining('--subject-token-env'),
      exitCode: 3,
    });
  });
});

describe('a provided token', () => {
  test('is its own cache key, together with the name of its source', () => {
    const inEnv = select({ explicit: explicit('env') });
    const inFile = select({ explicit: explicit('file') });
    const other = select({ explicit: explicit('env', 'd.e.f') });
    const keys = [inEnv, inFile, other].map(({ keyInputs }) => JSON.stringify(keyInputs));
    expect(new Set(keys).size).toBe(3);
    expect(inEnv).toMatchObject({ origin: 'env x', tokenType: 'id_token' });
  });

  test('of GitLab is read on each call', async () => {
    const one = select({ surroundings: surroundings(inGitLab) });
    const other = select({
      surroundings: surroundings({ ...inGitLab, GITLAB_OIDC_TOKEN: 'g.l.u' }),
    });
    expect(one.origin).toBe('variable GITLAB_OIDC_TOKEN');
    expect((await one.obtain()).reveal()).toBe('g.l.t');
    expect((await other.obtain()).reveal()).toBe('g.l.u');
    expect(one.keyInputs).not.toEqual(other.keyInputs);
  });

  test('is trimmed, or rejected by an error that names its origin', async () => {
    expect((await select({ explicit: explicit('file', 'a.b.c\n') }).obtain()).reveal()).toBe(
      'a.b.c',
    );
    const unexpanded = { ...inGitLab, GITLAB_OIDC_TOKEN: '$GITLAB_OIDC_TOKEN' };
    expect(
      await rejection(select({ surroundings: surroundings(unexpanded) }).obtain()),
    ).toMatchObject({
      code: 'setting_not_expanded',
      message: expect.stringContaining('variable GITLAB_OIDC_TOKEN'),
    });
  });

  test('is not read unless it is selected', () => {
    const unread: ExplicitToken = {
      kind: 'file',
      named: true,
      read: () => {
        throw new Error('read');
      },
    };
    expect(
      select({ explicit: unread, wanted: 'gitlab', surroundings: surroundings(inGitLab) }).name,
    ).toBe('gitlab');
    const options = { explicit: unread, explicitIsOutranked: true, clientCredentials: () => grant };
    expect(select(options).name).toBe('client-credentials');
  });
});
