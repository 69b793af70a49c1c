import { randomUUID } from 'node:crypto';
import { githubClaims } from './github-claims.ts';
import { type Claims, gitlabClaims } from './gitlab-claims.ts';

const uuid = (digit: number): string =>
  [8, 4, 4, 4, 12].map((length) => String(digit).repeat(length)).join('-');

function standard(claims: Claims, lifeSeconds = 300): Claims {
  const now = Math.floor(Date.now() / 1000);
  return { aud: 'https://dex.example.com/', iat: now, nbf: now, exp: now + lifeSeconds, ...claims };
}

/** The documented claims of each system's token, by the folder of its example. */
export const ciClaims: Readonly<Record<string, () => Claims>> = {
  gitlab: () => gitlabClaims(),
  // A repository created since 2026-07-15 has ids in its subject.
  github: () => githubClaims({ sub: 'repo:octo-org@65/octo-repo@74:ref:refs/heads/main' }),
  // https://forgejo.org/docs/latest/user/actions/security-openid-connect/
  forgejo: () =>
    standard({
      sub: 'repo:octo-org-65/octo-repo-74:ref:refs/heads/main',
      actor: 'octocat',
      actor_id: '12',
      base_ref: '',
      event_name: 'push',
      head_ref: '',
      ref: 'refs/heads/main',
      ref_protected: 'false',
      ref_type: 'branch',
      repository: 'octo-org/octo-repo',
      repository_id: '74',
      repository_owner: 'octo-org',
      repository_owner_id: '65',
      run_attempt: '1',
      run_id: '7',
      run_number: '3',
      sha: '1234567890abcdef1234567890abcdef12345678',
      workflow: 'deploy.yaml',
      workflow_ref: 'octo-org/octo-repo/.forgejo/workflows/deploy.yaml@refs/heads/main',
    }),
  // https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
  circleci: () =>
    standard(
      {
        sub: `org/${uuid(1)}/project/22222222-3333-4444-8555-666666666666/user/${uuid(9)}/vcs-origin/github.com/octo-org/octo-repo/vcs-ref/refs/heads/main`,
        aud: uuid(1),
        'oidc.circleci.com/project-id': '22222222-3333-4444-8555-666666666666',
        'oidc.circleci.com/context-ids': ['33333333-4444-4555-8666-777777777777'],
        'oidc.circleci.com/org-id': uuid(1),
        'oidc.circleci.com/pipeline-id': randomUUID(),
        'oidc.circleci.com/ssh-rerun': false,
        'oidc.circleci.com/vcs-origin': 'github.com/octo-org/octo-repo',
        'oidc.circleci.com/vcs-ref': 'refs/heads/main',
      },
      3600,
    ),
  // https://buildkite.com/docs/agent/cli/reference/oidc
  buildkite: () =>
    standard({
      sub: 'organization:acme-inc:pipeline:super-duper-app:ref:refs/heads/main:commit:9f3182061f1e2cca4702c368cbc039b7dc9d4485:step:build',
      organization_slug: 'acme-inc',
      pipeline_slug: 'super-duper-app',
      build_number: 1,
      build_branch: 'main',
      build_commit: '9f3182061f1e2cca4702c368cbc039b7dc9d4485',
      step_key: 'build',
      job_id: '0184990a-477b-4fa8-9968-496074483cee',
      agent_id: '0184990a-4782-42b5-afc1-16715b10b8ff',
    }),
  // https://learn.microsoft.com/en-us/azure/devops/pipelines/release/convert-service-connections
  'azure-pipelines': () =>
    standard(
      {
        sub: '/eid1/c/pub/t/tenant/a/application/sc/organization/connection',
        aud: 'api://AzureADTokenExchange',
        // A claim that only other tokens of the tenant contain: it must not become the user.
        email: 'admin@example.com',
      },
      600,
    ),
  // https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
  bitbucket: () =>
    standard({
      sub: `{55555555-6666-4777-8888-999999999999}:{66666666-7777-4888-9999-aaaaaaaaaaaa}:{${randomUUID()}}`,
      aud: ['https://dex.example.com/'],
      repositoryUuid: '{55555555-6666-4777-8888-999999999999}',
      deploymentEnvironmentUuid: '{66666666-7777-4888-9999-aaaaaaaaaaaa}',
      stepUuid: `{${randomUUID()}}`,
      pipelineUuid: `{${randomUUID()}}`,
      workspaceUuid: `{${uuid(7)}}`,
      branchName: 'main',
    }),
  // https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
  tekton: () =>
    standard(
      {
        sub: 'system:serviceaccount:ci:deployer',
        aud: ['https://dex.example.com/'],
        jti: randomUUID(),
        'kubernetes.io': {
          namespace: 'ci',
          pod: { name: 'deploy-1', uid: randomUUID() },
          serviceaccount: { name: 'deployer', uid: randomUUID() },
        },
      },
      3600,
    ),
  // https://plugins.jenkins.io/oidc-provider/
  jenkins: () =>
    standard({ sub: 'https://jenkins.example.com/job/deploy/', build_number: 7 }, 3600),
  // https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens
  terraform: () =>
    standard({
      jti: randomUUID(),
      sub: 'organization:my-org:project:my-project:workspace:prod:run_phase:apply',
      terraform_run_phase: 'apply',
      terraform_workspace_id: 'ws-1',
      terraform_workspace_name: 'prod',
      terraform_organization_id: 'org-1',
      terraform_organization_name: 'my-org',
      terraform_project_id: 'prj-1',
      terraform_project_name: 'my-project',
      terraform_run_id: 'run-1',
      terraform_full_workspace: 'organization:my-org:project:my-project:workspace:prod',
    }),
  // https://cloud.google.com/compute/docs/instances/verifying-instance-identity
  google: () =>
    standard(
      {
        azp: '112233445566778899000',
        sub: '112233445566778899000',
        email: 'deployer@my-project.iam.gserviceaccount.com',
        email_verified: true,
        google: {
          compute_engine: { instance_id: '1', project_id: 'my-project', zone: 'europe-west1-b' },
        },
      },
      3600,
    ),
};
