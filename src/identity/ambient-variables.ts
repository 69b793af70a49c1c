import { readySecret } from '../deferred-secret.ts';
import { sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { type AmbientSystem, present } from './ambient-system.ts';
import { givenSource } from './given-source.ts';

/** A system that puts its identity token into a variable: one row is all it takes. */
interface VariableRow {
  readonly name: string;
  readonly title: string;
  readonly variable: string;
  readonly marker: string;
  readonly life: string;
  readonly documentation: string;
  /** What to write so that the system gives a token; `audience` is quoted for YAML. */
  readonly remedy: (audience: string) => string;
  /** What to do about a token that has expired: none of these can be asked for another. */
  readonly whenExpired: string;
}

const rows: readonly VariableRow[] = [
  {
    name: 'gitlab',
    title: 'GitLab CI',
    variable: 'GITLAB_OIDC_TOKEN',
    marker: 'GITLAB_CI',
    life: "the job's timeout, or 5 minutes where it has none",
    documentation: 'https://docs.gitlab.com/ci/secrets/id_token_authentication/',
    remedy: (audience) =>
      `add to the job: id_tokens: { GITLAB_OIDC_TOKEN: { aud: ${audience} } }; or name the variable you have by --subject-token-env`,
    whenExpired:
      "a job's id_token cannot be renewed within the job: call dexchange earlier in it, raise the job's timeout, or move this into a job of its own",
  },
  {
    name: 'circleci',
    title: 'CircleCI',
    variable: 'CIRCLE_OIDC_TOKEN_V2',
    marker: 'CIRCLECI',
    life: '1 hour from the start of the job',
    documentation:
      'https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/',
    remedy: () =>
      'a build of a fork has none unless the project passes secrets to forks; CircleCI server needs 4.4 or newer',
    whenExpired:
      'the variable is not renewed within the job: mint a token by --subject-token-command with circleci run oidc get',
  },
  {
    name: 'bitbucket',
    title: 'Bitbucket Pipelines',
    variable: 'BITBUCKET_STEP_OIDC_TOKEN',
    marker: 'BITBUCKET_BUILD_NUMBER',
    life: 'the step',
    documentation:
      'https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/',
    remedy: (audience) => `add to the step: oidc: { audiences: [ ${audience} ] }, or oidc: true`,
    whenExpired: "a step's token cannot be renewed within the step: split the step",
  },
  {
    name: 'terraform-cloud',
    title: 'HCP Terraform',
    variable: 'TFC_WORKLOAD_IDENTITY_TOKEN',
    marker: 'TFC_RUN_ID',
    life: 'the plan or the apply',
    documentation:
      'https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/manual-generation',
    remedy: (audience) =>
      `set the workspace's environment variable TFC_WORKLOAD_IDENTITY_AUDIENCE to ${audience}; a token with a tag is named by --subject-token-env`,
    whenExpired: "a run's token cannot be renewed within the run: split what it applies",
  },
];

/** The systems whose token is in a variable. */
export const ambientVariables: readonly (AmbientSystem & { readonly whenExpired: string })[] =
  rows.map(({ variable, remedy, ...row }) => ({
    ...row,
    variables: [variable],
    place: 'env',
    asks: `nobody: reads ${variable}`,
    renewable: false,
    tokenType: 'id_token',
    remedy: ({ audience }) => remedy(JSON.stringify(sanitize(audience))),
    open: ({ env }) =>
      givenSource(
        row.name,
        readySecret(`variable ${variable}`, new Secret(present(env, variable) ?? '')),
        row.whenExpired,
      ),
  }));
