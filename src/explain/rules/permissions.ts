import { shellWord } from '../../shell-word.ts';
import { listed } from '../../terminal/layout.ts';
import { type Evidence, textClaim } from '../evidence.ts';
import { deniedInFront, isDeniedInFront } from './denied-in-front.ts';
import type { Cause, Rule, Text } from './rule.ts';

function whoIsIt({ api }: Evidence): readonly (string | undefined)[] {
  return [
    api?.user && `the API server authenticates this token as ${api.user.username}`,
    api?.user && `groups: ${listed(api.user.groups)}`,
  ];
}

function isGranted(...granted: readonly string[]) {
  return ({ api }: Evidence) =>
    api?.permissions !== undefined && granted.includes(api.permissions.granted);
}

const grantFix: Text = ({ grantAccess, grantMore }) =>
  `ask a cluster administrator to run \`${grantAccess}\`, ${grantMore}`;

/** The first cause, since the administrator's rules are often for groups. */
const lostGroups: Cause = {
  id: 'groups-lost',
  when: (evidence) => {
    if (evidence.groups === undefined || evidence.groups.lost.length === 0) return undefined;
    return hasLostGroups(evidence) ? 'likely' : 'possible';
  },
  cause: ({ lostGroups: groups }) =>
    `groups of the identity token are lost at Dex, and the rules may be for them: ${groups}`,
  check: 'compare the claims in step subject-token with those in step dex-token',
  fix: ({ groupsFix }) => groupsFix,
};

const noGroups: Cause = {
  id: 'no-groups',
  when: (evidence) => {
    const { dexToken } = evidence;
    if (dexToken === undefined || hasLostGroups(evidence)) return undefined;
    return dexToken.user.groups.length === 0 ? 'likely' : undefined;
  },
  cause: 'the rules are for groups, but the token has no groups',
  check: 'see the claims in step dex-token, and whether --scope contains groups',
  fix: ({ groupsFix }) => groupsFix,
};

/** GitLab's user_email is a person, who is seldom the same in two pipelines. */
const otherPerson: Cause = {
  id: 'other-person',
  when: ({ subject, api }) => {
    const starter = textClaim(subject?.jwt, 'user_email');
    return starter !== undefined && starter === api?.user?.username ? 'possible' : undefined;
  },
  cause: ({ email }) =>
    `the user is the person who started the GitLab pipeline, here ${email}, and the rules are for another person`,
  check: 'see user_email in step subject-token',
  fix: ({ connector }) =>
    `grant access to the group of the project: set claimMapping.groups: namespace_path and allowedGroups in DexProvider ${connector}, and name the group in the rule`,
};

const otherSubject: Cause = {
  id: 'other-subject',
  when: ({ api }) =>
    /^repo:[^/:]+\/[^/:]+:/.test(api?.user?.username ?? '') ? 'possible' : undefined,
  cause:
    'the rules are for another form of this subject: newer repositories of GitHub and Forgejo have ids in it, and environment:NAME or pull_request can replace the branch',
  check: ({ email }) =>
    `\`d8 k get clusterauthorizationrules -o yaml\` lists the users of the rules; one must equal ${email}`,
  fix: grantFix,
};

/** Other claims are seldom meant for Dex: GitLab puts groups_direct into every token, if at all. */
function hasLostGroups({ groups }: Evidence): boolean {
  return groups !== undefined && groups.claim === 'groups' && groups.lost.length > 0;
}

/** Problems with what the user may do, once the API server has authenticated it. */
export const permissionRules: readonly Rule[] = [
  {
    id: 'api-forbidden',
    severity: 'failed',
    title: ({ email, access }) => `user ${email} is not allowed to ${access} (403 Forbidden)`,
    symptom: 'kubectl: Error from server (Forbidden): … User "…" cannot …',
    codes: ['api_forbidden'],
    applies: ({ api }) =>
      api?.access?.some(({ allowed }) => allowed === false) === true || api?.status === 403,
    evidence: (evidence) => [
      ...whoIsIt(evidence),
      ...(evidence.api?.access?.map(
        ({ verb, resource, allowed, reason }) =>
          `${verb} ${resource}: ${allowed === undefined ? 'not decided' : allowed ? 'allowed' : 'not allowed'}${reason === '' ? '' : ` (${reason})`}`,
      ) ?? []),
      evidence.api?.message || undefined,
    ],
    causes: [
      lostGroups,
      {
        id: 'rbac',
        when: (evidence) => {
          if (isDeniedInFront(evidence)) return 'possible';
          return hasLostGroups(evidence) ? 'likely' : 'certain';
        },
        cause: ({ email, groups }) =>
          `no authorization rule allows it for user ${email} or the groups ${groups}`,
        check: ({ canI, email }) =>
          `\`d8 k auth can-i ${canI} --as ${shellWord(email)}\` says no when a cluster administrator runs it, too`,
        log: 'the audit log of kube-apiserver: "authorization.k8s.io/decision":"forbid", with user and groups',
        fix: grantFix,
      },
      noGroups,
      otherPerson,
      otherSubject,
      deniedInFront,
    ],
  },
  {
    id: 'api-no-permissions',
    severity: 'warning',
    title: ({ email, namespace }) =>
      `user ${email} is authenticated, but has no permissions in namespace ${namespace}`,
    symptom: 'kubectl: Error from server (Forbidden) to every request',
    applies: isGranted('none', 'unlisted'),
    evidence: (evidence) => [
      ...whoIsIt(evidence),
      evidence.api?.permissions?.granted === 'unlisted'
        ? `it is not allowed to get pods; an authorizer does not list what it allows: ${evidence.api.permissions.reason}`
        : 'a SelfSubjectRulesReview lists nothing but what every authenticated user may do',
    ],
    causes: [
      lostGroups,
      {
        id: 'no-rule',
        when: () => 'likely',
        cause: ({ email, groups }) =>
          `no authorization rule is for user ${email} or the groups ${groups}`,
        check: ({ email }) =>
          `\`d8 k auth can-i --list --as ${shellWord(email)}\` lists nothing when a cluster administrator runs it, either`,
        fix: grantFix,
      },
      noGroups,
      otherPerson,
      otherSubject,
      {
        id: 'other-namespace',
        cause: 'the rules are for another namespace',
        check: 'the job works in another namespace than the one that is named here',
        fix: ({ contextFlags }) =>
          `run \`dexchange get-token${contextFlags} --explain -n NAMESPACE\` with the namespace of the job`,
      },
    ],
  },
  {
    id: 'api-permissions-unknown',
    severity: 'warning',
    title: ({ email }) => `it is not known what user ${email} is allowed to do`,
    symptom: 'the API server does not answer a SelfSubjectAccessReview or SelfSubjectRulesReview',
    applies: (evidence) =>
      isGranted('unknown')(evidence) ||
      evidence.api?.access?.some(({ allowed }) => allowed === undefined) === true,
    evidence: (evidence) => [
      ...whoIsIt(evidence),
      evidence.api?.permissions?.reason || undefined,
      ...(evidence.api?.access?.map(({ reason }) => reason || undefined) ?? []),
    ],
    causes: [
      {
        id: 'no-review',
        when: () => 'likely',
        cause: 'the API server does not let the user ask what it is allowed to do',
        check: ({ email }) =>
          `\`d8 k auth can-i --list --as ${shellWord(email)}\` shows it if a cluster administrator runs it`,
        fix: ({ contextFlags }) =>
          `run what the job runs, such as \`kubectl get pods${contextFlags}\`; bind ClusterRole system:basic-user to system:authenticated, as Kubernetes does by default`,
      },
    ],
  },
];
