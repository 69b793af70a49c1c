import type { Rule } from './rule.ts';

/** Dex accepts everybody, and does not issue what was asked for. */
export const dexAudienceRules: readonly Rule[] = [
  {
    id: 'dex-audience-untrusted',
    severity: 'failed',
    title: ({ clientId, audience }) =>
      `Dex does not let client ${clientId} have tokens for ${audience}`,
    symptom: 'Dex answers 500 `server_error` without a description',
    codes: ['dex_audience_untrusted'],
    evidence: () => ['Dex took client, connector and subject token: they are checked before'],
    causes: [
      {
        id: 'other-audience',
        when: ({ exchange }) =>
          exchange?.audiences.some((audience) => audience !== 'kubernetes') ? 'likely' : undefined,
        cause: ({ audience }) =>
          `there is no client ${audience} at Dex, or it does not trust this one`,
        check: 'audience and scope in the step settings; usually the audience is kubernetes',
        log: 'Dex: "token exchange failed to create new token", err="peer (…) does not trust client"',
        fix: 'leave --audience out, or set it to kubernetes',
      },
      {
        id: 'annotation-missing',
        when: () => 'likely',
        cause: 'the DexClient lacks the annotation that makes it a trusted peer of kubernetes',
        check: ({ clientName, clientNamespace }) =>
          `d8 k -n ${clientNamespace} get dexclient ${clientName} -o jsonpath='{.metadata.annotations}'`,
        log: 'Dex: "token exchange failed to create new token", err="peer (kubernetes) does not trust client"',
        fix: ({ clientName, clientNamespace }) =>
          `d8 k -n ${clientNamespace} annotate dexclient ${clientName} dexclient.deckhouse.io/allow-access-to-kubernetes=true`,
      },
      {
        id: 'annotation-refused',
        when: () => 'possible',
        cause:
          'the annotation was refused or lost: since summer 2026 only who may update the ModuleConfig user-authn may add it, and a GitOps tool that makes the object anew loses it',
        check:
          'it worked before, or the apply was denied; look at managedFields and at the last sync',
        log: 'Dex: "token exchange failed to create new token", err="peer (kubernetes) does not trust client"',
        fix: 'have an administrator who may update ModuleConfig user-authn apply it, and keep GitOps from replacing the object',
      },
      {
        id: 'storage',
        when: () => 'possible',
        cause: 'Dex has trouble with its storage or its signing keys',
        check: 'other clients of this Dex fail too, logins in a browser among them',
        log: 'Dex: "token exchange failed to create new token", err= with another reason than "does not trust client"',
        fix: 'see the Dex pods in d8-user-authn, and the API server that they store in',
      },
    ],
  },
  {
    id: 'dex-token-unusable',
    heading: "Dex's token is no credential",
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'Dex answers 200, but what it gives is no credential for the API server',
    codes: ['token_not_jwt', 'token_without_expiry', 'token_expired', 'token_wrong_audience'],
    causes: [
      {
        id: 'not-dex',
        when: ({ error }) =>
          error?.code === 'token_not_jwt' || error?.code === 'token_without_expiry'
            ? 'likely'
            : undefined,
        cause: 'the server is no Dex, or a proxy changes its answers',
        check: ({ dexUrl }) =>
          `curl -q -sS ${dexUrl.replace(/\/$/, '')}/.well-known/openid-configuration | jq .issuer`,
        fix: 'correct --dex-url',
      },
      {
        id: 'audience',
        when: ({ error }) => (error?.code === 'token_wrong_audience' ? 'certain' : undefined),
        cause: 'Dex dropped the scope of the audience, since it drops scopes that it does not know',
        check: 'scope in the curl form of the step exchange',
        fix: ({ hint }) => hint,
      },
      {
        id: 'clock',
        when: ({ error }) => (error?.code === 'token_expired' ? 'likely' : undefined),
        cause: "the life of Dex's tokens is set to nothing, or its clock jumped",
        check: 'exp and iat in the step dex-token',
        fix: "see expiry.idTokens of Dex (Deckhouse: idTokenTTL of user-authn) and its machine's clock",
      },
    ],
  },
  {
    id: 'dex-token-claims',
    severity: 'warning',
    title: 'the API server will probably refuse this token',
    symptom: 'the exchange works, and kubectl says Unauthorized',
    applies: ({ dexToken, api }) =>
      api?.status === undefined &&
      dexToken?.user.objections.some(({ certain }) => certain) === true,
    evidence: ({ dexToken }) => dexToken?.user.objections.map(({ text }) => text) ?? [],
    causes: [
      {
        id: 'claims',
        when: () => 'likely',
        cause: 'the token lacks what kube-apiserver wants, as Deckhouse configures it',
        check: 'name the API server by --server or --kubeconfig: then it is asked',
        fix: "see API 401 (api-unauthorized): the scopes, the connector's claim mapping, the audience",
      },
    ],
  },
  {
    id: 'dex-issuer-differs',
    severity: 'note',
    title: ({ dexUrl, dexIssuer }) => `Dex at ${dexUrl} calls itself ${dexIssuer}`,
    symptom: 'iss of the token is not the --dex-url, beyond a slash at the end',
    applies: ({ dexToken, exchange }) => {
      const { iss } = dexToken?.jwt.claims ?? {};
      if (typeof iss !== 'string' || exchange === undefined) return false;
      return iss.replace(/\/$/, '') !== exchange.dexUrl.replace(/\/$/, '');
    },
    causes: [
      {
        id: 'inner-address',
        when: () => 'likely',
        cause:
          'Dex is reached by an inner address, which does no harm: the API server compares iss with its own setting',
        check: "compare iss with the API server's issuer; they must be equal to the slash",
        fix: 'nothing, unless the API server answers 401: then use the Dex of that cluster',
      },
    ],
  },
];
