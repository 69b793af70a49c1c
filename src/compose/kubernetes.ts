import type { Settings } from '../config/resolve.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/read.ts';
import { connectCluster } from '../platform/cluster-api.ts';
import { createDeadline } from '../platform/deadline.ts';
import type { CredentialMethod } from '../usecases/credential-method.ts';
import type { Runtime } from '../usecases/outside.ts';
import { serviceAccountMethod as recipe } from '../usecases/service-account-method.ts';

/**
 * The part of the composition root that knows kubeconfigs and the Kubernetes API: for method
 * service-account, and for commands. The client library is loaded by its first request.
 */
export function serviceAccountMethod(settings: Settings, runtime: Runtime): CredentialMethod {
  return recipe(settings, runtime, (context, timeoutMs) => connect(context, timeoutMs, runtime));
}

/** The Kubernetes API of a context, within a deadline that counts from the start of the process. */
export function connect(
  context: KubeconfigContext,
  timeoutMs: number,
  runtime: Pick<Runtime, 'env'>,
) {
  const deadline = createDeadline(timeoutMs, { now: () => performance.now() }, 0);
  return connectCluster(context, runtime.env, deadline);
}
