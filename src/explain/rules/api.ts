import { formatDuration } from '../../duration.ts';
import { numericDate } from '../../jwt.ts';
import { listed } from '../../terminal/layout.ts';
import { audienceList, type Evidence } from '../evidence.ts';
import type { Objection } from '../kubernetes-user.ts';
import type { Likelihood, Rule } from './rule.ts';

/** The clocks of machines that use NTP differ by less. */
const clockToleranceSeconds = 60;

const apiLog =
  'kube-apiserver: "Unable to authenticate the request" err="[invalid bearer token, oidc: ';

function objects(kind: Objection['kind'], likelihood: Likelihood = 'certain') {
  return ({ dexToken }: Evidence): Likelihood | undefined =>
    dexToken?.user.objections.some((objection) => objection.kind === kind) ? likelihood : undefined;
}

function hasCertainObjection({ dexToken }: Evidence): boolean {
  return dexToken?.user.objections.some(({ certain }) => certain) === true;
}

function hasObjection({ dexToken }: Evidence): boolean {
  return (dexToken?.user.objections.length ?? 0) > 0;
}

/** Whether the token has expired by the API server's clock. */
function isExpiredAtApi({ dexToken, clocks, nowMs }: Evidence): boolean {
  const exp = dexToken && numericDate(dexToken.jwt.claims, 'exp');
  const ahead = (server: string) =>
    clocks.find((clock) => clock.server === server)?.aheadSeconds ?? 0;
  const apiNowMs = nowMs + (ahead('the Kubernetes API') - ahead('Dex')) * 1000;
  return exp !== undefined && exp * 1000 <= apiNowMs;
}

/** Problems at the API server. */
export const apiRules: readonly Rule[] = [
  {
    id: 'api-unauthorized',
    severity: 'failed',
    title: 'the API server rejects the token (401 Unauthorized)',
    symptom:
      'kubectl: error: You must be logged in to the server (Unauthorized); only the log of kube-apiserver contains the reason',
    codes: ['api_unauthorized'],
    applies: ({ api }) => api?.status === 401,
    evidence: ({ dexToken, dexKeys }) => [
      dexToken && `aud: ${audienceList(dexToken.jwt)}`,
      dexToken && `iss: ${String(dexToken.jwt.claims['iss'])}`,
      ...(dexToken?.user.objections.map(({ text }) => text) ?? []),
      dexKeys === 'signed' ? 'the token is signed by a key that Dex publishes' : undefined,
      dexKeys === 'unknown-key' || dexKeys === 'other-key'
        ? 'the token is signed by a key that Dex does not publish'
        : undefined,
    ],
    causes: [
      {
        id: 'audience',
        when: objects('audience'),
        cause: 'the token is for a different audience than the one that the API server accepts',
        check: 'aud in step dex-token does not contain kubernetes',
        log: `${apiLog}verify token: oidc: expected audience \\"kubernetes\\" got […]]"`,
        fix: 'remove --audience, and audience:… items from --scope: dexchange then requests audience:server:client_id:kubernetes. If the API server is configured with another audience, set --audience to that one. In both cases the DexClient needs its annotation',
      },
      {
        id: 'no-email',
        when: objects('no-email'),
        cause: 'the token has no email claim, which the API server uses as the user name',
        check: 'see the claims in step dex-token and scope in step settings',
        log: `${apiLog}parse username claims \\"email\\": claim not present]"`,
        fix: 'add email to --scope; if the IdP uses another claim, map it in the DexProvider (claimMapping.email)',
      },
      {
        id: 'email-unverified',
        when: objects('email-unverified'),
        cause: 'email_verified is not true',
        check: 'see the claims in step dex-token',
        log: `${apiLog}email not verified]"`,
        fix: 'verify the address in the IdP, or, if you trust the IdP with all addresses, set insecureSkipEmailVerified: true on the DexProvider',
      },
      {
        id: 'reserved-user',
        when: objects('reserved-user'),
        cause: 'the user name begins with system:, which Kubernetes reserves',
        check: 'see email in step dex-token',
        log: `${apiLog}error evaluating user info validation rule: …]"`,
        fix: 'map another claim to email in the DexProvider',
      },
      {
        id: 'reserved-group',
        when: objects('reserved-group'),
        cause: 'a group name begins with system:, which Kubernetes reserves',
        check: 'see groups in step dex-token',
        log: `${apiLog}error evaluating user info validation rule: …]"`,
        fix: 'rename the group in the IdP, or remove groups from --scope',
      },
      {
        id: 'key-lost',
        when: ({ dexKeys }) =>
          dexKeys === 'unknown-key' || dexKeys === 'other-key' ? 'certain' : undefined,
        cause:
          'the token is signed by a key that Dex no longer has, because Dex has lost its storage',
        check: 'dexchange fetched the keys of Dex for this report',
        log: `${apiLog}verify token: failed to verify signature: failed to verify id token signature]"`,
        fix: 'run dexchange cache clear. The API server keeps the former keys for up to 10 minutes and answers 401 until then, unless you restart kube-apiserver. Give Dex a persistent storage',
      },
      {
        id: 'clock',
        when: (evidence) => (isExpiredAtApi(evidence) ? 'certain' : undefined),
        cause: "the token has expired by the API server's clock",
        check: 'compare the clocks in step kubernetes with exp in step dex-token',
        log: `${apiLog}verify token: oidc: token is expired (Token Expiry: …)]"`,
        fix: 'synchronize the clocks of runner and cluster by NTP',
      },
      {
        id: 'stale-keys',
        when: (evidence) => {
          if (evidence.dexKeys !== 'signed' || hasCertainObjection(evidence)) return undefined;
          return hasObjection(evidence) ? 'possible' : 'likely';
        },
        cause:
          "the API server still uses Dex's former keys, because Dex was restarted with new keys or rotated them",
        check:
          'the problem began when Dex restarted, the API server still accepts older tokens, and the problem disappears by itself',
        log: `${apiLog}verify token: failed to verify signature: failed to verify id token signature]"`,
        fix: 'wait up to 10 minutes, or restart kube-apiserver: it caches the keys for as long as Cache-Control allows, and does not fetch an unknown key earlier. Give Dex a persistent storage',
      },
      {
        id: 'no-name',
        when: objects('no-name', 'likely'),
        cause: 'the token has no name claim, which the API server may require',
        check: 'see the claims in step dex-token; scope in step settings does not contain profile',
        log: 'kube-apiserver: "Unable to authenticate the request" err="[invalid bearer token, expression \'…\' resulted in error: no such key: name]"',
        fix: 'add profile to --scope (the default contains it); if it is there already, set userNameKey of the DexProvider to a claim that the IdP provides',
      },
      {
        id: 'issuer',
        when: (evidence) => {
          if (hasCertainObjection(evidence)) return undefined;
          return evidence.dexKeys === 'signed' && !hasObjection(evidence) ? 'likely' : 'possible';
        },
        cause:
          'the API server trusts another issuer: the Dex of another cluster, or this Dex under another URL',
        check: ({ dexIssuer }) =>
          `the issuer in kube-apiserver (--oidc-issuer-url or AuthenticationConfiguration) must be exactly ${dexIssuer}, including the slash`,
        log: 'kube-apiserver: "Unable to authenticate the request" err="invalid bearer token" (without oidc:)',
        fix: 'use the Dex of the same cluster; in Deckhouse, check that module user-authn is enabled and publishAPI is configured',
      },
    ],
  },
  {
    id: 'api-forbidden',
    severity: 'failed',
    title: ({ email, access }) => `user ${email} is not allowed to ${access} (403 Forbidden)`,
    symptom: 'kubectl: Error from server (Forbidden): … User "…" cannot …',
    codes: ['api_forbidden'],
    applies: ({ api }) => api?.access?.allowed === false || api?.status === 403,
    evidence: ({ api }) => [
      api?.user && `the API server authenticates this token as ${api.user.username}`,
      api?.user && `groups: ${listed(api.user.groups)}`,
      api?.access?.reason || undefined,
      api?.message || undefined,
    ],
    causes: [
      {
        id: 'rbac',
        when: () => 'certain',
        cause: ({ email, groups }) =>
          `no authorization rule allows it for user ${email} or for the groups ${groups}`,
        check: ({ access }) => `d8 k auth can-i ${access} --as EMAIL --as-group GROUP`,
        log: 'the audit log of kube-apiserver: "authorization.k8s.io/decision":"forbid", with user and groups',
        fix: ({ email }) =>
          `create a ClusterAuthorizationRule with subjects [{kind: User, name: ${email}}] and an accessLevel (User, PrivilegedUser, Editor, Admin, …), or a RoleBinding; the name is case-sensitive`,
      },
      {
        id: 'groups-lost',
        when: ({ dexToken }) =>
          dexToken !== undefined && dexToken.user.groups.length === 0 ? 'likely' : undefined,
        cause: 'the rules are for groups, but the token has no groups',
        check: 'see the claims in step dex-token, and whether --scope contains groups',
        fix: 'add groups to --scope, and configure the IdP to put the groups into its token (the DexProvider maps them by claimMapping.groups)',
      },
    ],
  },
  {
    id: 'api-anonymous',
    severity: 'failed',
    title: 'the API server authenticates the request as system:anonymous',
    symptom: 'kubectl: Error from server (Forbidden): User "system:anonymous" cannot …',
    applies: ({ api }) => api?.user?.username === 'system:anonymous',
    causes: [
      {
        id: 'header-lost',
        when: () => 'likely',
        cause: 'a proxy or ingress removes the Authorization header',
        check: 'send the request directly to the API server, without ingress and proxy',
        fix: 'configure the ingress to forward Authorization, or add the host to NO_PROXY',
      },
      {
        id: 'plugin-failed',
        when: () => 'possible',
        cause: 'the plugin failed, and the client (Python, fabric8) continues without a credential',
        check: 'run dexchange get-token by hand',
        fix: 'fix the error that get-token reports',
      },
    ],
  },
  {
    id: 'api-odd-answer',
    severity: 'warning',
    title: ({ server }) => `${server} does not respond like a Kubernetes API server`,
    symptom: 'the response to a SelfSubjectReview is none of 201, 401 and 403',
    codes: ['api_refused', 'api_missing'],
    applies: ({ api }) => api?.status !== undefined && ![201, 401, 403].includes(api.status),
    evidence: ({ api }) => [`the response was ${api?.status}`, api?.message || undefined],
    causes: [
      {
        id: 'old',
        when: ({ api }) => (api?.status === 404 ? 'likely' : undefined),
        cause: 'the API server is older than 1.28, which has no SelfSubjectReview',
        check: 'd8 k version',
        fix: 'upgrade the cluster; until then, d8 k auth can-i --list shows what the token allows',
      },
      {
        id: 'other-server',
        when: () => 'possible',
        cause: 'the URL is not the URL of a Kubernetes API server',
        check: ({ server }) => `curl -q -sS ${server}/version`,
        fix: 'correct server in the cluster entry of the kubeconfig, or --server',
      },
    ],
  },
  {
    id: 'clock',
    severity: 'warning',
    title: 'the clocks differ by a minute or more',
    symptom: 'a token is valid on one machine, and expired or not yet valid on another',
    applies: ({ clocks }) =>
      clocks.some(({ aheadSeconds }) => Math.abs(aheadSeconds) >= clockToleranceSeconds),
    evidence: ({ clocks }) =>
      clocks.map(({ server, aheadSeconds }) =>
        aheadSeconds === 0
          ? `the clock of ${server} matches the local clock`
          : `the clock of ${server} is ${formatDuration(aheadSeconds * 1000)} ${aheadSeconds > 0 ? 'ahead of' : 'behind'} the local clock`,
      ),
    causes: [
      {
        id: 'local',
        when: ({ clocks }) =>
          clocks.every(({ aheadSeconds }) => Math.abs(aheadSeconds) >= clockToleranceSeconds)
            ? 'likely'
            : 'possible',
        cause: 'the clock of this machine is wrong',
        check: 'run date -u; all servers differ from it by the same amount',
        fix: 'synchronize it by NTP; dexchange itself uses the clock of Dex, but kubectl does not',
      },
      {
        id: 'server',
        when: ({ clocks }) =>
          clocks.some(({ aheadSeconds }) => Math.abs(aheadSeconds) < clockToleranceSeconds)
            ? 'likely'
            : 'possible',
        cause: 'the clock of a server is wrong',
        check: 'the servers differ from each other',
        fix: 'synchronize it by NTP; in a Deckhouse cluster, module chrony does this',
      },
    ],
  },
];
