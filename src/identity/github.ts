import { Secret } from '../secret.ts';
import { type AmbientSystem, present, type Surroundings } from './ambient-system.ts';
import { expanded, mintedSource } from './minted-source.ts';

const urlVariable = 'ACTIONS_ID_TOKEN_REQUEST_URL';
const tokenVariable = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN';

/**
 * GitHub Actions, and Forgejo Actions, which speaks the same protocol. Address and credential are
 * the job's own, so they are the cache key together with the audience.
 */
export const github: AmbientSystem = {
  name: 'github',
  title: 'GitHub Actions',
  variables: [urlVariable, tokenVariable],
  marker: 'GITHUB_ACTIONS',
  asks: `GET $${urlVariable}&audience=…`,
  life: '5 minutes',
  renewable: true,
  documentation: 'https://docs.github.com/en/actions/reference/security/oidc',
  tokenType: 'id_token',
  remedy,
  open(surroundings) {
    const { env, audience } = surroundings;
    const url = expanded(env, urlVariable);
    const token = expanded(env, tokenVariable);
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

/** Forgejo and Gitea set GITHUB_ACTIONS, too. */
function title(env: Surroundings['env']): string {
  if (present(env, 'FORGEJO_ACTIONS') !== undefined) return 'Forgejo Actions';
  return present(env, 'GITEA_ACTIONS') === undefined ? 'GitHub Actions' : 'Gitea Actions';
}

function remedy({ env }: Surroundings): string {
  switch (title(env)) {
    case 'Forgejo Actions':
      // https://forgejo.org/docs/latest/user/actions/security-openid-connect/
      return 'add to the workflow: enable-openid-connect: true (Forgejo 15 or newer; a pull request from a fork gets no token)';
    case 'Gitea Actions':
      // go-gitea/gitea 26383: asked for, not in any release yet.
      return 'this needs a Gitea whose Actions issue id tokens; else give a token by --subject-token-env or --subject-token-command';
    default:
      return 'add to the job: permissions: { id-token: write, contents: read }; a pull request from a fork gets no token';
  }
}
