import { readySecret, Secret } from '../secret.ts';
import { type AmbientSystem, audienceInHint, variableValue } from './ambient-system.ts';
import { givenSource } from './given-source.ts';
import type { IdentitySource } from './source.ts';

/** A system that puts the identity token into a variable: one row describes it completely. */
interface VariableRow {
  readonly name: string;
  readonly title: string;
  readonly variable: string;
  readonly ciMarkerVariable: string;
  readonly tokenLifetime: string;
  readonly documentation: string;
  /** The hint that tells how to get a token; `audience` is quoted for YAML. */
  readonly remedy: (audience: string) => string;
  /** The hint for an expired token; none of these systems issues a second token to a job. */
  readonly whenExpired: string;
  /** What to do if the job runs longer than its token lives; default `whenExpired`. */
  readonly ifLonger?: string;
}

const rows: readonly VariableRow[] = [
  {
    name: 'gitlab',
    title: 'GitLab CI',
    variable: 'GITLAB_OIDC_TOKEN',
    ciMarkerVariable: 'GITLAB_CI',
    tokenLifetime: "the job's timeout, or 5 minutes if it has none",
    documentation: 'https://docs.gitlab.com/ci/secrets/id_token_authentication/',
    remedy: (audience) =>
      `add to the job: id_tokens: { GITLAB_OIDC_TOKEN: { aud: ${audience} } }; or set --subject-token-env to the variable that the job already has`,
    whenExpired:
      "call dexchange earlier in the job, raise the job's timeout, or move this step to a separate job: GitLab does not renew a job's id_token",
    ifLonger: "raise the job's timeout, which is the lifetime of its only id_token",
  },
  {
    name: 'circleci',
    title: 'CircleCI',
    variable: 'CIRCLE_OIDC_TOKEN_V2',
    ciMarkerVariable: 'CIRCLECI',
    tokenLifetime: '1 hour from the start of the job',
    documentation:
      'https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/',
    remedy: () =>
      'let the project pass secrets to builds of forks, if this is one; update CircleCI server to 4.4 or newer',
    whenExpired:
      'set --subject-token-command "circleci run oidc get" with its claims to request a new token: CircleCI does not renew the variable within a job',
  },
  {
    name: 'bitbucket',
    title: 'Bitbucket Pipelines',
    variable: 'BITBUCKET_STEP_OIDC_TOKEN',
    ciMarkerVariable: 'BITBUCKET_BUILD_NUMBER',
    tokenLifetime: 'the duration of the step',
    documentation:
      'https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/',
    remedy: (audience) => `add to the step: oidc: { audiences: [ ${audience} ] }, or oidc: true`,
    whenExpired: "split the step into several: Bitbucket does not renew a step's token",
  },
  {
    name: 'terraform-cloud',
    title: 'HCP Terraform',
    variable: 'TFC_WORKLOAD_IDENTITY_TOKEN',
    ciMarkerVariable: 'TFC_RUN_ID',
    tokenLifetime: 'the duration of the plan or apply',
    documentation:
      'https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/manual-generation',
    remedy: (audience) =>
      `set the workspace's environment variable TFC_WORKLOAD_IDENTITY_AUDIENCE to ${audience}; for a tagged token, set --subject-token-env to its variable`,
    whenExpired:
      "split the configuration into smaller runs: HCP Terraform does not renew a run's token",
  },
];

/** The systems that put the token into a variable. */
export const variableSystems: readonly (AmbientSystem &
  Pick<VariableRow, 'whenExpired' | 'ifLonger'>)[] = rows.map(({ variable, remedy, ...row }) => ({
  ...row,
  variables: [variable],
  explicitKind: 'env',
  requestSummary: `reads ${variable}`,
  renewable: false,
  tokenType: 'id_token',
  remedy: (surroundings) => remedy(audienceInHint(surroundings)),
  open: ({ env }) =>
    givenSource(
      row.name,
      readySecret(`variable ${variable}`, new Secret(variableValue(env, variable) ?? '')),
      row.whenExpired,
      row.ifLonger,
    ),
}));

/** Whether a source always has the same token, because a process cannot get another into a variable. */
export function isVariable({ name }: Pick<IdentitySource, 'name'>): boolean {
  return name === 'env' || rows.some((row) => row.name === name);
}
