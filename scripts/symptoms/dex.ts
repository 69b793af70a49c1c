import type { Symptom } from './symptom.ts';

/** What Dex and the IdP answer, as curl, d8 and other programs show it. */
export const dexSymptoms: readonly Symptom[] = [
  {
    id: 'access-denied',
    title: 'access_denied',
    messages: [{ by: ['Dex'], text: '{"error":"access_denied"}' }],
    cause:
      'Dex rejects the subject token, because it has expired, is from another issuer, or lacks a claim that the connector needs. Dex returns the same error in all these cases; only its log has the reason',
    fix: 'run `dexchange get-token --explain`, which compares the token with what the connector needs, or read the log of Dex',
    more: [['dex-subject-token-refused', 'Dex rejects the id_token as subject token']],
  },
  {
    id: 'invalid-client',
    title: 'invalid_client',
    messages: [
      {
        by: ['Dex'],
        text: '{"error":"invalid_client","error_description":"Invalid client credentials."}',
      },
    ],
    cause:
      'the client id or the client secret is wrong, or the secret is still base64-encoded. `curl -u` also gets this error with a correct secret that contains `%`, `+` or `:`, because Dex expects the secret form-encoded',
    fix: 'compare the client id and the client secret with the Secret of the DexClient; with curl, send `client_id` and `client_secret` in the body with `--data-urlencode`, without `-u`',
    more: [
      ['dex-client-refused', 'Dex does not authenticate the client'],
      ['dex-secret-encoding', 'the client secret works with dexchange, but not with curl -u or d8'],
    ],
  },
  {
    id: 'unauthorized-client',
    title: 'unauthorized_client',
    messages: [
      {
        by: ['Keycloak'],
        text: '{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}',
      },
      {
        by: ['Keycloak'],
        text: '{"error":"invalid_client","error_description":"Invalid client or Invalid client credentials"}',
      },
    ],
    cause:
      'the answer is from Keycloak, not from Dex: `unauthorized_client` means that the secret is wrong, `invalid_client` that the realm has no such client',
    fix: 'correct --idp-client-id, and the secret of that client in Keycloak',
    more: [['idp-client-refused', 'the IdP does not authenticate the client']],
  },
  {
    id: 'invalid-grant',
    title: 'invalid_grant',
    messages: [
      {
        by: ['Dex'],
        text: '{"error":"invalid_grant","error_description":"Connector not allowed for this client."}',
        isDocumented: true,
      },
      {
        by: ['Keycloak'],
        text: '{"error":"invalid_grant","error_description":"Invalid user credentials"}',
        isDocumented: true,
      },
    ],
    cause:
      'Dex 2.45.1 never returns this error for a token exchange. A newer Dex returns it if the client may not use the connector. An IdP returns it if a user name and password are wrong, as with Basic Auth, or if a refresh token or code has expired',
    fix: 'for Dex, ask an administrator to allow the connector for the client; for an IdP, use a token of the CI system instead of a password or a stored refresh token',
    more: [
      [
        'dex-connector-refused',
        'Dex does not allow the client or the connector to exchange tokens',
      ],
    ],
  },
  {
    id: 'connector-does-not-exist',
    title: 'Requested connector does not exist',
    messages: [
      {
        by: ['Dex'],
        text: '{"error":"invalid_request","error_description":"Requested connector does not exist."}',
      },
    ],
    cause:
      'no connector has this id, or the type of the connector does not support token exchange (only OIDC does), or Dex cannot reach the IdP of the connector',
    fix: 'use the name of the DexProvider, not its displayName; a cluster administrator sees the names with `d8 k get dexprovider`',
    more: [['dex-connector', 'Dex has no connector CONNECTOR that supports token exchange']],
  },
  {
    id: 'server-error',
    title: 'server_error',
    messages: [{ by: ['Dex'], text: '{"error":"server_error"}' }],
    cause:
      'the client may not request tokens for the audience `kubernetes`: the DexClient lacks the annotation `dexclient.deckhouse.io/allow-access-to-kubernetes`',
    fix: 'ask an administrator to add the annotation',
    more: [['dex-audience-untrusted', 'Dex does not issue tokens for audience kubernetes']],
  },
  {
    id: 'invalid-subject-token-type',
    title: 'Invalid subject_token_type',
    messages: [
      {
        by: ['Dex'],
        text: '{"error":"request_not_supported","error_description":"Invalid subject_token_type."}',
      },
    ],
    cause: 'Dex supports only `id_token` and `access_token`, not `jwt`',
    fix: 'send a JWT of a CI system as `urn:ietf:params:oauth:token-type:id_token`',
    more: [['dex-token-type', 'Dex does not support the token type']],
  },
  {
    id: 'missing-subject-token',
    title: 'Missing subject_token',
    messages: [
      {
        by: ['Dex'],
        text: '{"error":"invalid_request","error_description":"Missing subject_token"}',
      },
    ],
    cause: 'the variable with the identity token is empty in this job',
    fix: 'in GitLab, list the variable in `id_tokens:` of the job; in GitHub, add `permissions: id-token: write`',
    more: [['dex-subject-token-missing', 'Dex received no subject token']],
  },
  {
    id: 'unsupported-grant-type',
    title: 'unsupported_grant_type',
    messages: [{ by: ['Dex'], text: '{"error":"unsupported_grant_type"}' }],
    cause: 'token exchange is not enabled in this Dex, or Dex is older than 2.37',
    fix: 'ask an administrator to enable the grant type, or to upgrade Deckhouse',
    more: [['dex-grant-not-enabled', 'this Dex does not support token exchange']],
  },
];
