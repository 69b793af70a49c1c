import { type DeferredSecret, readySecret, Secret } from '../secret.ts';
import {
  type AmbientSystem,
  audienceInHint,
  type Surroundings,
  variableValue,
} from './ambient-system.ts';
import { givenSource } from './given-source.ts';
import type { IdentitySource } from './source.ts';

/** A system that puts the identity token into a variable: one row describes it completely. */
interface VariableRow {
  readonly name: string;
  readonly title: string;
  readonly variable: string;
  readonly ciMarkerVariable: string;
  /** A file of each job that contains the token too. */
  readonly tokenFile?: string;
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
    tokenLifetime: 'until the time-out of the plan or apply',
    documentation:
      'https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/manual-generation',
    remedy: (audience) =>
      `set the workspace's environment variable TFC_WORKLOAD_IDENTITY_AUDIENCE to ${audience}; for a tagged token, set --subject-token-env to its variable; in a Stack, set SUBJECT_TOKEN to the jwt of an identity_token block`,
    whenExpired:
      "split the configuration into smaller runs: HCP Terraform does not renew a run's token",
  },
  {
    name: 'semaphore',
    title: 'Semaphore',
    variable: 'SEMAPHORE_OIDC_TOKEN',
    ciMarkerVariable: 'SEMAPHORE',
    tokenLifetime: '24 hours',
    documentation: 'https://docs.semaphoreci.com/reference/openid',
    remedy: () =>
      'use a Semaphore plan with OpenID Connect: each of its jobs has SEMAPHORE_OIDC_TOKEN; in a container that the job starts, pass the variable on',
    whenExpired:
      "move this step to a separate job: Semaphore does not renew a job's token, which is valid for 24 hours",
  },
  {
    name: 'spacelift',
    title: 'Spacelift',
    variable: 'SPACELIFT_OIDC_TOKEN',
    // Spacelift documents no shorter variable that each of its runs has.
    ciMarkerVariable: 'TF_VAR_spacelift_run_id',
    tokenFile: '/mnt/workspace/spacelift.oidc',
    tokenLifetime: '1 hour',
    documentation: 'https://docs.spacelift.io/integrations/cloud-providers/oidc',
    remedy: () =>
      'use a paid Spacelift account: each of its runs has SPACELIFT_OIDC_TOKEN and /mnt/workspace/spacelift.oidc; in a container that a hook starts, mount the file or pass the variable on',
    whenExpired:
      "split the stack into smaller ones: Spacelift does not renew a run's token, which is valid for an hour",
  },
  {
    name: 'env0',
    title: 'env zero',
    variable: 'ENV0_OIDC_TOKEN',
    ciMarkerVariable: 'ENV0_ENVIRONMENT_ID',
    tokenLifetime: '24 hours',
    documentation: 'https://docs.envzero.com/guides/integrations/oidc-integrations',
    remedy: () =>
      "in env zero, select Enable OIDC during deployments in the organization's policies, or assign an OIDC credential to the project",
    whenExpired:
      "start a new deployment: env zero does not renew a deployment's token, which is valid for 24 hours",
  },
];

/** The hint for a file with the token that this user cannot read. */
export const tokenFileUnreadable =
  'run this as the user of the run, or let this user read the file';

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
  open: (surroundings) =>
    givenSource(
      row.name,
      tokenOf(variable, row.tokenFile, surroundings),
      row.whenExpired,
      row.ifLonger,
    ),
}));

/** The token in the variable, else in the file. */
function tokenOf(
  variable: string,
  file: string | undefined,
  { env, fileToken }: Surroundings,
): DeferredSecret {
  const value = variableValue(env, variable);
  const inFile =
    value === undefined && file !== undefined ? fileToken(file, tokenFileUnreadable) : undefined;
  return inFile ?? readySecret(`variable ${variable}`, new Secret(value ?? ''));
}

/** Whether a source always has the same token, because a process cannot get another into a variable. */
export function isVariable({ name }: Pick<IdentitySource, 'name'>): boolean {
  return name === 'env' || rows.some((row) => row.name === name);
}
