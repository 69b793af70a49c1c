import { DexchangeError, type ErrorCode } from '../errors.ts';
import { describeBody, jsonObject, textField } from '../http/json-body.ts';
import type { IncomingResponse } from '../http/message.ts';
import { decodeJwt } from '../jwt.ts';
import { sanitize } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import type { TokenExchange } from './token-exchange.ts';

/** One answer of Dex's token endpoint and what it means; the first row that matches is taken. */
interface RememberedFailure {
  readonly status: number;
  readonly error: string;
  /** Matched against the description; absent rows match any description, none included. */
  readonly description?: RegExp;
  readonly code: ErrorCode;
  readonly message: (exchange: TokenExchange) => string;
  readonly hint: (exchange: TokenExchange, subjectToken: Secret) => string;
}

// Dex v2.45.1 server/handlers.go, handleToken and handleTokenExchange; the two `newer` rows are of
// its master branch. Each is held against the real server by the contract test.
const refusals: readonly RememberedFailure[] = [
  {
    status: 400,
    error: 'unsupported_grant_type',
    code: 'dex_grant_not_enabled',
    message: () => 'Dex does not offer token exchange',
    hint: () =>
      'add urn:ietf:params:oauth:grant-type:token-exchange to oauth2.grantTypes of Dex, or update a Dex that is older than 2.37',
  },
  {
    status: 400,
    error: 'invalid_request',
    description: /client_id improperly encoded|client_secret improperly encoded/i,
    code: 'dex_client_id_encoding',
    message: () => 'Dex could not decode the client id or secret',
    hint: () =>
      'something between here and Dex rewrites the Authorization header: try without a proxy',
  },
  {
    status: 401,
    error: 'invalid_client',
    code: 'dex_client_refused',
    message: ({ clientId, clientSecretOrigin }) =>
      `Dex refused client ${clip(clientId)}: wrong client id or secret (from ${clip(clientSecretOrigin)})`,
    hint: (exchange) => clientHint(exchange),
  },
  {
    status: 400,
    error: 'request_not_supported',
    description: /subject_token_type/i,
    code: 'dex_subject_token_type_refused',
    message: ({ subjectTokenType }) =>
      `Dex does not take a subject token of type ${clip(subjectTokenType)}`,
    hint: () => 'set --subject-token-type to id_token or access_token',
  },
  {
    status: 400,
    error: 'request_not_supported',
    description: /requested_token_type/i,
    code: 'dex_requested_token_type_refused',
    message: ({ requestedTokenType }) =>
      `Dex does not issue a token of type ${clip(requestedTokenType)}`,
    hint: () => 'set --requested-token-type to id_token or access_token',
  },
  {
    status: 400,
    error: 'invalid_request',
    description: /missing subject_token/i,
    code: 'dex_subject_token_missing',
    message: () => 'Dex got no subject token',
    hint: () => 'the variable, file or command that should hold the identity token is empty',
  },
  {
    status: 400,
    error: 'invalid_request',
    description: /connector does not exist/i,
    code: 'dex_connector_unknown',
    message: ({ connectorId }) =>
      `Dex has no connector ${clip(connectorId)} that can exchange tokens`,
    hint: ({ connectorId }) =>
      `--connector-id is the metadata.name of the DexProvider, of type OIDC; if ${clip(connectorId)} is one, see whether Dex can reach its IdP`,
  },
  {
    status: 400,
    error: 'invalid_grant',
    description: /connector not allowed/i,
    code: 'dex_connector_not_allowed',
    message: ({ clientId, connectorId }) =>
      `Dex does not let client ${clip(clientId)} use connector ${clip(connectorId)}`,
    hint: () => "add the connector to the client's allowed connectors, or use another client",
  },
  {
    status: 400,
    error: 'invalid_request',
    description: /connector does not support this grant/i,
    code: 'dex_connector_cannot_exchange',
    message: ({ connectorId }) => `connector ${clip(connectorId)} cannot exchange tokens`,
    hint: () => 'use a DexProvider of type OIDC, or allow the grant type for the connector',
  },
  {
    status: 401,
    error: 'access_denied',
    code: 'dex_subject_token_refused',
    message: ({ connectorId, subjectTokenType, subjectTokenOrigin }) =>
      `Dex refused the ${subjectTokenType} from ${clip(subjectTokenOrigin)} as subject token for connector ${clip(connectorId)} (it does not say why)`,
    hint: (exchange, subjectToken) => subjectHint(exchange, subjectToken),
  },
  {
    status: 500,
    error: 'server_error',
    code: 'dex_audience_untrusted',
    message: ({ clientId, audiences }) =>
      `Dex failed to issue a token of client ${clip(clientId)} for audience ${clip(audiences.join(', '))}`,
    hint: () =>
      'most likely the DexClient lacks the annotation dexclient.deckhouse.io/allow-access-to-kubernetes: "true"; otherwise Dex has trouble with its storage or keys, see its log',
  },
];

function clientHint({ clientId, clientSecret }: TokenExchange): string {
  if (/^\s|\s$/.test(clientSecret.reveal())) return 'the secret begins or ends with a blank';
  const [, name, namespace] = /^dex-client-(.+)@([^@]+)$/.exec(clientId) ?? [];
  if (name === undefined || namespace === undefined) {
    return '--client-id of a DexClient is dex-client-NAME@NAMESPACE; its secret is clientSecret in the Secret dex-client-NAME of that namespace';
  }
  return `compare with: d8 k -n ${clip(namespace)} get secret dex-client-${clip(name)} -o jsonpath='{.data.clientSecret}' | base64 -d`;
}

/** What a refused token itself tells, the likeliest cause first; Dex tells it to its log alone. */
function subjectHint({ connectorId, subjectTokenType }: TokenExchange, token: Secret): string {
  const claims = decodeJwt(token.reveal())?.claims;
  const log = "Dex's log has the reason";
  if (claims === undefined && subjectTokenType === 'id_token') {
    return `it is no JWT, so no id_token: see where it comes from, or set --subject-token-type access_token; ${log}`;
  }
  const { scope, iss } = claims ?? {};
  if (subjectTokenType === 'access_token') {
    if (typeof scope === 'string' && !scope.split(' ').includes('openid')) {
      return 'it was issued without scope openid, and the userinfo of its IdP refuses such a token: ask for it with scope openid';
    }
    const issuer = typeof iss === 'string' ? ` (it is of ${clip(iss)})` : '';
    return `it must be of the issuer of connector ${clip(connectorId)}${issuer}, its user or service account must have a verified email, and the DexProvider needs getUserInfo: true; ${log}`;
  }
  const issuer = typeof iss === 'string' ? `it is of issuer ${clip(iss)}: ` : '';
  return `${issuer}it must be an id_token of the issuer of connector ${clip(connectorId)}, with the claims that the connector wants (email, name); ${log}`;
}

function clip(text: string): string {
  return sanitize(text, { maxChars: 100 });
}

/**
 * What Dex's answer other than 200 means, as an error with its own code. What Dex says beyond the
 * rows known is passed on, cleaned.
 */
export function dexDenial(
  response: IncomingResponse,
  exchange: TokenExchange,
  subjectToken: Secret,
  secrets: readonly Secret[],
): DexchangeError {
  const body = jsonObject(response) ?? {};
  const error = textField(body, 'error');
  const description = textField(body, 'error_description') ?? '';
  const row = refusals.find(
    (candidate) =>
      candidate.status === response.status &&
      candidate.error === error &&
      (candidate.description === undefined || candidate.description.test(description)),
  );
  if (row !== undefined) {
    return new DexchangeError(row.code, row.message(exchange), {
      hint: row.hint(exchange, subjectToken),
    });
  }
  if (error !== undefined) {
    const said = [error, description].filter((part) => part !== '').join(': ');
    return new DexchangeError(
      response.status >= 500 ? 'server_nonsense' : 'dex_refused',
      `Dex answered ${response.status}: ${sanitize(said, { secrets })}`,
      { hint: "Dex's log may tell more" },
    );
  }
  if (response.status === 404) {
    return new DexchangeError(
      'server_nonsense',
      `there is no Dex at ${clip(exchange.dexUrl)}: its token endpoint answers 404`,
      {
        hint: '--dex-url must be the issuer of Dex, as in its /.well-known/openid-configuration',
      },
    );
  }
  return new DexchangeError(
    'server_nonsense',
    `Dex answered ${response.status} with ${describeBody(response)}`,
    { hint: 'is --dex-url the issuer of Dex, and no proxy or login page in the way?' },
  );
}
