import { Secret } from '../secret.ts';
import { type AmbientSystem, type Surroundings, variableValue } from './ambient-system.ts';
import { expandedVariable, mintedSource, requestedAudience } from './minted-source.ts';

const urlVariable = 'ACTIONS_ID_TOKEN_REQUEST_URL';
const tokenVariable = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN';

/**
 * GitHub Actions and Forgejo Actions, which use the same protocol. URL and request token are unique
 * to the job, so together with the audience they form the cache key.
 */
export const github: AmbientSystem = {
  name: 'github',
  title: 'GitHub Actions',
  variables: [urlVariable, tokenVariable],
  ciMarkerVariable: 'GITHUB_ACTIONS',
  requestSummary: `GET $${urlVariable}&audience=…`,
  tokenLifetime: '5 minutes; Forgejo: 1 hour, unless its server sets another',
  renewable: true,
  documentation: 'https://docs.github.com/en/actions/reference/security/oidc',
  tokenType: 'id_token',
  remedy,
  open(surroundings) {
    const { env } = surroundings;
    const audience = requestedAudience(surroundings, title(env));
    const url = expandedVariable(env, urlVariable);
    const token = expandedVariable(env, tokenVariable);
    return mintedSource(
      github,
      [url, token, audience],
      {
        title: title(env),
        method: 'GET',
        url: `${url}${url.includes('?') ? '&' : '?'}audience=${encodeURIComponent(audience)}`,
        headers: [
          ['accept', 'application/json'],
          ['authorization', new Secret(`Bearer ${token}`)],
        ],
        field: 'value',
        remedy: remedy(surroundings),
      },
      surroundings,
    );
  },
};

/** Forgejo and Gitea set GITHUB_ACTIONS too. */
function title(env: Surroundings['env']): string {
  if (variableValue(env, 'FORGEJO_ACTIONS') !== undefined) return 'Forgejo Actions';
  return variableValue(env, 'GITEA_ACTIONS') === undefined ? 'GitHub Actions' : 'Gitea Actions';
}

function remedy({ env }: Surroundings): string {
  switch (title(env)) {
    case 'Forgejo Actions':
      // https://forgejo.org/docs/latest/user/actions/security-openid-connect/
      return 'add to the workflow: enable-openid-connect: true (Forgejo 15 or newer; pull requests from forks get no token)';
    case 'Gitea Actions':
      // Requested in go-gitea/gitea 26383; no release has it yet.
      return 'set --subject-token-env or --subject-token-command: Gitea Actions issues no identity tokens yet';
    default:
      return 'add to the job: permissions: { id-token: write, contents: read }; pull requests from forks get no token';
  }
}
