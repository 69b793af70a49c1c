import { shellWord } from '../../shell-word.ts';
import { type Rule, seeDexHost } from './rule.ts';

/** Problems after Dex has accepted client, connector and subject token. */
export const dexAudienceRules: readonly Rule[] = [
  {
    id: 'dex-audience-untrusted',
    severity: 'failed',
    title: ({ clientId, audience }) =>
      `Dex does not issue tokens for audience ${audience} to client ${clientId}`,
    symptom: 'Dex answers 500 `server_error` without a description',
    codes: ['dex_audience_untrusted'],
    evidence: () => [
      'client, connector and subject token are valid, because Dex checks them first',
    ],
    causes: [
      {
        id: 'other-audience',
        when: ({ exchange }) =>
          exchange?.audiences.some((audience) => audience !== 'kubernetes') ? 'likely' : undefined,
        cause: ({ audience }) =>
          `Dex has no client ${audience}, or that client does not trust this one`,
        check: 'see audience and scope in step settings; the audience is usually kubernetes',
        log: 'Dex: "token exchange failed to create new token", err="peer (…) does not trust client"',
        fix: ({ removeAudience }) => removeAudience,
      },
      {
        id: 'annotation-missing',
        when: () => 'likely',
        cause: 'the DexClient lacks the annotation that allows access to Kubernetes',
        check: ({ clientName, clientNamespace }) =>
          `\`d8 k -n ${shellWord(clientNamespace)} get dexclient ${shellWord(clientName)} -o jsonpath='{.metadata.annotations}'\` does not show it`,
        log: 'Dex: "token exchange failed to create new token", err="peer (kubernetes) does not trust client"',
        fix: ({ clientName, clientNamespace }) =>
          `ask a cluster administrator to run \`d8 k -n ${shellWord(clientNamespace)} annotate --overwrite dexclient ${shellWord(clientName)} dexclient.deckhouse.io/allow-access-to-kubernetes=true\``,
      },
      {
        id: 'annotation-refused',
        when: () => 'possible',
        cause:
          'the annotation was rejected, because it requires the permission to update ModuleConfig user-authn, or a GitOps tool has removed it',
        check:
          'the exchange worked before, or the apply was denied; see managedFields of the DexClient and the last sync',
        log: 'Dex: "token exchange failed to create new token", err="peer (kubernetes) does not trust client"',
        fix: 'ask someone who can update ModuleConfig user-authn to apply it, and let GitOps update the object instead of replacing it',
      },
      {
        id: 'storage',
        when: () => 'possible',
        cause: 'Dex has a problem with its storage or its signing keys',
        check: 'other clients of this Dex fail too, including logins in a browser',
        log: 'Dex: "token exchange failed to create new token", err= with another reason than "does not trust client"',
        fix: 'check the Dex pods in d8-user-authn, and the API server that they use as storage',
      },
    ],
  },
  {
    id: 'dex-token-unusable',
    heading: 'the token from Dex is not a usable credential',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'Dex answers 200, but the API server would not accept the token',
    codes: ['token_not_jwt', 'token_without_expiry', 'token_expired', 'token_wrong_audience'],
    causes: [
      {
        id: 'not-dex',
        when: ({ error }) =>
          error?.code === 'token_not_jwt' || error?.code === 'token_without_expiry'
            ? 'likely'
            : undefined,
        cause: 'the server is not Dex, or a proxy changes its responses',
        check: ({ dexUrl }) =>
          `\`curl -q -sS ${shellWord(`${dexUrl.replace(/\/$/, '')}/.well-known/openid-configuration`)} | jq .issuer\` does not print the URL of Dex`,
        fix: `set --dex-url to the issuer URL of Dex, https://HOST/; ${seeDexHost}`,
      },
      {
        id: 'audience',
        when: ({ error }) => (error?.code === 'token_wrong_audience' ? 'certain' : undefined),
        cause: 'Dex ignored the audience scope, as it ignores every scope that it does not know',
        check: 'see scope in the curl command of step exchange',
        fix: ({ hint }) => hint,
      },
      {
        id: 'clock',
        when: ({ error }) => (error?.code === 'token_expired' ? 'likely' : undefined),
        cause: "the lifetime of Dex's tokens is zero, or the clock of Dex has jumped",
        check: 'see exp and iat in step dex-token',
        fix: 'raise expiry.idTokens of Dex (Deckhouse: idTokenTTL of user-authn), and synchronize the clock of its node with NTP',
      },
    ],
  },
  {
    id: 'dex-token-claims',
    severity: 'warning',
    title: 'the API server will probably reject this token',
    symptom: 'the exchange succeeds, but kubectl reports Unauthorized',
    applies: ({ dexToken, api }) =>
      api?.status === undefined &&
      dexToken?.user.objections.some(({ certain }) => certain) === true,
    evidence: ({ dexToken }) => dexToken?.user.objections.map(({ text }) => text) ?? [],
    causes: [
      {
        id: 'claims',
        when: () => 'likely',
        cause: ({ objections }) => objections,
        check: 'with --server or --kubeconfig, --explain asks the API server',
        fix: 'correct --scope, --audience or the claimMapping of the DexProvider; set --server URL to have the API server asked',
      },
    ],
  },
  {
    id: 'dex-issuer-differs',
    heading: 'the issuer of Dex differs from --dex-url',
    severity: 'note',
    title: ({ dexUrl, dexIssuer }) => `Dex at ${dexUrl} uses the issuer ${dexIssuer}`,
    symptom: 'iss of the token differs from --dex-url by more than a slash at the end',
    applies: ({ dexToken, exchange }) => {
      const { iss } = dexToken?.jwt.claims ?? {};
      if (typeof iss !== 'string' || exchange === undefined) return false;
      return iss.replace(/\/$/, '') !== exchange.dexUrl.replace(/\/$/, '');
    },
    causes: [
      {
        id: 'inner-address',
        when: () => 'likely',
        cause: '--dex-url is an internal address of Dex, which is harmless',
        check:
          'compare iss with the issuer in kube-apiserver: they must be equal, including the slash',
        fix: 'none is needed, unless the API server answers 401: then use the Dex of that cluster',
      },
    ],
  },
];
