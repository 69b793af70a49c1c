import { formatDuration } from '../../duration.ts';
import { numericDate } from '../../jwt.ts';
import { shellWord } from '../../shell-word.ts';
import { audienceList, type Evidence } from '../evidence.ts';
import type { Objection } from '../kubernetes-user.ts';
import { deniedInFront, foreignServer } from './denied-in-front.ts';
import { differInDomain } from './domain.ts';
import type { Cause, Likelihood, Rule } from './rule.ts';

/** The clocks of machines that use NTP differ by less. */
export const clockToleranceSeconds = 60;

/** What kube-apiserver logs of a token of an issuer that it knows. */
export const apiLog =
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
export function isExpiredAtApi(evidence: Evidence): boolean {
  const { dexToken, identityCredential, clocks, nowMs } = evidence;
  const jwt = dexToken?.jwt ?? identityCredential;
  const exp = jwt && numericDate(jwt.claims, 'exp');
  const ahead = (server: string) =>
    clocks.find((clock) => clock.server === server)?.aheadSeconds ?? 0;
  const apiNowMs = nowMs + (ahead('the Kubernetes API') - ahead('Dex')) * 1000;
  return exp !== undefined && exp * 1000 <= apiNowMs;
}

/**
 * The cause that the token has expired by the API server's clock.
 * @param step the step of the report that shows the token
 */
export function expiredAtApi(step: 'dex-token' | 'subject-token'): Omit<Cause, 'id'> {
  return {
    when: (evidence) => (isExpiredAtApi(evidence) ? 'certain' : undefined),
    cause: "the token has expired by the API server's clock",
    check: `compare the clocks in step kubernetes with exp in step ${step}`,
    log: `${apiLog}verify token: oidc: token is expired (Token Expiry: …)]"`,
    fix: 'synchronize the clocks of runner and cluster with NTP',
  };
}

/** Whether the API server and Dex have names in different domains: then they belong to different clusters. */
function isOtherDomain({ dexToken, api }: Evidence): boolean {
  return differInDomain(dexToken?.jwt.claims['iss'], api?.server);
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
    applies: ({ api, identityCredential }) =>
      api?.status === 401 && identityCredential === undefined,
    evidence: ({ dexToken, servers: { dexKeys } }) => [
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
        fix: ({ removeAudience }) =>
          `${removeAudience}; if the API server expects another audience than kubernetes, set --audience to that one`,
      },
      {
        id: 'no-email',
        when: objects('no-email'),
        cause: 'the token has no email claim, which the API server uses as the user name',
        check: 'see the claims in step dex-token and scope in step settings',
        log: `${apiLog}parse username claims \\"email\\": claim not present]"`,
        fix: 'add email to --scope; if the IdP uses another claim, set claimMapping.email of the DexProvider to it',
      },
      {
        id: 'email-unverified',
        when: objects('email-unverified'),
        cause: 'the email address in the token is not verified: email_verified is not true',
        check: 'see the claims in step dex-token',
        log: `${apiLog}email not verified]"`,
        fix: 'verify the address in the IdP: Dex passes on email_verified: false, even with insecureSkipEmailVerified',
      },
      {
        id: 'reserved-user',
        when: objects('reserved-user'),
        cause: 'the user name begins with system:, which Kubernetes reserves',
        check: 'see email in step dex-token',
        log: `${apiLog}error evaluating user info validation rule: …]"`,
        fix: 'set claimMapping.email of the DexProvider to a claim that does not begin with system:',
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
        when: ({ servers: { dexKeys } }) =>
          dexKeys === 'unknown-key' || dexKeys === 'other-key' ? 'certain' : undefined,
        cause: 'the token is signed by a key that Dex has lost, together with its storage',
        check: 'dexchange fetched the keys of Dex for this report',
        log: `${apiLog}verify token: failed to verify signature: failed to verify id token signature]"`,
        fix: 'run `dexchange cache clear`, then wait up to 10 minutes or restart kube-apiserver, which caches the former keys; give Dex persistent storage',
      },
      {
        id: 'clock',
        ...expiredAtApi('dex-token'),
      },
      {
        id: 'stale-keys',
        when: (evidence) => {
          if (evidence.servers.dexKeys !== 'signed' || hasCertainObjection(evidence))
            return undefined;
          return hasObjection(evidence) || isOtherDomain(evidence) ? 'possible' : 'likely';
        },
        cause: "the API server still uses Dex's former keys: Dex has restarted with new ones",
        check:
          'the problem began when Dex restarted, the API server still accepts older tokens, and the problem disappears by itself',
        log: `${apiLog}verify token: failed to verify signature: failed to verify id token signature]"`,
        fix: 'wait up to 10 minutes or restart kube-apiserver, which caches the keys; give Dex persistent storage',
      },
      {
        id: 'no-name',
        when: objects('no-name', 'likely'),
        cause: 'the token has no name claim, which the API server may require',
        check: 'see the claims in step dex-token; scope in step settings does not contain profile',
        log: 'kube-apiserver: "Unable to authenticate the request" err="[invalid bearer token, expression \'…\' resulted in error: no such key: name]"',
        fix: 'add profile to --scope; if it is there, set userNameKey of the DexProvider to a claim that the IdP provides',
      },
      {
        id: 'issuer',
        when: (evidence) => {
          if (hasCertainObjection(evidence)) return undefined;
          return evidence.servers.dexKeys === 'signed' && !hasObjection(evidence)
            ? 'likely'
            : 'possible';
        },
        cause:
          'the API server trusts another issuer: the Dex of another cluster, or another URL of this one',
        check: ({ dexIssuer }) =>
          `the issuer in kube-apiserver (--oidc-issuer-url or AuthenticationConfiguration) must be exactly ${dexIssuer}, including the slash`,
        log: 'kube-apiserver: "Unable to authenticate the request" err="invalid bearer token" (without oidc:)',
        fix: 'set --dex-url to the Dex of the same cluster; in Deckhouse, enable module user-authn and its publishAPI',
      },
      deniedInFront,
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
        check: 'the plugin fails by hand too',
        fix: ({ contextFlags }) =>
          `run \`dexchange get-token${contextFlags} --explain\` and follow its advice`,
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
        id: 'not-kubernetes',
        when: foreignServer,
        cause: ({ foreignServer: text }) => text,
        check: ({ server }) =>
          `\`curl -q -sS ${shellWord(`${server}/version`)}\` does not answer with a version of Kubernetes`,
        fix: ({ correctServer }) => correctServer,
      },
      {
        id: 'old',
        when: ({ api }) => (api?.status === 404 ? 'likely' : undefined),
        cause: 'the API server is older than 1.28, which has no SelfSubjectReview',
        check: '`d8 k version` shows the version of the server',
        fix: ({ contextFlags }) =>
          `upgrade the cluster; until then, run \`kubectl auth can-i --list${contextFlags}\` to see what the token allows`,
      },
      {
        id: 'fails',
        when: ({ api }) => (api?.status === 404 ? undefined : 'likely'),
        cause: 'the API server fails to answer, as its message says',
        check: ({ server }) =>
          `\`curl -q -sS ${shellWord(`${server}/readyz?verbose`)}\` lists a check that fails`,
        fix: 'ask a cluster administrator to see the log of kube-apiserver',
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
        check: '`date -u` is wrong; all servers differ from it by the same amount',
        fix: 'synchronize the clock of this machine with NTP: dexchange uses the clock of Dex, but kubectl does not',
      },
      {
        id: 'server',
        when: ({ clocks }) =>
          clocks.some(({ aheadSeconds }) => Math.abs(aheadSeconds) < clockToleranceSeconds)
            ? 'likely'
            : 'possible',
        cause: 'the clock of a server is wrong',
        check: 'the servers differ from each other',
        fix: 'synchronize the clock of the server with NTP; in Deckhouse, enable module chrony',
      },
    ],
  },
];
