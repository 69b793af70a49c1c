/**
 * The URI of who runs a build (https://slsa.dev/spec/v1.0/provenance#builder.id): that of the variable
 * `DEXCHANGE_BUILDER_ID`, the workflow on GitHub or the runner of GitLab.
 */
export function builderId(env: Readonly<Record<string, string | undefined>>): string {
  const { GITHUB_SERVER_URL, GITHUB_WORKFLOW_REF, CI_PROJECT_URL, CI_RUNNER_ID } = env;
  if (env['DEXCHANGE_BUILDER_ID']) return env['DEXCHANGE_BUILDER_ID'];
  if (GITHUB_SERVER_URL && GITHUB_WORKFLOW_REF)
    return `${GITHUB_SERVER_URL}/${GITHUB_WORKFLOW_REF}`;
  if (CI_PROJECT_URL && CI_RUNNER_ID) return `${CI_PROJECT_URL}/-/runners/${CI_RUNNER_ID}`;
  return 'urn:dexchange:builder:local';
}
