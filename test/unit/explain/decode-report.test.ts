import { describe, expect, test } from 'vitest';
import { decodeReport } from '../../../src/explain/decode-report.ts';
import type { JwtFacts } from '../../../src/explain/token-facts.ts';

function decoded(claims: Readonly<Record<string, unknown>>): string {
  const facts: JwtFacts = {
    ...{ form: 'jwt', length: 100, sha256: '0', header: {} },
    ...{ claims, times: [] },
  };
  return decodeReport(facts, 200);
}

describe('an identity token is not judged as if the API server saw it', () => {
  test.each<[string, Record<string, unknown>]>([
    ['of GitLab', { aud: 'https://dex.example.com/', pipeline_source: 'push' }],
    ['of GitLab for another audience', { aud: 'vault', namespace_path: 'my-group' }],
    ['of GitHub', { aud: 'x', iss: 'https://token.actions.githubusercontent.com' }],
    ['of Forgejo', { aud: 'x', iss: 'https://git.example.com', repository_owner: 'my-org' }],
    ['of Buildkite', { aud: 'x', iss: 'https://agent.buildkite.com' }],
    ['of Keycloak', { aud: 'account', iss: 'https://sso.example.com/realms/ci' }],
    ['for the URL of Dex', { aud: ['https://dex.example.com/'], iss: 'https://ci.example.com' }],
  ])('%s', (_what, claims) => {
    const text = decoded(claims);
    expect(text).toContain('This is an identity token to exchange at Dex; the API server does not');
    expect(text).not.toMatch(/rejected|would authenticate/);
  });
});

describe('a token that the API server gets is judged', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    ['of Dex', { aud: ['kubernetes', 'ci'], email: 'a@b', name: 'a' }, /^ {2}user +a@b$/m],
    [
      'of Dex for the client only',
      { aud: 'dex-client-ci@d8-user-authn' },
      /rejected +aud does not/,
    ],
    [
      'for kubernetes of another issuer',
      { aud: 'kubernetes', namespace_path: 'g' },
      /the email claim/,
    ],
    [
      'of a ServiceAccount',
      { aud: ['https://kubernetes.default.svc'], sub: 'system:serviceaccount:a:b' },
      /user +system:serviceaccount:a:b/,
    ],
    ['without claims', {}, /rejected +aud does not/],
  ])('%s', (_what, claims, row) => {
    const text = decoded(claims);
    expect(text).toContain('would authenticate this token as');
    expect(text).toMatch(row);
  });
});
