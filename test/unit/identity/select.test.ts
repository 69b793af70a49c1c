import { describe, expect, test } from 'vitest';
import { readySecret } from '../../../src/deferred-secret.ts';
import {
  type ExplicitToken,
  type IdentityOptions,
  selectIdentity,
} from '../../../src/identity/select.ts';
import type { IdentitySource } from '../../../src/identity/source.ts';
import { Secret } from '../../../src/secret.ts';
import { failure, rejection } from '../support/failure.ts';
import { surroundings } from '../support/surroundings.ts';

const grant: IdentitySource = {
  name: 'client-credentials',
  origin: 'the IdP',
  tokenType: 'access_token',
  keyInputs: [],
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
    explicitIsWeaker: false,
    surroundings: surroundings(),
    ...options,
  });
}

const inGitLab = { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: 'g.l.t' };

describe('auto takes', () => {
  test.each<[string, Partial<IdentityOptions>, string]>([
    ['the explicit token', { explicit: explicit('file') }, 'file'],
    ['client credentials', { clientCredentials: () => grant }, 'client-credentials'],
    ['the CI system’s token', { surroundings: surroundings(inGitLab) }, 'gitlab'],
    [
      'the explicit token before all else',
      {
        explicit: explicit('env'),
        clientCredentials: () => grant,
        surroundings: surroundings(inGitLab),
      },
      'env',
    ],
    [
      'client credentials before the CI system',
      { clientCredentials: () => grant, surroundings: surroundings(inGitLab) },
      'client-credentials',
    ],
    [
      'client credentials before a token from a weaker place',
      { explicit: explicit('env'), explicitIsWeaker: true, clientCredentials: () => grant },
      'client-credentials',
    ],
    [
      'a token from a weak place where there is nothing else',
      { explicit: explicit('env'), explicitIsWeaker: true },
      'env',
    ],
  ])('%s', (_what, options, name) => {
    expect(select(options).name).toBe(name);
  });
});

describe('a source by name', () => {
  test.each<[string, Partial<IdentityOptions>]>([
    ['env', { explicit: explicit('env') }],
    ['file', { explicit: explicit('file') }],
    ['command', { explicit: explicit('command') }],
    ['client-credentials', { clientCredentials: () => grant }],
    ['gitlab', { surroundings: surroundings(inGitLab) }],
  ])('%s is taken', (wanted, options) => {
    expect(select({ ...options, wanted }).name).toBe(wanted);
  });

  test('is taken although others are stronger', () => {
    const options = {
      explicit: explicit('env'),
      clientCredentials: () => grant,
      surroundings: surroundings(inGitLab),
    };
    expect(select({ ...options, wanted: 'gitlab' }).name).toBe('gitlab');
    expect(select({ ...options, wanted: 'client-credentials' }).name).toBe('client-credentials');
  });

  test.each<[string, Partial<IdentityOptions>, string, string]>([
    [
      'env',
      {},
      'identity env is asked for, but not configured',
      'set --subject-token-env to the name of the variable',
    ],
    [
      'file',
      { explicit: explicit('env') },
      'identity file is asked for, but not configured; identity env is',
      'set --subject-token-file',
    ],
    [
      'command',
      { explicit: explicit('file') },
      'identity command is asked for, but not configured; identity file is',
      'set --subject-token-command',
    ],
    [
      'client-credentials',
      { surroundings: surroundings(inGitLab) },
      'identity client-credentials is asked for, but not configured',
      'set --idp-issuer-url or --idp-token-url, and --idp-client-id',
    ],
  ])('%s is missed, though another is there', (wanted, options, message, hint) => {
    expect(failure(() => select({ ...options, wanted }))).toEqual({
      code: 'setting_missing',
      message,
      hint,
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
        message: 'identity gitlab: GITLAB_OIDC_TOKEN is not set',
        hint: expect.stringContaining('id_tokens: { GITLAB_OIDC_TOKEN:'),
        exitCode: 3,
      });
    },
  );
});

describe('no source at all', () => {
  test('says what was looked at', () => {
    expect(failure(() => select({}))).toEqual({
      code: 'identity_none',
      message: expect.stringMatching(
        /^there is no identity token: looked for subject-token settings, .*, gitlab \(GITLAB_OIDC_TOKEN\), .*$/,
      ),
      hint: 'name one by --subject-token-env, --subject-token-file or --subject-token-command, or configure --idp-issuer-url and --idp-client-id',
      exitCode: 3,
    });
  });

  test('in GitLab says what the job lacks', () => {
    expect(
      failure(() => select({ surroundings: surroundings({ GITLAB_CI: 'true' }) })),
    ).toMatchObject({
      code: 'identity_none',
      message:
        'this is GitLab CI (GITLAB_CI is set), but the job has no identity token: GITLAB_OIDC_TOKEN is not set',
      hint: expect.stringContaining('--subject-token-env'),
      exitCode: 3,
    });
  });
});

describe('a token at hand', () => {
  test('is its own key, apart from the same token of another source', () => {
    const inEnv = select({ explicit: explicit('env') });
    const inFile = select({ explicit: explicit('file') });
    const other = select({ explicit: explicit('env', 'd.e.f') });
    const keys = [inEnv, inFile, other].map(({ keyInputs }) => JSON.stringify(keyInputs));
    expect(new Set(keys).size).toBe(3);
    expect(inEnv).toMatchObject({ origin: 'env x', tokenType: 'id_token' });
  });

  test('of GitLab is read anew each time', async () => {
    const one = select({ surroundings: surroundings(inGitLab) });
    const other = select({
      surroundings: surroundings({ ...inGitLab, GITLAB_OIDC_TOKEN: 'g.l.u' }),
    });
    expect(one.origin).toBe('variable GITLAB_OIDC_TOKEN');
    expect((await one.obtain()).reveal()).toBe('g.l.t');
    expect((await other.obtain()).reveal()).toBe('g.l.u');
    expect(one.keyInputs).not.toEqual(other.keyInputs);
  });

  test('is cleaned, or refused by its origin', async () => {
    expect((await select({ explicit: explicit('file', 'a.b.c\n') }).obtain()).reveal()).toBe(
      'a.b.c',
    );
    const unexpanded = { ...inGitLab, GITLAB_OIDC_TOKEN: '$GITLAB_OIDC_TOKEN' };
    expect(
      await rejection(select({ surroundings: surroundings(unexpanded) }).obtain()),
    ).toMatchObject({
      code: 'setting_not_expanded',
      message:
        'variable GITLAB_OIDC_TOKEN holds the literal name of a variable instead of its value',
    });
  });

  test('is not read before it is chosen', () => {
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
    const options = { explicit: unread, explicitIsWeaker: true, clientCredentials: () => grant };
    expect(select(options).name).toBe('client-credentials');
  });
});
