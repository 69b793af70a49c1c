import { numericDate } from '../../jwt.ts';
import { audienceList, type Evidence } from '../evidence.ts';
import type { Objection } from '../kubernetes-user.ts';
import type { Likelihood, Rule } from './rule.ts';

/** More than this the clocks of machines under NTP never differ. */
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

/** Whether the token is over by the API server's clock. */
function isOverForApi({ dexToken, clocks, nowMs }: Evidence): boolean {
  const exp = dexToken && numericDate(dexToken.jwt.claims, 'exp');
  const ahead = (server: string) =>
    clocks.find((clock) => clock.server === server)?.aheadSeconds ?? 0;
  const apiNowMs = nowMs + (ahead('the Kubernetes API') - ahead('Dex')) * 1000;
  return exp !== undefined && exp * 1000 <= apiNowMs;
}

/** What the API server makes of the credential. */
export const apiRules: readonly Rule[] = [
  {
    id: 'api-unauthorized',
    severity: 'failed',
    title: 'the API server refuses the token (401)',
    symptom:
      'kubectl: error: You must be logged in to the server (Unauthorized); the reason is in the log of kube-apiserver alone',
    codes: ['api_unauthorized'],
    applies: ({ api }) => api?.status === 401,
    evidence: ({ dexToken, dexKeys }) => [
      dexToken && `aud: ${audienceList(dexToken.jwt)}`,
      dexToken && `iss: ${String(dexToken.jwt.claims['iss'])}`,
      ...(dexToken?.user.objections.map(({ text }) => text) ?? []),
      dexKeys === 'signed' ? 'Dex publishes the key that signed it' : undefined,
      dexKeys === 'unknown-key' || dexKeys === 'other-key'
        ? 'Dex does not publish the key that signed it'
        : undefined,
    ],
    causes: [
      {
        id: 'audience',
        when: objects('audience'),
        cause: 'the token is not for the audience that the API server accepts',
        check: 'aud in the step dex-token has no kubernetes',
        log: `${apiLog}verify token: oidc: expected audience \\"kubernetes\\" got […]]"`,
        fix: 'leave --audience and audience items in --scope out, so that audience:server:client_id:kubernetes is asked for; if the cluster has another audience, set --audience to it; the DexClient needs its annotation either way',
      },
      {
        id: 'no-email',
        when: objects('no-email'),
        cause: 'the token has no email, which is the user name',
        check: 'claims in the step dex-token; scope in the step settings',
        log: `${apiLog}parse username claims \\"email\\": claim not present]"`,
        fix: "ask for the scope email; map the IdP's claim in the DexProvider (claimMapping.email)",
      },
      {
        id: 'email-unverified',
        when: objects('email-unverified'),
        cause: 'email_verified is false',
        check: 'claims in the step dex-token',
        log: `${apiLog}email not verified]"`,
        fix: "verify the address in the IdP, or set insecureSkipEmailVerified: true on the DexProvider if the IdP's word is good enough",
      },
      {
        id: 'reserved-user',
        when: objects('reserved-user'),
        cause: 'the user name begins with system:, which the API server refuses',
        check: 'email in the step dex-token',
        log: `${apiLog}error evaluating user info validation rule: …]"`,
        fix: 'map another claim to email in the DexProvider',
      },
      {
        id: 'reserved-group',
        when: objects('reserved-group'),
        cause: 'a group begins with system:, which the API server refuses',
        check: 'groups in the step dex-token',
        log: `${apiLog}error evaluating user info validation rule: …]"`,
        fix: 'rename the group in the IdP, or leave groups out of --scope',
      },
      {
        id: 'key-lost',
        when: ({ dexKeys }) =>
          dexKeys === 'unknown-key' || dexKeys === 'other-key' ? 'certain' : undefined,
        cause: 'the token was signed by a key that Dex no longer has: Dex lost its storage since',
        check: 'the keys of Dex were asked just now',
        log: `${apiLog}verify token: failed to verify signature: failed to verify id token signature]"`,
        fix: 'dexchange cache clear; then expect 401 for up to 10 minutes, as the API server keeps the former keys that long (or restart kube-apiserver); give Dex a storage that survives it',
      },
      {
        id: 'clock',
        when: (evidence) => (isOverForApi(evidence) ? 'certain' : undefined),
        cause: "the token has expired by the API server's clock",
        check: 'clocks in the step kubernetes; exp in the step dex-token',
        log: `${apiLog}verify token: oidc: token is expired (Token Expiry: …)]"`,
        fix: 'set the clocks of runner and cluster by NTP',
      },
      {
        id: 'stale-keys',
        when: (evidence) => {
          if (evidence.dexKeys !== 'signed' || hasCertainObjection(evidence)) return undefined;
          return hasObjection(evidence) ? 'possible' : 'likely';
        },
        cause:
          "the API server still has Dex's former keys: Dex was restarted with new ones, or rotated them",
        check: 'it began when Dex restarted; tokens from before are still taken; it ends by itself',
        log: `${apiLog}verify token: failed to verify signature: failed to verify id token signature]"`,
        fix: 'wait: kube-apiserver keeps the keys for as long as their Cache-Control says, 10 minutes with Dex, and asks for no key that it does not know before; or restart kube-apiserver. Give Dex a storage that survives restarts',
      },
      {
        id: 'no-name',
        when: objects('no-name', 'likely'),
        cause: 'the token has no name, which the API server may require',
        check: 'claims in the step dex-token; scope in the step settings has no profile',
        log: 'kube-apiserver: "Unable to authenticate the request" err="[invalid bearer token, expression \'…\' resulted in error: no such key: name]"',
        fix: 'add profile to --scope (it is in its default); if it is there, set userNameKey of the DexProvider to a claim that the IdP fills',
      },
      {
        id: 'issuer',
        when: (evidence) => {
          if (hasCertainObjection(evidence)) return undefined;
          return evidence.dexKeys === 'signed' && !hasObjection(evidence) ? 'likely' : 'possible';
        },
        cause:
          'the API server trusts another issuer: the Dex of another cluster, or the same by another URL',
        check: ({ dexIssuer }) =>
          `its issuer must be exactly ${dexIssuer}, the slash included (--oidc-issuer-url or AuthenticationConfiguration of kube-apiserver)`,
        log: 'kube-apiserver: "Unable to authenticate the request" err="invalid bearer token", with no word of oidc',
        fix: 'use Dex and API of one cluster; in Deckhouse see that user-authn is enabled and publishAPI does what it should',
      },
    ],
  },
  {
    id: 'api-forbidden',
    severity: 'failed',
    title: ({ email, access }) => `user ${email} may not ${access} (403)`,
    symptom: 'kubectl: Error from server (Forbidden): … User "…" cannot …',
    codes: ['api_forbidden'],
    applies: ({ api }) => api?.access?.allowed === false || api?.status === 403,
    evidence: ({ api }) => [
      api?.user && `the API server takes the token for user ${api.user.username}`,
      api?.user && `with groups ${api.user.groups.join(', ')}`,
      api?.access?.reason === '' ? undefined : api?.access?.reason,
      api?.message,
    ],
    causes: [
      {
        id: 'rbac',
        when: () => 'certain',
        cause: ({ email, groups }) => `no rule grants it to user ${email} or to one of ${groups}`,
        check: ({ access }) => `d8 k auth can-i ${access} --as EMAIL --as-group GROUP`,
        log: 'the audit log of kube-apiserver: "authorization.k8s.io/decision":"forbid", with user and groups',
        fix: ({ email }) =>
          `a ClusterAuthorizationRule with subjects [{kind: User, name: ${email}}] and an accessLevel (User, PrivilegedUser, Editor, Admin, …), or a RoleBinding: exactly this name, in upper and lower case as here`,
      },
      {
        id: 'groups-lost',
        when: ({ dexToken }) =>
          dexToken !== undefined && dexToken.user.groups.length === 0 ? 'likely' : undefined,
        cause: 'rules are by group, but the token has no groups',
        check: 'claims in the step dex-token; groups in --scope',
        fix: 'ask for the scope groups, and let the IdP put them into its token (the DexProvider maps them by claimMapping.groups)',
      },
    ],
  },
  {
    id: 'api-anonymous',
    severity: 'failed',
    title: 'the API server takes the caller for system:anonymous',
    symptom: 'kubectl: Error from server (Forbidden): User "system:anonymous" cannot …',
    applies: ({ api }) => api?.user?.username === 'system:anonymous',
    causes: [
      {
        id: 'header-lost',
        when: () => 'likely',
        cause: 'the credential did not arrive: something on the way drops the Authorization header',
        check: 'ask the API server past the ingress or proxy',
        fix: 'let the ingress pass Authorization; name the host in NO_PROXY',
      },
      {
        id: 'plugin-failed',
        when: () => 'possible',
        cause: 'some clients (Python, fabric8) go on without a credential when the plugin fails',
        check: 'dexchange get-token by hand',
        fix: 'mend what get-token says',
      },
    ],
  },
  {
    id: 'api-odd-answer',
    severity: 'warning',
    title: ({ server }) => `${server} answers otherwise than a Kubernetes API`,
    symptom: 'neither 201, 401 nor 403 to a SelfSubjectReview',
    codes: ['api_refused', 'api_missing'],
    applies: ({ api }) => api?.status !== undefined && ![201, 401, 403].includes(api.status),
    evidence: ({ api }) => [`it answered ${api?.status}`, api?.message],
    causes: [
      {
        id: 'old',
        when: ({ api }) => (api?.status === 404 ? 'likely' : undefined),
        cause: 'the API server is older than 1.28 and has no SelfSubjectReview',
        check: 'd8 k version',
        fix: 'd8 k auth can-i --list tells a little there',
      },
      {
        id: 'other-server',
        when: () => 'possible',
        cause: 'the URL is not that of a Kubernetes API',
        check: ({ server }) => `curl -q -sS ${server}/version`,
        fix: 'correct server of the cluster entry, or --server',
      },
    ],
  },
  {
    id: 'clock',
    severity: 'warning',
    title: 'the clocks differ',
    symptom: 'tokens that are expired or not yet valid on one machine and good on another',
    applies: ({ clocks }) =>
      clocks.some(({ aheadSeconds }) => Math.abs(aheadSeconds) >= clockToleranceSeconds),
    evidence: ({ clocks }) =>
      clocks.map(({ server, aheadSeconds }) =>
        aheadSeconds === 0
          ? `the clock of ${server} agrees with this machine's`
          : `the clock of ${server} is ${Math.abs(aheadSeconds)} s ${aheadSeconds > 0 ? 'ahead of' : 'behind'} this machine's`,
      ),
    causes: [
      {
        id: 'local',
        when: ({ clocks }) =>
          clocks.every(({ aheadSeconds }) => Math.abs(aheadSeconds) >= clockToleranceSeconds)
            ? 'likely'
            : 'possible',
        cause: 'the clock of this machine is wrong',
        check: 'all servers differ from it in the same way; date -u',
        fix: 'set it by NTP. dexchange itself goes by the clock of Dex, kubectl does not',
      },
      {
        id: 'server',
        when: ({ clocks }) =>
          clocks.some(({ aheadSeconds }) => Math.abs(aheadSeconds) < clockToleranceSeconds)
            ? 'likely'
            : 'possible',
        cause: "a server's clock is wrong",
        check: 'the servers differ from each other',
        fix: 'set it by NTP; in the cluster the module chrony does that',
      },
    ],
  },
];
