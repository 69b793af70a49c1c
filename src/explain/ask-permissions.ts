import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import { type ResourceAccess, resourceAccess, reviewAccess } from '../kubernetes/access-review.ts';
import type { KubernetesApi } from '../kubernetes/client/api.ts';
import { reviewRules } from '../kubernetes/rules-review.ts';
import type { AccessAnswer, ApiRecord, Permissions } from './api-record.ts';

/** What to ask the API server about the permissions of the user. */
export interface PermissionQuestion {
  /** Of `--can-i`; empty if the user did not ask. */
  readonly actions: readonly Action[];
  readonly namespace: string;
}

interface Action {
  readonly verb: string;
  readonly resource: string;
  readonly attributes: ResourceAccess;
}

/**
 * Reads the question from `--can-i`, which can be repeated, and `--namespace`.
 * @param words the words after `get-token`, which complete the last `--can-i`
 * @throws DexchangeError setting_invalid
 */
export function permissionQuestion(
  settings: Settings,
  words: readonly string[],
  contextNamespace: string | undefined,
): PermissionQuestion {
  const given = settings.value('can-i');
  const namespace = settings.value('namespace') ?? contextNamespace;
  const actions = given.map((text, index): Action => {
    // As in kubectl, the quotes are optional: without them, the resource is a separate word.
    const more = index === given.length - 1 ? words : [];
    const [verb, resource, rest] = [text, ...more].join(' ').trim().split(/\s+/);
    if (!verb || !resource || rest !== undefined) {
      throw new DexchangeError('setting_invalid', '--can-i needs a verb and a resource', {
        hint: "write --can-i 'get pods', or --can-i 'get deployments.apps' to name the API group; repeat the flag to ask more",
      });
    }
    return { verb, resource, attributes: resourceAccess(verb, resource, namespace) };
  });
  return { actions, namespace: namespace ?? 'default' };
}

/**
 * Asks what the user may do: each action of the question, or, if there is none, whether RBAC grants
 * the user anything.
 * @throws DexchangeError server_*, proxy_failed, url_insecure
 */
export async function askPermissions(
  api: KubernetesApi,
  { actions, namespace }: PermissionQuestion,
): Promise<Pick<ApiRecord, 'access' | 'permissions'>> {
  if (actions.length === 0) return { permissions: await permissionsIn(api, namespace) };
  const access: AccessAnswer[] = [];
  for (const { verb, resource, attributes } of actions) {
    const { allowed, reason } = await reviewAccess(api, attributes);
    access.push({ verb, resource, allowed, reason });
  }
  return { access };
}

async function permissionsIn(api: KubernetesApi, namespace: string): Promise<Permissions> {
  const { status, grantsSomething, isComplete, reason } = await reviewRules(api, namespace);
  if (grantsSomething) return { namespace, granted: 'some', reason: '' };
  if (isComplete) return { namespace, granted: 'none', reason: '' };
  if (status !== 201) return { namespace, granted: 'unknown', reason };
  // A webhook authorizer, which Deckhouse can have, decides but lists nothing.
  const pods = await reviewAccess(api, resourceAccess('get', 'pods', namespace));
  if (pods.allowed === undefined) return { namespace, granted: 'unknown', reason };
  return { namespace, granted: pods.allowed ? 'some' : 'unlisted', reason };
}
