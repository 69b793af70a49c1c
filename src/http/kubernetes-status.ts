import { isRecord } from '../json.ts';

/**
 * Whether a JSON value is the object with which the Kubernetes API reports an error (metav1.Status). A
 * proxy, Dex or an IdP never sends it.
 */
export function isKubernetesStatus(json: unknown): boolean {
  return isRecord(json) && json['kind'] === 'Status';
}
