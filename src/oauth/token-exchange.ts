import type { OutgoingRequest } from '../http/message.ts';
import type { Secret } from '../secret.ts';
import { basicAuthorization } from './client-authentication.ts';
import { endpointUrl } from './endpoint.ts';

/** The parameters of an exchange; token types by their short names. */
export interface TokenExchange {
  readonly dexUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Where the secret comes from, for errors. */
  readonly clientSecretOrigin: string;
  readonly connectorId: string;
  /** The scopes without those for the audiences. */
  readonly scope: string;
  readonly audiences: readonly string[];
  /** What sets the audiences, for errors: `--audience`, `DEXCHANGE_SCOPE`. */
  readonly audienceOrigin: string;
  readonly requestedTokenType: string;
  readonly subjectTokenType: string;
  /** Where the subject token comes from, for errors. */
  readonly subjectTokenOrigin: string;
}

const tokenTypeUrn = 'urn:ietf:params:oauth:token-type:';

/** The prefix of a scope that adds a client to `aud` (Dex, "cross-client trust"). */
const audienceScopePrefix = 'audience:server:client_id:';

/**
 * Builds the token request of RFC 8693, section 2.1, with two particulars of Dex: `connector_id`
 * names the connector, and a scope names the audience, since Dex ignores the `audience` parameter.
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
