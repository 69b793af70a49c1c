import { isRecord } from '../json.ts';
import type { KubernetesApi } from './client/api.ts';

/** What the authorizers of the API server list for the caller in a namespace. */
export interface RulesReview {
  /** 201 if the API server answered; otherwise nothing is known. */
  readonly status: number;
  /** Whether a rule allows something that not every authenticated user may do. */
  readonly grantsSomething: boolean;
  /** False if an authorizer, such as a webhook, cannot list its rules. */
  readonly isComplete: boolean;
  /** Why the list is not complete, in the words of the server, or ''. */
  readonly reason: string;
}

/**
 * Requests the rules that apply to the caller in a namespace (SelfSubjectRulesReview,
 * authorization.k8s.io/v1). A webhook authorizer lists no rules, so what it allows or denies is not
 * in the answer.
 * @throws DexchangeError server_*, proxy_failed, url_insecure
 */
export async function reviewRules(api: KubernetesApi, namespace: string): Promise<RulesReview> {
  const { status, message, json } = await api.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectRulesReview',
      spec: { namespace },
    },
  });
  const result = isRecord(json) && isRecord(json['status']) ? json['status'] : {};
  const { resourceRules, incomplete, evaluationError } = result;
  const isAnswered = status === 201 && Array.isArray(resourceRules);
  return {
    status,
    grantsSomething: isAnswered && resourceRules.some((rule) => !isForEveryone(rule)),
    isComplete: isAnswered && incomplete !== true,
    reason:
      typeof evaluationError === 'string' && evaluationError !== ''
        ? api.clean(evaluationError)
        : message,
  };
}

const reviewGroups: readonly unknown[] = ['authentication.k8s.io', 'authorization.k8s.io'];

/** ClusterRole system:basic-user lets every authenticated user review itself, and nothing else. */
function isForEveryone(rule: unknown): boolean {
  if (!isRecord(rule)) return true;
  const { apiGroups, resources } = rule;
  return (
    Array.isArray(apiGroups) &&
    apiGroups.every((group) => reviewGroups.includes(group)) &&
    Array.isArray(resources) &&
    resources.every((resource) => /^selfsubject/.test(String(resource)))
  );
}
