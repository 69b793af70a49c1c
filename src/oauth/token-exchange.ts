import type { OutgoingRequest } from '../http/message.ts';
import type { Secret } from '../secret.ts';
import { basicAuthorization } from './client-authentication.ts';
import { endpointUrl } from './endpoint.ts';

/** What an exchange needs to be told; token types in their short names. */
export interface TokenExchange {
  readonly dexUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Where the secret came from, in words, for errors. */
  readonly clientSecretOrigin: string;
  readonly connectorId: string;
  /** Without the audience's scope. */
  readonly scope: string;
  readonly audiences: readonly string[];
  readonly requestedTokenType: string;
  readonly subjectTokenType: string;
  /** Where the subject token came from, in words, for errors. */
  readonly subjectTokenOrigin: string;
}

const tokenTypeUrn = 'urn:ietf:params:oauth:token-type:';

/** Scope items that make Dex put a client into `aud` (Dex, "cross-client trust"). */
const audienceScopePrefix = 'audience:server:client_id:';

/**
 * The token request of RFC 8693, 2.1, as Dex wants it: the connector in `connector_id`, and the
 * audience as a scope, since Dex never reads the `audience` parameter.
 */
export function buildTokenExchange(exchange: TokenExchange, subjectToken: Secret): OutgoingRequest {
  const scopes = exchange.scope.split(/\s+/).filter((item) => item !== '');
  for (const audience of exchange.audiences) scopes.push(`${audienceScopePrefix}${audience}`);
  return {
    peer: 'dex',
    method: 'POST',
    url: endpointUrl(exchange.dexUrl, 'token'),
    headers: [
      ['accept', 'application/json'],
      ['authorization', basicAuthorization(exchange.clientId, exchange.clientSecret)],
    ],
    form: [
      ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      ['connector_id', exchange.connectorId],
      ['scope', [...new Set(scopes)].join(' ')],
      ['requested_token_type', tokenTypeUrn + exchange.requestedTokenType],
      ['subject_token_type', tokenTypeUrn + exchange.subjectTokenType],
      ['subject_token', subjectToken],
    ],
  };
}
