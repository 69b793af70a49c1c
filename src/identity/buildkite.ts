import { Secret } from '../secret.ts';
import { type AmbientSystem, variableValue } from './ambient-system.ts';
import { expandedVariable, mintedSource, requestedAudience } from './minted-source.ts';

const tokenVariable = 'BUILDKITE_AGENT_ACCESS_TOKEN';
const jobVariable = 'BUILDKITE_JOB_ID';
const defaultEndpoint = 'https://agent.buildkite.com/v3';

const remedy =
  'run this on the agent that runs the job, with the BUILDKITE_JOB_ID of that job; in a container or over ssh, where the variables are not set, try --subject-token-command "buildkite-agent oidc request-token"';

/**
 * Buildkite, with the request that its agent sends (buildkite/agent, api/oidc.go). The agent's
 * access token is valid across jobs, so the job's id is part of the cache key.
 */
export const buildkite: AmbientSystem = {
  name: 'buildkite',
  title: 'Buildkite',
  variables: [tokenVariable, jobVariable],
  ciMarkerVariable: 'BUILDKITE',
  requestSummary: 'POST $BUILDKITE_AGENT_ENDPOINT/jobs/$BUILDKITE_JOB_ID/oidc/tokens',
  tokenLifetime: '5 minutes',
  renewable: true,
  documentation: 'https://buildkite.com/docs/agent/cli/reference/oidc',
  tokenType: 'id_token',
  remedy: () => remedy,
  open(surroundings) {
    const { env } = surroundings;
    const audience = requestedAudience(surroundings, buildkite.title);
    const token = expandedVariable(env, tokenVariable);
    const job = expandedVariable(env, jobVariable);
    const endpoint = (variableValue(env, 'BUILDKITE_AGENT_ENDPOINT') ?? defaultEndpoint).replace(
      /\/+$/,
      '',
    );
    return mintedSource(
      buildkite,
      [endpoint, job, token, audience],
      {
        title: 'Buildkite',
        method: 'POST',
        url: `${endpoint}/jobs/${encodeURIComponent(job)}/oidc/tokens`,
        headers: [
          ['accept', 'application/json'],
          ['authorization', new Secret(`Token ${token}`)],
        ],
        json: { audience },
        field: 'token',
        remedy,
      },
      surroundings,
    );
  },
};
