import { Secret } from '../secret.ts';
import { type AmbientSystem, present } from './ambient-system.ts';
import { expanded, mintedSource } from './minted-source.ts';

const tokenVariable = 'BUILDKITE_AGENT_ACCESS_TOKEN';
const jobVariable = 'BUILDKITE_JOB_ID';
const defaultEndpoint = 'https://agent.buildkite.com/v3';

const remedy =
  'the job must run on the agent that was given it, with its own BUILDKITE_JOB_ID; if a container or ssh hides the variables, try --subject-token-command "buildkite-agent oidc request-token"';

/**
 * Buildkite, asked as its agent asks (buildkite/agent, api/oidc.go). The agent's token outlives the
 * job, so the job's id is part of the cache key.
 */
export const buildkite: AmbientSystem = {
  name: 'buildkite',
  title: 'Buildkite',
  variables: [tokenVariable, jobVariable],
  marker: 'BUILDKITE',
  asks: 'POST $BUILDKITE_AGENT_ENDPOINT/jobs/$BUILDKITE_JOB_ID/oidc/tokens',
  life: '5 minutes',
  renewable: true,
  documentation: 'https://buildkite.com/docs/agent/cli/reference/oidc',
  tokenType: 'id_token',
  remedy: () => remedy,
  open(surroundings) {
    const { env, audience } = surroundings;
    const token = expanded(env, tokenVariable);
    const job = expanded(env, jobVariable);
    const endpoint = (present(env, 'BUILDKITE_AGENT_ENDPOINT') ?? defaultEndpoint).replace(
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
