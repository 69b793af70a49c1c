import { Secret } from '../secret.ts';
import { type AmbientSystem, type Surroundings, variableValue } from './ambient-system.ts';
import { expandedVariable, mintedSource, requestedAudience } from './minted-source.ts';

const tokenVariable = 'BUILDKITE_AGENT_ACCESS_TOKEN';
const jobVariable = 'BUILDKITE_JOB_ID';
const defaultEndpoint = 'https://agent.buildkite.com/v3';

const remedy =
  'run this on the agent that runs the job, with the BUILDKITE_JOB_ID of that job; in a container or over ssh, where the variables are not set, try --subject-token-command "buildkite-agent oidc request-token"';

/**
 * Buildkite, with the request that its agent sends (buildkite/agent, api/oidc.go), and the variables
 * that its `oidc request-token` reads. The access token is either the job's or, from an older agent,
 * valid across jobs, so the job's id is part of the cache key.
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
    const claims = wantedClaims(env);
    const subjectClaim = expandedVariable(env, 'BUILDKITE_OIDC_TOKEN_SUBJECT_CLAIM');
    const serverSet = serverHeaders(env);
    return mintedSource(
      buildkite,
      [endpoint, job, token, audience, claims.join(), subjectClaim, JSON.stringify(serverSet)],
      {
        title: 'Buildkite',
        method: 'POST',
        url: `${endpoint}/jobs/${encodeURIComponent(job)}/oidc/tokens`,
        headers: [
          ['accept', 'application/json'],
          ['authorization', new Secret(`Token ${token}`)],
          ...serverSet.map(([name, value]) => [name, new Secret(value)] as const),
        ],
        json: {
          audience,
          ...(claims.length === 0 ? {} : { claims }),
          ...(subjectClaim === '' ? {} : { subject_claim: subjectClaim }),
        },
        field: 'token',
        remedy,
      },
      surroundings,
    );
  },
};

/** The optional claims that the pipeline wants in the token, such as `pipeline_id`. */
function wantedClaims(env: Surroundings['env']): readonly string[] {
  return expandedVariable(env, 'BUILDKITE_OIDC_TOKEN_CLAIMS')
    .split(',')
    .map((claim) => claim.trim())
    .filter((claim) => claim !== '');
}

/**
 * The headers that Buildkite told the agent to send with each request. Like the agent, accepts only
 * those whose name begins with `Buildkite-` (buildkite/agent, api/client.go).
 */
function serverHeaders(env: Surroundings['env']): readonly (readonly [string, string])[] {
  return Object.keys(env)
    .sort()
    .flatMap((variable) => {
      const [, name] = /^BUILDKITE_REQUEST_HEADER_(BUILDKITE_\w+)$/i.exec(variable) ?? [];
      const value = variableValue(env, variable);
      if (name === undefined || value === undefined) return [];
      return [[name.toLowerCase().replaceAll('_', '-'), value] as const];
    });
}
