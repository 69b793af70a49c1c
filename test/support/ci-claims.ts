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
  // https://docs.semaphoreci.com/reference/openid
  semaphore: () =>
    standard(
      {
        sub: 'org:acme:project:936a5312-a3b8-4921-8b3f-2cec8baac574:repo:web:ref_type:branch:ref:refs/heads/main',
        sub127: 'acme:936a5312-a3b8-4921-8b3f-2cec8baac574:web:br:heads/main',
        aud: 'https://acme.semaphoreci.com',
        jti: '2s557dchalv2mv76kk000el1',
        branch: 'main',
        pr_branch: '',
        pr: '',
        ref: 'refs/heads/main',
        ref_type: 'branch',
        tag: '',
        repo: 'web',
        repo_slug: 'octo-org/web',
        org: 'acme',
        org_id: 'd7dd33ad-9317-498c-9cc6-51c250749be7',
        prj: 'web',
        prj_id: '936a5312-a3b8-4921-8b3f-2cec8baac574',
        wf_id: randomUUID(),
        ppl_id: randomUUID(),
        job_id: randomUUID(),
        job_type: 'pipeline_job',
        trg: 'h:f-i:f',
      },
      24 * 3600,
    ),
  // https://docs.spacelift.io/integrations/cloud-providers/oidc
  spacelift: () =>
    standard(
      {
        sub: 'space:production-01KJMM56VS4W3AL9YZWVCXBX8D:stack:infra:run_type:TRACKED:scope:write',
        aud: 'acme.app.spacelift.io',
        jti: randomUUID(),
        spaceId: 'production-01KJMM56VS4W3AL9YZWVCXBX8D',
        callerType: 'stack',
        callerId: 'infra',
        runType: 'TRACKED',
        runId: '01JKZAHVAQHFM8CC3EA5HWRMP1',
        scope: 'write',
      },
      3600,
    ),
  // https://codefresh.io/docs/docs/integrations/oidc-pipelines/
  codefresh: () =>
    standard({
      sub: 'account:5f30ebd30312313ae7f17948:pipeline:64f0c40800aafd1455566abc:scm_repo_url:https://github.com/octo-org/octo-repo:scm_user_name:octocat:scm_ref:main',
      account_id: '5f30ebd30312313ae7f17948',
      account_name: 'octo-org',
      pipeline_id: '64f0c40800aafd1455566abc',
      pipeline_name: 'octo-repo/deploy',
      workflow_id: '64f447c02199f903000020ab',
      scm_user_name: 'octocat',
      scm_repo_url: 'https://github.com/octo-org/octo-repo',
      scm_ref: 'main',
    }),
  // https://docs.envzero.com/guides/integrations/oidc-integrations
  env0: () =>
    standard(
      {
        sub: 'auth0|63021f2ce98a11d0678ed6fe',
        aud: 'https://prod.env0.com',
        azp: 'hoMiq9PdkRh9LUvVpH4wIErWg50VSG1b',
        gty: 'password',
        apiKeyType: 'oidc',
        organization: '66a38abf-69bc-4cb7-ad73-7f61e389079f',
        organizationId: '66a38abf-69bc-4cb7-ad73-7f61e389079f',
        projectId: '5b44fa6d-ecfd-40ab-8e69-14d6fe7c638c',
        projectName: 'My Project',
        templateId: 'dc9808e2-44d3-48dd-b12a-31a08927ee6e',
        templateName: 'app',
        environmentId: '9c3ca3cf-870d-4db4-9c60-5adf37faab45',
        environmentName: 'production',
        workspaceName: 'env09c3ca3',
        deployerEmail: 'sample-user@example.com',
        deploymentLogId: randomUUID(),
        deploymentType: 'deploy',
        // Claims that only tokens of people who log in contain: they must not become the user.
        email: 'admin@example.com',
        groups: ['admins'],
      },
      24 * 3600,
    ),
  // go-vela/server, internal/token/mint.go; https://go-vela.github.io/docs/usage/open_id_connect/
  vela: () =>
    standard({
      sub: 'repo:octo-org/octo-repo:ref:refs/heads/main:event:push',
      aud: ['https://dex.example.com/'],
      jti: randomUUID(),
      actor: 'octocat',
      actor_scm_id: '1',
      branch: 'main',
      build_id: '100',
      build_number: '42',
      commands: 'true',
      event: 'push',
      image: 'registry.example.com/ci/deploy:1',
      image_name: 'registry.example.com/ci/deploy',
      image_tag: '1',
      pull_fork: 'false',
      ref: 'refs/heads/main',
      repo: 'octo-org/octo-repo',
      request: 'write',
      sha: '15b17a5751dd2fd04a7b4ca056063dc876984073',
      token_type: 'ID',
    }),
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_token_claims.html
  aws: () =>
    standard({
      sub: 'arn:aws:iam::123456789012:role/deployer',
      jti: randomUUID(),
      'https://sts.amazonaws.com/': {
        aws_account: '123456789012',
        source_region: 'eu-west-1',
        principal_id: 'arn:aws:iam::123456789012:role/deployer',
      },
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
