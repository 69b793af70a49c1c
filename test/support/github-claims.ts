import { randomUUID } from 'node:crypto';
import type { Claims } from './gitlab-claims.ts';

/**
 * The claims of an id_token as GitHub documents them (OpenID Connect reference): identifiers are
 * strings, the lifetime is 5 minutes, there is no email, name or group, and `sub` names the
 * repository and ref. An override of `undefined` removes a claim. Override `iss` and `aud` if a
 * server verifies the token.
 */
export function githubClaims(overrides: Claims = {}, nowMs: number = Date.now()): Claims {
  const issuedAt = Math.floor(nowMs / 1000);
  const claims: Record<string, unknown> = {
    jti: randomUUID(),
    sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
    aud: 'https://github.com/octo-org',
    ref: 'refs/heads/main',
    sha: '1234567890abcdef1234567890abcdef12345678',
    repository: 'octo-org/octo-repo',
    repository_owner: 'octo-org',
    repository_owner_id: '65',
    repository_id: '74',
    repository_visibility: 'private',
    actor: 'octocat',
    actor_id: '12',
    run_id: '9876543210',
    run_number: '10',
    run_attempt: '2',
    runner_environment: 'github-hosted',
    workflow: 'deploy',
    workflow_ref: 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main',
    workflow_sha: '1234567890abcdef1234567890abcdef12345678',
    job_workflow_ref: 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main',
    job_workflow_sha: '1234567890abcdef1234567890abcdef12345678',
    head_ref: '',
    base_ref: '',
    event_name: 'push',
    ref_protected: 'true',
    ref_type: 'branch',
    iss: 'https://token.actions.githubusercontent.com',
    nbf: issuedAt - 300,
    exp: issuedAt + 300,
    iat: issuedAt,
    ...overrides,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
