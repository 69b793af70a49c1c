import { Secret } from '../secret.ts';
import { type AmbientSystem, type Surroundings, variableValue } from './ambient-system.ts';
import { expandedVariable, mintedSource, requestedAudience } from './minted-source.ts';

/** A system whose jobs have a URL and a credential for token requests in two variables. */
interface RequestUrlRow
  extends Pick<
    AmbientSystem,
    | 'name'
    | 'title'
    | 'ciMarkerVariable'
    | 'requestSummary'
    | 'tokenLifetime'
    | 'documentation'
    | 'remedy'
  > {
  readonly urlVariable: string;
  readonly tokenVariable: string;
  /** What the header `authorization` contains before the credential. */
  readonly scheme: 'Bearer ' | '';
  /** The field of the response that holds the token. */
  readonly field: string;
  /** The system's name in messages about one job. */
  jobTitle?(env: Surroundings['env']): string;
}

/**
 * The request is GET with the audience as a parameter. URL and credential are unique to the job, so
 * together with the audience they form the cache key.
 */
function requestUrlSystem(row: RequestUrlRow): AmbientSystem {
  const { urlVariable, tokenVariable, scheme, field, jobTitle, ...described } = row;
  return {
    ...described,
    variables: [urlVariable, tokenVariable],
    renewable: true,
    tokenType: 'id_token',
    open(surroundings) {
      const { env } = surroundings;
      const title = jobTitle?.(env) ?? row.title;
      const audience = requestedAudience(surroundings, title);
      const url = expandedVariable(env, urlVariable);
      const token = expandedVariable(env, tokenVariable);
      return mintedSource(
        { name: row.name, tokenType: 'id_token' },
        [url, token, audience],
        {
          title,
          method: 'GET',
          url: `${url}${url.includes('?') ? '&' : '?'}audience=${encodeURIComponent(audience)}`,
          headers: [
            ['accept', 'application/json'],
            ['authorization', new Secret(`${scheme}${token}`)],
          ],
          field,
          remedy: row.remedy(surroundings),
        },
        surroundings,
      );
    },
  };
}

/** GitHub Actions and Forgejo Actions, which use the same protocol. */
export const github: AmbientSystem = requestUrlSystem({
  name: 'github',
  title: 'GitHub Actions',
  urlVariable: 'ACTIONS_ID_TOKEN_REQUEST_URL',
  tokenVariable: 'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  ciMarkerVariable: 'GITHUB_ACTIONS',
  requestSummary: 'GET $ACTIONS_ID_TOKEN_REQUEST_URL&audience=…',
  scheme: 'Bearer ',
  field: 'value',
  tokenLifetime: '5 minutes; Forgejo: 1 hour, unless its server sets another',
  documentation: 'https://docs.github.com/en/actions/reference/security/oidc',
  jobTitle: githubTitle,
  remedy: githubRemedy,
});

/** Codefresh, as its step obtain-oidc-id-token: the header has the credential without a scheme. */
export const codefresh: AmbientSystem = requestUrlSystem({
  name: 'codefresh',
  title: 'Codefresh',
  urlVariable: 'CF_OIDC_REQUEST_URL',
  tokenVariable: 'CF_OIDC_REQUEST_TOKEN',
  ciMarkerVariable: 'CF_BUILD_ID',
  requestSummary: 'GET $CF_OIDC_REQUEST_URL?audience=…',
  scheme: '',
  field: 'id_token',
  tokenLifetime: '5 minutes',
  documentation: 'https://codefresh.io/docs/docs/integrations/oidc-pipelines/',
  remedy: () =>
    'run this in a freestyle step of the build, which has CF_OIDC_REQUEST_URL and CF_OIDC_REQUEST_TOKEN until the build ends; pass both on to containers that the step starts',
});

/** Vela (go-vela/server, api/build/id_token.go): denies a request without an audience. */
export const vela: AmbientSystem = requestUrlSystem({
  name: 'vela',
  title: 'Vela',
  urlVariable: 'VELA_ID_TOKEN_REQUEST_URL',
  tokenVariable: 'VELA_ID_TOKEN_REQUEST_TOKEN',
  ciMarkerVariable: 'VELA',
  requestSummary: 'GET $VELA_ID_TOKEN_REQUEST_URL?audience=…',
  scheme: 'Bearer ',
  field: 'token',
  tokenLifetime: "VELA_OPEN_ID_TOKEN_DURATION of Vela's server, by default 5 minutes",
  documentation: 'https://go-vela.github.io/docs/usage/open_id_connect/',
  remedy: () =>
    'add to the step: id_request: write (any value: it becomes the claim request of the token); Vela denies tokens once the build has ended',
});

/** Forgejo and Gitea set GITHUB_ACTIONS too. */
function githubTitle(env: Surroundings['env']): string {
  if (variableValue(env, 'FORGEJO_ACTIONS') !== undefined) return 'Forgejo Actions';
  return variableValue(env, 'GITEA_ACTIONS') === undefined ? 'GitHub Actions' : 'Gitea Actions';
}

function githubRemedy({ env }: Surroundings): string {
  switch (githubTitle(env)) {
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
