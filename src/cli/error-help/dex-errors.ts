import type { HelpOf } from './error-help.ts';

/** Denials of Dex (exit code 4). */
export const dexErrors: HelpOf<'dex_'> = {
  dex_grant_not_enabled: {
    meaning: 'Dex does not offer token exchange (unsupported_grant_type).',
    causes: [
      'Dex is older than 2.37, or its grant types do not include token exchange.',
      'The request went to another Dex.',
    ],
    remedy:
      'Add `urn:ietf:params:oauth:grant-type:token-exchange` to oauth2.grantTypes in the configuration of Dex, or update Dex.',
  },
  dex_client_id_encoding: {
    meaning: 'Dex cannot decode the Authorization header of the request.',
    causes: ['A proxy or gateway in front of Dex rewrites the header.'],
    remedy: 'Call Dex without that proxy (NO_PROXY), or let it pass the header unchanged.',
  },
  dex_client_refused: {
    meaning: 'Dex does not authenticate the client of `--client-id` (invalid_client).',
    causes: [
      'The client secret is wrong, is still in base64, or was renewed.',
      'The DexClient does not exist, or its id is not dex-client-NAME@NAMESPACE.',
      'The request went to the Dex of another cluster.',
    ],
    remedy:
      "As an administrator, compare the secret with `d8 k -n NAMESPACE get secret dex-client-NAME -o jsonpath='{.data.clientSecret}' | base64 -d`.",
  },
  dex_subject_token_type_refused: {
    meaning: 'Dex does not support the type of the identity token that was sent.',
    causes: ['This version of Dex does not support the value of `--subject-token-type`.'],
    remedy: 'Set `--subject-token-type` to id_token or access_token.',
  },
  dex_subject_token_missing: {
    meaning: 'The request that reached Dex had no identity token.',
    causes: ['A proxy or gateway in front of Dex drops the body of the request.'],
    remedy: 'Call Dex without that proxy (NO_PROXY), or let it pass the request unchanged.',
  },
  dex_connector_unknown: {
    meaning: 'Dex has no connector with this id that can exchange tokens.',
    causes: [
      '`--connector-id` is not the name of the DexProvider.',
      'The DexProvider is not of type OIDC: connectors of other types cannot exchange tokens.',
      'Dex cannot reach the IdP of the connector, so it could not load the connector.',
    ],
    remedy:
      'As an administrator, look for the name in `d8 k get dexprovider`, and read the log of Dex: `d8 k -n d8-user-authn logs -l app=dex --since=10m`.',
  },
  dex_connector_not_allowed: {
    meaning: 'Dex does not allow the client to use this connector.',
    causes: ['allowedConnectors of the client in Dex does not list the connector.'],
    remedy: 'Add the connector to allowedConnectors of the client, or use another client.',
  },
  dex_connector_cannot_exchange: {
    meaning: 'The connector exists, but does not support token exchange.',
    causes: [
      'The DexProvider is not of type OIDC.',
      'The grant types of the connector do not include token exchange.',
    ],
    remedy: 'Use a DexProvider of type OIDC for the issuer of the identity token.',
  },
  dex_subject_token_refused: {
    meaning:
      'Dex or its connector rejects the identity token (access_denied). Dex does not say why.',
    causes: [
      'The issuer of the token is not exactly the issuer of the DexProvider.',
      'A claim that the DexProvider maps, such as email, is missing in the token.',
      'The userinfo endpoint of the IdP rejects the token. Tokens of CI jobs need a DexProvider with `getUserInfo: false`, and access tokens of Keycloak need scope openid.',
      'None of the groups in the token is in allowedGroups of the DexProvider.',
      'Dex cannot verify the signature, because it cannot fetch the keys of the issuer.',
    ],
    remedy:
      'As an administrator, read the reason in `d8 k -n d8-user-authn logs -l app=dex --since=10m`, and correct the DexProvider or the claims of the token.',
  },
  dex_subject_token_expired: {
    meaning: "The identity token has expired, by Dex's clock.",
    causes: [
      'The job has run longer than its token is valid.',
      'The token is from an earlier job.',
      'The clocks of Dex and of the IdP differ.',
    ],
    remedy:
      'Run kubectl or get-token early in the job, raise the lifetime of the identity token, or use a source that issues a new token on each call.',
  },
  dex_requested_token_type_refused: {
    meaning: 'Dex does not issue the type of token that was requested.',
    causes: ['This version of Dex does not support the value of `--requested-token-type`.'],
    remedy: 'Set `--requested-token-type` to id_token or access_token.',
  },
  dex_audience_untrusted: {
    meaning: 'Dex does not issue a token for the requested audience to this client (500).',
    causes: [
      'The DexClient lacks the annotation `dexclient.deckhouse.io/allow-access-to-kubernetes: "true"`.',
      'The annotation is new, and Dex has not read it yet.',
      '`--audience` names a client that does not exist.',
    ],
    remedy:
      'As an administrator, run `d8 k -n NAMESPACE annotate dexclient NAME dexclient.deckhouse.io/allow-access-to-kubernetes=true` with the name and namespace of the DexClient.',
  },
  dex_refused: {
    meaning: 'Dex denied the request for a reason that dexchange does not know.',
    causes: ['The message contains the answer of Dex.'],
    remedy: 'Read the log of Dex: `d8 k -n d8-user-authn logs -l app=dex --since=10m`.',
  },
};
