import type { Settings } from './config/resolve.ts';
import type { KubeconfigContext } from './kubernetes/kubeconfig/read.ts';
import { connectCluster } from './platform/cluster-api.ts';
import { createDeadline } from './platform/deadline.ts';
import type { Outside } from './usecases/outside.ts';
import { serviceAccountRecipe as recipe } from './usecases/service-account-recipe.ts';
import type { TokenRecipe } from './usecases/token-recipe.ts';

/**
 * The part of the composition root that knows kubeconfigs and the Kubernetes API: for method
 * service-account, and for commands. The client library is loaded by its first request.
 */
export function serviceAccountRecipe(settings: Settings, outside: Outside): TokenRecipe {
  return recipe(settings, outside, (context, timeoutMs) => connect(context, timeoutMs, outside));
}

/** The Kubernetes API of a context, within a deadline that counts from the start of the process. */
export function connect(
  context: KubeconfigContext,
  timeoutMs: number,
  outside: Pick<Outside, 'env'>,
) {
  const deadline = createDeadline(timeoutMs, { now: () => performance.now() }, 0);
  return connectCluster(context, outside.env, deadline);
}
