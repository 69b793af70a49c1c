import { DexchangeError, type ErrorCode } from '../errors.ts';
import { isoTime, serverTime } from '../http/date.ts';
import { describeBody, jsonObject, textField } from '../http/json-body.ts';
import { isKubernetesStatus } from '../http/kubernetes-status.ts';
import type { IncomingResponse } from '../http/message.ts';
import { decodeJwt, numericDate } from '../jwt.ts';
import { redactionOf } from '../redaction.ts';
import { quoteId, sanitize } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { otherAudienceHint } from './other-audience.ts';
import type { TokenExchange } from './token-exchange.ts';

/** One error response of Dex's token endpoint and its meaning; the first matching row counts. */
interface DenialRow {
  readonly status: number;
  readonly error: string;
  /** Matches the error description; a row without it matches every description, even none. */
  readonly description?: RegExp;
  readonly code: ErrorCode;
  readonly message: (exchange: TokenExchange) => string;
  readonly hint: (
    exchange: TokenExchange,
    subjectToken: Secret,
    serverMs: number | undefined,
  ) => string;
}

// From handleToken and handleTokenExchange in server/handlers.go of Dex v2.45.1. Two rows are from
// its master branch: dex_connector_not_allowed and dex_connector_cannot_exchange. The contract test
// compares all others with the real server.
const denials: readonly DenialRow[] = [
  {
    status: 400,
    error: 'unsupported_grant_type',
    code: 'dex_grant_not_enabled',
    message: () => 'token exchange is not enabled in Dex',
    hint: () =>
      "add urn:ietf:params:oauth:grant-type:token-exchange to oauth2.grantTypes in Dex's configuration, or update Dex to 2.37 or newer",
  },
  {
    status: 400,
    error: 'invalid_request',
    description: /client_id improperly encoded|client_secret improperly encoded/i,
    code: 'dex_client_id_encoding',
    message: () => 'Dex could not decode the client id or secret',
    hint: () =>
      'check the proxies and gateways between this machine and Dex: one of them rewrites the Authorization header',
  },
  {
    status: 401,
    error: 'invalid_client',
    code: 'dex_client_refused',
    message: ({ clientId, clientSecretOrigin }) =>
      `Dex denied client ${clip(clientId)}: wrong client id or secret (from ${clip(clientSecretOrigin)})`,
    hint: (exchange) => clientHint(exchange),
  },
  {
    status: 400,
    error: 'request_not_supported',
    description: /subject_token_type/i,
    code: 'dex_subject_token_type_refused',
    message: ({ subjectTokenType }) =>
      `Dex does not accept a subject token of type ${clip(subjectTokenType)}`,
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
    message: () => 'Dex received no subject token',
    hint: () =>
      'check whether a proxy or gateway in front of Dex drops the body of the request: dexchange never sends an empty token',
  },
  {
    status: 400,
    error: 'invalid_request',
    description: /connector does not exist/i,
    code: 'dex_connector_unknown',
    message: ({ connectorId }) =>
      `Dex has no connector ${clip(connectorId)} that supports token exchange`,
    hint: ({ connectorId }) =>
      `set --connector-id to the metadata.name of a DexProvider of type OIDC; if ${clip(connectorId)} is one, check that Dex can reach its IdP`,
  },
  {
    status: 400,
    error: 'invalid_grant',
    description: /connector not allowed/i,
    code: 'dex_connector_not_allowed',
    message: ({ clientId, connectorId }) =>
      `Dex does not allow client ${clip(clientId)} to use connector ${clip(connectorId)}`,
    hint: () => 'add the connector to allowedConnectors of the client, or use another client',
  },
  {
    status: 400,
    error: 'invalid_request',
    description: /connector does not support this grant/i,
    code: 'dex_connector_cannot_exchange',
    message: ({ connectorId }) => `connector ${clip(connectorId)} does not support token exchange`,
    hint: () => 'use a DexProvider of type OIDC, or allow the grant type for the connector',
  },
  {
    status: 401,
    error: 'access_denied',
    code: 'dex_subject_token_refused',
    message: ({ connectorId, subjectTokenType, subjectTokenOrigin }) =>
      `Dex denied the ${subjectTokenType} from ${clip(subjectTokenOrigin)} as subject token for connector ${clip(connectorId)} (it does not say why)`,
    hint: subjectHint,
  },
  {
    status: 500,
    error: 'server_error',
    code: 'dex_audience_untrusted',
    message: ({ clientId, audiences }) =>
      `Dex failed to issue a token to client ${clip(clientId)} for audience ${clip(audiences.join(', '))}`,
    hint: (exchange) =>
      otherAudienceHint(exchange) ??
      'add the annotation dexclient.deckhouse.io/allow-access-to-kubernetes: "true" to the DexClient; if it is there, check Dex\'s log for problems with its storage or keys',
  },
];

function clientHint({ clientId, clientSecret }: TokenExchange): string {
  const mistake = secretMistake(clientSecret.reveal());
  if (mistake !== undefined) return mistake;
  const [, name, namespace] = /^dex-client-(.+)@([^@]+)$/.exec(clientId) ?? [];
  if (name === undefined || namespace === undefined) {
    return 'for a DexClient, set --client-id to dex-client-NAME@NAMESPACE; its secret is clientSecret in Secret dex-client-NAME of that namespace';
  }
  return `compare the client secret with \`d8 k -n ${clip(namespace)} get secret dex-client-${clip(name)} -o jsonpath='{.data.clientSecret}' | base64 -d\``;
}

/** Dex accepts a token so long before its nbf (go-oidc 3.17). */
const notBeforeLeewayMs = 5 * 60_000;

/** What is likely wrong with a secret that Dex refused, though such a secret could be right. */
function secretMistake(secret: string): string | undefined {
  if (/^\s|\s$/.test(secret)) return 'remove the whitespace around the client secret';
  if (/^(["'`]).*\1$/.test(secret)) return 'remove the quotes around the client secret';
  if (secret.length > 8 && secret.endsWith('%')) {
    return 'remove the % at the end of the client secret, which zsh prints after an output without a line break';
  }
  if (/^[A-Za-z_]\w*=[^=]/.test(secret)) {
    return 'provide only what follows the = sign: the client secret has the form NAME=value';
  }
  const isBase64 =
    secret.length >= 12 && secret.length % 4 === 0 && /^[\w+/-]+={0,2}$/.test(secret);
  if (isBase64 && /^[\x20-\x7e]+\n?$/.test(Buffer.from(secret, 'base64').toString('latin1'))) {
    return 'decode the client secret with `base64 -d`: it looks like base64, as in the data of a Kubernetes Secret';
  }
  return undefined;
}

/** The hint for a response that does not come from Dex. */
export const notDexHint =
  'check that --dex-url is the issuer of Dex, and that no proxy or login page answers instead of Dex';

/**
 * The likeliest cause, derived from the rejected token; Dex writes the actual one only to its log.
 */
function subjectHint(
  { connectorId, subjectTokenType }: TokenExchange,
  token: Secret,
  serverMs: number | undefined,
): string {
  const claims = decodeJwt(token.reveal())?.claims;
  const notBeforeMs = claims === undefined ? undefined : numericDate(claims, 'nbf');
  if (notBeforeMs !== undefined && serverMs !== undefined) {
    const aheadMs = notBeforeMs * 1000 - serverMs;
    if (aheadMs > notBeforeLeewayMs) {
      return `check the clocks of the issuer of the token and of Dex: the token is not valid before ${isoTime(notBeforeMs * 1000)}, and Dex's clock shows ${isoTime(serverMs)}`;
    }
  }
  const log = "Dex's log contains the reason";
  if (claims === undefined && subjectTokenType === 'id_token') {
    return `check the source of the token: it is not a JWT, so it cannot be an id_token; if it is an access token, set --subject-token-type access_token; ${log}`;
  }
  const { scope, iss } = claims ?? {};
  if (subjectTokenType === 'access_token') {
    if (typeof scope === 'string' && !scope.split(' ').includes('openid')) {
      return "request the token with scope openid: without it, the IdP's userinfo endpoint rejects the token";
    }
    const issuer = typeof iss === 'string' ? ` (it is from ${clip(iss)})` : '';
    return `check that the token comes from the issuer of connector ${clip(connectorId)}${issuer}, that its user or service account has a verified email, and that the DexProvider has getUserInfo: true; ${log}`;
  }
  const issuer = typeof iss === 'string' ? ` (it is from ${clip(iss)})` : '';
  return `check that the token is an id_token from the issuer of connector ${clip(connectorId)}${issuer}, with the claims that the connector requires (email, name); ${log}`;
}

function clip(text: string): string {
  return quoteId(text);
}

/**
 * The error for a response of Dex other than 200. A known denial has its own code; for an unknown
 * one the message contains Dex's text, sanitized.
 * @param secrets the secrets of the request, to be redacted from messages
 * @returns DexchangeError dex_* or server_nonsense
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
  const row = denials.find(
    (candidate) =>
      candidate.status === response.status &&
      candidate.error === error &&
      (candidate.description === undefined || candidate.description.test(description)),
  );
  if (row !== undefined) {
    return new DexchangeError(row.code, row.message(exchange), {
      hint: row.hint(exchange, subjectToken, serverTime(response)),
    });
  }
  if (error !== undefined) {
    const reason = [error, description].filter((part) => part !== '').join(': ');
    return new DexchangeError(
      response.status >= 500 ? 'server_nonsense' : 'dex_refused',
      `Dex answered ${response.status}: ${sanitize(reason, { redaction: redactionOf(secrets) })}`,
      { hint: "check Dex's log for details" },
    );
  }
  if (isKubernetesStatus(body)) {
    return new DexchangeError(
      'server_nonsense',
      `the Kubernetes API at ${clip(exchange.dexUrl)} answered ${response.status} instead of Dex`,
      {
        hint: 'set --dex-url to the issuer of Dex, such as https://dex.example.com/: it is the address of the Kubernetes API',
      },
    );
  }
  if (response.status === 404) {
    return new DexchangeError(
      'server_nonsense',
      `no Dex at ${clip(exchange.dexUrl)}: its token endpoint answered 404`,
      {
        hint: 'set --dex-url to the issuer of Dex, as in its /.well-known/openid-configuration',
      },
    );
  }
  return new DexchangeError(
    'server_nonsense',
    `Dex answered ${response.status} with ${describeBody(response, secrets)}`,
    { hint: notDexHint },
  );
}
