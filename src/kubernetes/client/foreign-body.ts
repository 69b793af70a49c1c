import { isKubernetesStatus } from '../../http/kubernetes-status.ts';
import { isRecord } from '../../json.ts';
import type { ApiResponse } from './api.ts';

/**
 * Describes the body of an error response that kube-apiserver did not write: it answers with a Status
 * object, even to a resource that it does not know in an API group that it knows.
 * @returns `an HTML page titled "Sign in"`, `plain text`; undefined for a Status object
 */
export function foreignBody({
  json,
  message,
}: Pick<ApiResponse, 'json' | 'message'>): string | undefined {
  if (isKubernetesStatus(json)) return undefined;
  if (isRecord(json)) return 'JSON that is not of Kubernetes';
  if (message === '') return 'a body that is not JSON';
  return isWebPage(message) ? message : 'plain text';
}

/** Whether the message of a response describes a web page, which kube-apiserver never sends. */
export function isWebPage(message: string): boolean {
  return message.startsWith('an HTML page');
}

/**
 * Whether something in front of kube-apiserver wrote a body, by what `foreignBody` says of it. JSON tells
 * nothing, as a proxy may translate a denial of kube-apiserver.
 */
export function isWrittenInFront(foreign: string | undefined): foreign is string {
  return foreign !== undefined && !foreign.startsWith('JSON');
}
