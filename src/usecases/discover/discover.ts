import type { Settings } from '../../config/resolve.ts';
import type { KubernetesApi } from '../../kubernetes/client/api.ts';
import type { Permission } from '../../kubernetes/cluster-value.ts';
import { reconcileCommand } from '../../kubernetes/grant.ts';
import { namespaceName, objectName } from '../../kubernetes/names.ts';
import {
  callerOf,
  readCluster,
  readElsewhere,
  requireDeckhouse,
} from '../../kubernetes/read-cluster.ts';
import { apiPart, dexPart } from './addresses.ts';
import { accountPart, clientPart } from './client.ts';
import type { Discovery, Read } from './discovery.ts';
import { groupPart } from './groups.ts';
import { permissionPart } from './permissions.ts';
import { providerPart } from './providers.ts';
import { accountOf, rulePart, ruleSubjects } from './rules.ts';

/**
 * Reads the values that users of the DKP guide *Access for CI/CD* read by hand, and checks the
 * prerequisites of the guide. A missing or forbidden value is part of the result, not an error.
 * @param publicRoots the public CAs as PEM, of which no client needs to be told
 * @throws DexchangeError api_*, server_*, setting_invalid, setting_missing
 */
export async function discover(
  settings: Settings,
  api: KubernetesApi,
  publicRoots: readonly string[],
): Promise<Discovery> {
  const client = {
    name: objectName(settings.value('client-name'), '--client-name'),
    namespace: namespaceName(settings.value('client-namespace'), '--client-namespace'),
  };
  const account = accountOf(settings);
  const subjects = ruleSubjects(settings, account);
  await requireDeckhouse(api, readElsewhere);
  const forbidden: Permission[] = [];
  const remember = (permissions: readonly Permission[]) => forbidden.push(...permissions);
  const read: Read = (wanted) => readCluster(api, wanted);
  const readAndRemember: Read = async (wanted) => {
    const result = await read(wanted);
    // What should stay forbidden has a hint of its own.
    if (!result.found && wanted.ifForbidden === undefined) {
      remember(leastPermissions(result.forbidden));
    }
    return result;
  };
  // One after the other, because a channel has one connection.
  const parts = [
    await apiPart(readAndRemember, publicRoots),
    await dexPart(readAndRemember, publicRoots),
    await clientPart(client, settings, readAndRemember, read),
    await providerPart(settings, readAndRemember),
    await accountPart(account, settings, readAndRemember),
    await rulePart(subjects, read, remember),
    await groupPart(subjects, settings, read),
    await permissionPart(api, client.namespace, account),
  ];
  return {
    values: parts.flatMap(({ values }) => values),
    checks: parts.flatMap(({ checks }) => checks),
    grant: forbidden.length === 0 ? undefined : reconcileCommand(forbidden, await callerOf(api)),
  };
}

/** Where a value can be in one object or in a list of all, such as Secrets, the object is enough at first. */
function leastPermissions(permissions: readonly Permission[]): readonly Permission[] {
  const ofObjects = permissions.filter(({ name }) => name !== undefined);
  return ofObjects.length > 0 ? ofObjects : permissions;
}
