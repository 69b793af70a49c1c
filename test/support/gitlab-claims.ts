import { createHash, randomUUID } from 'node:crypto';

export type Claims = Readonly<Record<string, unknown>>;

/**
 * The claims of an id_token as GitLab documents them (ID token authentication, "Token payload"):
 * identifiers are strings, `nbf` is 5 s before `iat`, and the lifetime is 5 minutes. There is no
 * `email` or `name`, but `user_email` and `user_login`; there are no groups unless an override adds
 * them. An override of `undefined` removes a claim. Override `iss` and `aud` if a server verifies
 * the token.
 */
export function gitlabClaims(overrides: Claims = {}, nowMs: number = Date.now()): Claims {
  const issuedAt = Math.floor(nowMs / 1000);
  const claims: Record<string, unknown> = {
    namespace_id: '72',
    namespace_path: 'my-group',
    project_id: '20',
    project_path: 'my-group/my-project',
    user_id: '1',
    user_login: 'sample-user',
    user_email: 'sample-user@example.com',
    user_access_level: 'developer',
    job_project_id: '20',
    job_project_path: 'my-group/my-project',
    job_namespace_id: '72',
    job_namespace_path: 'my-group',
    pipeline_id: '574',
    pipeline_source: 'push',
    job_id: '302',
    ref: 'feature-branch-1',
    ref_type: 'branch',
    ref_path: 'refs/heads/feature-branch-1',
    ref_protected: 'false',
    groups_direct: ['my-group/subgroup-a', 'my-group/subgroup-b'],
    environment: 'test-environment2',
    environment_protected: 'false',
    deployment_tier: 'testing',
    environment_action: 'start',
    runner_id: 1,
    runner_environment: 'self-hosted',
    sha: createHash('sha1').update('my-project').digest('hex'),
    project_visibility: 'public',
    ci_config_ref_uri:
      'gitlab.example.com/my-group/my-project//.gitlab-ci.yml@refs/heads/feature-branch-1',
    ci_config_sha: createHash('sha1').update('my-project').digest('hex'),
    jti: randomUUID(),
    iss: 'https://gitlab.example.com',
    iat: issuedAt,
    nbf: issuedAt - 5,
    exp: issuedAt + 300,
    sub: 'project_path:my-group/my-project:ref_type:branch:ref:feature-branch-1',
    aud: 'https://dex.example.com/',
    ...overrides,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

/** The named subject tokens of the tests; each differs from `valid` in one property. */
export type SubjectTokenKind =
  | 'valid'
  | 'expired'
  | 'not-yet-valid'
  | 'foreign-key'
  | 'foreign-issuer'
  | 'without-sub'
  | 'without-email'
  | 'without-user-login'
  | 'without-expiry'
  | 'other-audience'
  | 'non-ascii'
  | 'huge';

/**
 * The overrides that turn gitlabClaims into a kind of token. `foreign-key` changes no claim, only
 * the signature. `not-yet-valid` starts in ten minutes, since Dex tolerates five. `huge` has 600
 * groups, more than 20 KB when encoded.
 */
export function kindOverrides(kind: SubjectTokenKind, nowMs: number = Date.now()): Claims {
  const now = Math.floor(nowMs / 1000);
  switch (kind) {
    case 'valid':
    case 'foreign-key':
      return {};
    case 'expired':
      return { iat: now - 3600, nbf: now - 3605, exp: now - 3300 };
    case 'not-yet-valid':
      return { iat: now + 600, nbf: now + 600, exp: now + 900 };
    case 'foreign-issuer':
      return { iss: 'https://gitlab.other.example' };
    case 'without-sub':
      return { sub: undefined };
    case 'without-email':
      return { user_email: undefined };
    case 'without-user-login':
      return { user_login: undefined };
    case 'without-expiry':
      return { exp: undefined };
    case 'other-audience':
      return { aud: 'https://vault.example.com' };
    case 'non-ascii':
      return {
        user_login: 'жанна-д’арк-聖',
        user_email: 'жанна@example.com',
        project_path: 'группа/проект',
        sub: 'project_path:группа/проект:ref_type:branch:ref:ветка-🚀',
        groups: ['разработка', '開発'],
      };
    case 'huge':
      return {
        groups: Array.from(
          { length: 600 },
          (_, index) => `my-group/platform/department-${index}/team-${index}`,
        ),
      };
  }
}
