import { type ResourceAccess, reviewAccess } from '../../kubernetes/access-review.ts';
import type { KubernetesApi } from '../../kubernetes/client/api.ts';
import type { Check, Part } from './discovery.ts';
import type { Account } from './rules.ts';

/** An action of an administrator, and the permission that it requires. */
interface Action {
  readonly what: string;
  readonly access: ResourceAccess;
}

function actions(clientNamespace: string, account: Account | undefined): readonly Action[] {
  const create = { verb: 'create', group: 'deckhouse.io' };
  return [
    {
      what: 'create a DexClient',
      access: { ...create, resource: 'dexclients', namespace: clientNamespace },
    },
    {
      what: 'give it the annotation (update ModuleConfig user-authn)',
      access: { ...create, verb: 'update', resource: 'moduleconfigs', name: 'user-authn' },
    },
    { what: 'create a DexProvider', access: { ...create, resource: 'dexproviders' } },
    {
      what: 'create a ClusterAuthorizationRule',
      access: { ...create, resource: 'clusterauthorizationrules' },
    },
    {
      what:
        account === undefined
          ? 'create tokens of ServiceAccounts'
          : `create tokens of ServiceAccount ${account.namespace}/${account.name}`,
      access: {
        ...create,
        group: '',
        resource: 'serviceaccounts',
        subresource: 'token',
        ...(account ?? {}),
      },
    },
  ];
}

/** Whether the user of the kubeconfig may do what an administrator does for the methods. */
export async function permissionPart(
  api: KubernetesApi,
  clientNamespace: string,
  account: Account | undefined,
): Promise<Part> {
  const checks: Check[] = [];
  for (const action of actions(clientNamespace, account)) {
    checks.push(await permissionCheck(api, action));
  }
  return { values: [], checks };
}

async function permissionCheck(api: KubernetesApi, { what, access }: Action): Promise<Check> {
  const { allowed } = await reviewAccess(api, access);
  if (allowed === undefined) {
    return {
      name: 'permission',
      state: 'unknown',
      text: `the API server does not say whether you may ${what}`,
    };
  }
  return allowed
    ? { name: 'permission', state: 'ok', text: `you may ${what}` }
    : { name: 'permission', state: 'missing', text: `you may not ${what}` };
}
