import type { Claims } from './gitlab-claims.ts';

/** What a token can do in a cluster that has the DexProvider and the rule of an example. */
export type Outcome =
  /** Dex denies the exchange. */
  | 'denied by Dex'
  /** Dex issues a token, but the rule is not for its user and groups. */
  | 'no rights'
  /** As the token of the job that the example is for; its comments must say so. */
  | 'the same rights';

/** A token of the same issuer, or a similar one, that is not the token of the example's job. */
export interface OtherToken {
  readonly kind: 'project' | 'fork' | 'branch' | 'tenant' | 'person' | 'token';
  readonly whose: string;
  /** The claims that differ from those of the example's job; undefined removes a claim. */
  readonly claims: Claims;
  readonly outcome: Outcome;
}

const githubSub = 'repo:octo-org@65/octo-repo@74';
const forgejoSub = 'repo:octo-org-65/octo-repo-74';
const connection = '/eid1/c/pub/t/tenant/a/application/sc/organization/connection';
const serviceAccount = 'deployer@my-project.iam.gserviceaccount.com';
const contexts = 'oidc.circleci.com/context-ids';

/** By the folder of the example. Each has at least a token of another project. */
export const otherTokens: Readonly<Record<string, readonly OtherToken[]>> = {
  gitlab: [
    {
      kind: 'project',
      whose: 'a project of another group',
      claims: { namespace_path: 'strangers', project_path: 'strangers/shop' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'project',
      whose: 'a project of a subgroup, which the example does not list',
      claims: { namespace_path: 'my-group/other', project_path: 'my-group/other/shop' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'project',
      whose: 'a personal project in which the same user starts the pipeline',
      claims: { namespace_path: 'sample-user', project_path: 'sample-user/my-project' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'fork',
      // Its project_path and namespace_path are the fork's, job_project_path is the project's.
      whose: 'a merge request from a fork, whose pipeline a member runs in the project',
      claims: {
        namespace_path: 'stranger',
        project_path: 'stranger/my-project',
        pipeline_source: 'merge_request_event',
        sub: 'project_path:stranger/my-project:ref_type:branch:ref:main',
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'branch',
      whose: 'another branch of the project',
      claims: {
        ref: 'other',
        ref_path: 'refs/heads/other',
        sub: 'project_path:my-group/my-project:ref_type:branch:ref:other',
      },
      outcome: 'the same rights',
    },
    {
      kind: 'person',
      whose: 'a colleague who starts the pipeline',
      claims: { user_id: '2', user_login: 'colleague', user_email: 'colleague@example.com' },
      outcome: 'the same rights',
    },
    {
      kind: 'token',
      // https://docs.gitlab.com/integration/openid_connect_provider/
      whose: 'a login of the same user at another application of this GitLab',
      claims: {
        namespace_path: undefined,
        user_login: undefined,
        user_email: undefined,
        name: 'Sample User',
        email: 'sample-user@example.com',
        email_verified: true,
        groups: ['my-group'],
        groups_direct: ['my-group'],
      },
      outcome: 'denied by Dex',
    },
  ],
  github: [
    {
      kind: 'project',
      whose: 'another repository of the organization',
      claims: {
        repository: 'octo-org/other',
        repository_id: '75',
        sub: 'repo:octo-org@65/other@75:ref:refs/heads/main',
      },
      outcome: 'no rights',
    },
    {
      kind: 'tenant',
      whose: 'a repository of another organization',
      claims: {
        repository: 'stranger/octo-repo',
        repository_owner: 'stranger',
        sub: 'repo:stranger@99/octo-repo@100:ref:refs/heads/main',
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'tenant',
      whose: 'another organization that has customized its subject',
      claims: { repository_owner: 'stranger', repository: 'stranger/octo-repo' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'fork',
      whose: 'a workflow in a fork',
      claims: {
        repository: 'forker/octo-repo',
        repository_owner: 'forker',
        sub: 'repo:forker@101/octo-repo@102:ref:refs/heads/main',
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'fork',
      whose: 'a pull request, which may be from a fork',
      claims: { event_name: 'pull_request', sub: `${githubSub}:pull_request` },
      outcome: 'no rights',
    },
    {
      kind: 'branch',
      whose: 'another branch',
      claims: { ref: 'refs/heads/feature', sub: `${githubSub}:ref:refs/heads/feature` },
      outcome: 'no rights',
    },
    {
      kind: 'token',
      whose: 'an older repository of that name, whose subject has no ids',
      claims: { sub: 'repo:octo-org/octo-repo:ref:refs/heads/main' },
      outcome: 'no rights',
    },
  ],
  forgejo: [
    {
      kind: 'project',
      whose: 'another repository of the organization',
      claims: {
        repository: 'octo-org/other',
        sub: 'repo:octo-org-65/other-75:ref:refs/heads/main',
      },
      outcome: 'no rights',
    },
    {
      kind: 'tenant',
      whose: 'another owner',
      claims: {
        repository: 'stranger/octo-repo',
        repository_owner: 'stranger',
        sub: 'repo:stranger-99/octo-repo-100:ref:refs/heads/main',
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'tenant',
      whose: 'an owner and an older repository whose names end like the ids',
      claims: { repository: 'octo-org-65/octo-repo-74', repository_owner: 'octo-org-65' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'fork',
      whose: 'a workflow in a fork',
      claims: {
        repository: 'forker/octo-repo',
        repository_owner: 'forker',
        sub: 'repo:forker-101/octo-repo-102:ref:refs/heads/main',
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'branch',
      whose: 'another branch',
      claims: { ref: 'refs/heads/feature', sub: `${forgejoSub}:ref:refs/heads/feature` },
      outcome: 'no rights',
    },
  ],
  circleci: [
    {
      kind: 'project',
      whose: 'another project of the organization',
      claims: {
        'oidc.circleci.com/project-id': '99999999-3333-4444-8555-666666666666',
        [contexts]: [],
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'project',
      whose: 'another project of the organization that has the context',
      claims: { 'oidc.circleci.com/project-id': '99999999-3333-4444-8555-666666666666' },
      outcome: 'no rights',
    },
    {
      kind: 'tenant',
      whose: 'another organization',
      claims: { iss: 'https://oidc.circleci.com/org/99999999-2222-4333-8444-555555555555' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'fork',
      whose: 'a pull request from a fork, which has no contexts',
      claims: { [contexts]: [] },
      outcome: 'denied by Dex',
    },
    {
      kind: 'branch',
      whose: 'another branch, which the context does not admit',
      claims: { 'oidc.circleci.com/vcs-ref': 'refs/heads/feature', [contexts]: [] },
      outcome: 'denied by Dex',
    },
    {
      kind: 'branch',
      whose: 'another branch, if the context is for every branch',
      claims: { 'oidc.circleci.com/vcs-ref': 'refs/heads/feature' },
      outcome: 'the same rights',
    },
  ],
  buildkite: [
    {
      kind: 'project',
      whose: 'another pipeline of the organization',
      claims: { pipeline_slug: 'other' },
      outcome: 'no rights',
    },
    {
      kind: 'tenant',
      whose: 'a pipeline of that name in another organization',
      claims: { organization_slug: 'strangers' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'fork',
      whose: 'a pull request from a fork, if it has the client secret',
      claims: { build_branch: 'forker:main' },
      outcome: 'the same rights',
    },
    {
      kind: 'branch',
      whose: 'another branch, if it has the client secret',
      claims: { build_branch: 'feature' },
      outcome: 'the same rights',
    },
  ],
  'azure-pipelines': [
    {
      kind: 'project',
      whose: 'another service connection',
      claims: { sub: `${connection}-2` },
      outcome: 'denied by Dex',
    },
    {
      kind: 'token',
      whose: 'another token of the tenant, with an email and groups of its own',
      claims: { sub: 'AAAAAAAA', email: connection, groups: [connection] },
      outcome: 'denied by Dex',
    },
    {
      kind: 'tenant',
      whose: 'another tenant',
      claims: {
        iss: 'https://login.microsoftonline.com/99999999-5555-4666-8777-888888888888/v2.0',
      },
      outcome: 'denied by Dex',
    },
  ],
  bitbucket: [
    {
      kind: 'project',
      whose: 'another repository of the workspace',
      claims: {
        repositoryUuid: '{99999999-6666-4777-8888-999999999999}',
        deploymentEnvironmentUuid: '{99999999-7777-4888-9999-aaaaaaaaaaaa}',
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'fork',
      whose: 'a fork in another workspace',
      claims: {
        iss: 'https://api.bitbucket.org/2.0/workspaces/forker/pipelines-config/identity/oidc',
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'branch',
      whose: 'a step of another branch, without the deployment environment',
      claims: { branchName: 'feature', deploymentEnvironmentUuid: undefined },
      outcome: 'denied by Dex',
    },
  ],
  tekton: [
    {
      kind: 'project',
      whose: 'another ServiceAccount of the namespace',
      claims: { sub: 'system:serviceaccount:ci:other' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'project',
      whose: 'a ServiceAccount of that name in another namespace',
      claims: { sub: 'system:serviceaccount:strangers:deployer' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'tenant',
      whose: 'another cluster',
      claims: { iss: 'https://other-cluster.example.com' },
      outcome: 'denied by Dex',
    },
  ],
  jenkins: [
    {
      kind: 'project',
      whose: 'another job',
      claims: { sub: 'https://jenkins.example.com/job/other/' },
      outcome: 'no rights',
    },
    {
      kind: 'token',
      whose: 'a credential of a folder',
      claims: { iss: 'https://jenkins.example.com/oidc/job/folder' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'branch',
      whose: 'a branch of a multibranch project of that name',
      claims: { sub: 'https://jenkins.example.com/job/deploy/job/feature/' },
      outcome: 'no rights',
    },
  ],
  terraform: [
    {
      kind: 'project',
      whose: 'another workspace of the organization',
      claims: {
        terraform_full_workspace: 'organization:my-org:project:my-project:workspace:other',
      },
      outcome: 'no rights',
    },
    {
      kind: 'tenant',
      whose: 'another organization',
      claims: {
        terraform_organization_name: 'strangers',
        terraform_full_workspace: 'organization:strangers:project:my-project:workspace:prod',
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'tenant',
      whose: 'an organization of that name in Europe',
      claims: { iss: 'https://app.eu.terraform.io' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'token',
      whose: 'a Stack of the organization',
      claims: {
        sub: 'organization:my-org:project:my-project:stack:prod:deployment:prod:operation:apply',
        terraform_full_workspace: undefined,
        terraform_workspace_name: undefined,
        terraform_stack_name: 'prod',
        terraform_operation: 'apply',
      },
      outcome: 'denied by Dex',
    },
  ],
  google: [
    {
      kind: 'project',
      whose: 'another service account',
      claims: { email: 'other@my-project.iam.gserviceaccount.com', sub: '9' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'person',
      whose: 'a person with a claim groups',
      claims: { email: 'stranger@gmail.com', sub: '10', groups: [serviceAccount] },
      outcome: 'denied by Dex',
    },
  ],
  semaphore: [
    {
      kind: 'project',
      whose: 'another project of the organization',
      claims: {
        sub: 'org:acme:project:99999999-a3b8-4921-8b3f-2cec8baac574:repo:web:ref_type:branch:ref:refs/heads/main',
        prj_id: '99999999-a3b8-4921-8b3f-2cec8baac574',
      },
      outcome: 'no rights',
    },
    {
      kind: 'tenant',
      whose: 'another organization',
      claims: { iss: 'https://stranger.semaphoreci.com' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'fork',
      whose: 'a pull request to the branch, which may be from a fork',
      claims: {
        sub: 'org:acme:project:936a5312-a3b8-4921-8b3f-2cec8baac574:repo:web:ref_type:pull-request:ref:refs/pull/1/head',
        ref_type: 'pull-request',
        ref: 'refs/pull/1/head',
      },
      outcome: 'no rights',
    },
    {
      kind: 'branch',
      whose: 'another branch',
      claims: {
        sub: 'org:acme:project:936a5312-a3b8-4921-8b3f-2cec8baac574:repo:web:ref_type:branch:ref:refs/heads/feature',
        ref: 'refs/heads/feature',
      },
      outcome: 'no rights',
    },
    {
      kind: 'person',
      whose: 'a debug job of the branch',
      claims: { job_type: 'debug_job' },
      outcome: 'the same rights',
    },
  ],
  spacelift: [
    {
      kind: 'project',
      whose: 'another stack of the space',
      claims: {
        sub: 'space:production-01KJMM56VS4W3AL9YZWVCXBX8D:stack:other:run_type:TRACKED:scope:write',
        callerId: 'other',
      },
      outcome: 'no rights',
    },
    {
      kind: 'tenant',
      whose: 'another account',
      claims: { iss: 'https://stranger.app.spacelift.io' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'branch',
      whose: 'a proposed run, of a pull request',
      claims: {
        sub: 'space:production-01KJMM56VS4W3AL9YZWVCXBX8D:stack:infra:run_type:PROPOSED:scope:read',
        runType: 'PROPOSED',
        scope: 'read',
      },
      outcome: 'no rights',
    },
    {
      kind: 'token',
      whose: 'the plan of the run, before it is confirmed',
      claims: {
        sub: 'space:production-01KJMM56VS4W3AL9YZWVCXBX8D:stack:infra:run_type:TRACKED:scope:read',
        scope: 'read',
      },
      outcome: 'no rights',
    },
  ],
  codefresh: [
    {
      kind: 'project',
      whose: 'another pipeline of the account',
      claims: { pipeline_id: '99f0c40800aafd1455566abc', pipeline_name: 'octo-repo/other' },
      outcome: 'no rights',
    },
    {
      kind: 'tenant',
      whose: 'a pipeline of that name in another account',
      claims: {
        account_id: '99f30ebd30312313ae7f1794',
        account_name: 'stranger',
        pipeline_id: '99f0c40800aafd1455566abc',
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'tenant',
      whose: 'another account with the id of the pipeline',
      claims: { account_id: '99f30ebd30312313ae7f1794' },
      outcome: 'denied by Dex',
    },
    {
      kind: 'fork',
      whose: 'a pull request from a fork, if a trigger of the pipeline admits it',
      claims: { scm_repo_url: 'https://github.com/forker/octo-repo', scm_user_name: 'forker' },
      outcome: 'the same rights',
    },
    {
      kind: 'branch',
      whose: 'another branch, if a trigger of the pipeline admits it',
      claims: { scm_ref: 'feature' },
      outcome: 'the same rights',
    },
  ],
  env0: [
    {
      kind: 'project',
      whose: 'another environment of the project',
      claims: { environmentId: '99999999-870d-4db4-9c60-5adf37faab45', environmentName: 'other' },
      outcome: 'no rights',
    },
    {
      kind: 'tenant',
      whose: 'another organization with the id of the environment',
      claims: {
        organization: '99999999-69bc-4cb7-ad73-7f61e389079f',
        organizationId: '99999999-69bc-4cb7-ad73-7f61e389079f',
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'token',
      whose: 'a person who logs in to env zero, with an email and groups',
      claims: {
        organization: undefined,
        organizationId: undefined,
        environmentId: undefined,
        environmentName: undefined,
        name: 'A Stranger',
        email: '9c3ca3cf-870d-4db4-9c60-5adf37faab45',
        email_verified: true,
        groups: ['66a38abf-69bc-4cb7-ad73-7f61e389079f'],
      },
      outcome: 'denied by Dex',
    },
    {
      kind: 'branch',
      whose: 'the plan of a pull request for the environment',
      claims: { deploymentType: 'prPlan' },
      outcome: 'the same rights',
    },
  ],
  vela: [
    {
      kind: 'project',
      whose: 'another repository of the organization',
      claims: {
        sub: 'repo:octo-org/other:ref:refs/heads/main:event:push',
        repo: 'octo-org/other',
      },
      outcome: 'no rights',
    },
    {
      kind: 'fork',
      whose: 'a pull request from a fork',
      claims: {
        sub: 'repo:octo-org/octo-repo:ref:refs/heads/main:event:pull_request',
        event: 'pull_request:opened',
        pull_fork: 'true',
      },
      outcome: 'no rights',
    },
    {
      kind: 'fork',
      whose: 'a build in a fork',
      claims: {
        sub: 'repo:forker/octo-repo:ref:refs/heads/main:event:push',
        repo: 'forker/octo-repo',
      },
      outcome: 'no rights',
    },
    {
      kind: 'branch',
      whose: 'another branch',
      claims: {
        sub: 'repo:octo-org/octo-repo:ref:refs/heads/feature:event:push',
        ref: 'refs/heads/feature',
        branch: 'feature',
      },
      outcome: 'no rights',
    },
  ],
  aws: [
    {
      kind: 'project',
      whose: 'another role of the account',
      claims: { sub: 'arn:aws:iam::123456789012:role/other' },
      outcome: 'no rights',
    },
    {
      kind: 'tenant',
      whose: 'a role of that name in another account',
      claims: {
        iss: 'https://99999999-2222-4333-8444-555555555555.tokens.sts.global.api.aws',
        sub: 'arn:aws:iam::999999999999:role/deployer',
      },
      outcome: 'denied by Dex',
    },
  ],
};
