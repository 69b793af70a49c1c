import { requireSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import type { AccessMethod } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import { grantOf, peopleAccess, ruleName } from '../inputs/manifest-access.ts';
import { providerSpec } from '../inputs/manifest-provider.ts';
import type { Secrets } from '../inputs/secrets.ts';
import { accessManifest } from '../kubernetes/manifests/access.ts';
import { dexClientManifest } from '../kubernetes/manifests/dex-client.ts';
import { dexProviderManifest } from '../kubernetes/manifests/dex-provider.ts';
import type { NotedManifest } from '../kubernetes/manifests/manifest.ts';
import { serviceAccountManifests } from '../kubernetes/manifests/service-account.ts';
import { namespaceName, objectName } from '../kubernetes/names.ts';

/**
 * The resources that a method needs in the cluster, generated from the settings without a request.
 * @throws DexchangeError setting_missing, setting_invalid, setting_conflict; for a secret from a
 *   file or command also setting_file_unreadable, setting_command_failed
 */
export async function manifests(
  method: AccessMethod,
  settings: Settings,
  secrets: Secrets,
): Promise<readonly NotedManifest[]> {
  rejectUnusedFlags(method, settings);
  switch (method) {
    case 'token-exchange':
      return [
        dexClientManifest(
          objectName(settings.value('client-name'), '--client-name'),
          namespaceName(settings.value('client-namespace'), '--client-namespace'),
        ),
        ...(settings.value('provider') === undefined
          ? []
          : [dexProviderManifest(await providerSpec(settings, secrets, false))]),
        ...peopleManifests(settings),
      ];
    case 'service-account':
      return serviceAccount(settings);
    case 'basic-auth':
      return [
        dexProviderManifest(await providerSpec(settings, secrets, true)),
        ...peopleManifests(settings),
      ];
  }
}

/** Adds a warning to the first resource: apply overwrites existing objects, and --diff was not used. */
export function withOverwriteWarning(
  manifests: readonly NotedManifest[],
): readonly NotedManifest[] {
  const [first, ...others] = manifests;
  if (first === undefined) return manifests;
  const isProvider = manifests.some(({ manifest: { kind } }) => kind === 'DexProvider');
  const example = isProvider ? ', such as a DexProvider that people log in with' : '';
  const text = `apply overwrites fields of existing resources of these names${example}. To see what would change, run the command that printed this with --diff first.`;
  return [{ ...first, notes: [{ at: [], text, warning: true }, ...first.notes] }, ...others];
}

function peopleManifests(settings: Settings): readonly NotedManifest[] {
  const access = peopleAccess(settings);
  return access === undefined ? [] : [accessManifest(access)];
}

function serviceAccount(settings: Settings): readonly NotedManifest[] {
  const namespace = namespaceName(requireSetting(settings, 'namespace'), '--namespace');
  const name = objectName(requireSetting(settings, 'service-account'), '--service-account');
  const grant = grantOf(settings);
  const namespaced = settings.value('namespaced');
  return serviceAccountManifests({
    namespace,
    name,
    tokenSecret: settings.value('token-secret'),
    access:
      grant === undefined
        ? undefined
        : { name: ruleName(settings, grant, `${name}-access`), grant, namespaced },
  });
}

/** Flags that would change nothing, such as the namespace of access to the whole cluster. */
function rejectUnusedFlags(method: AccessMethod, settings: Settings): void {
  const isFlag = (name: 'kubeconfig' | 'context' | 'namespace'): boolean =>
    settings.found(name)?.origin.level === 'flag';
  for (const name of ['kubeconfig', 'context'] as const) {
    if (!isFlag(name) || settings.value('diff')) continue;
    throw new DexchangeError('setting_conflict', `--${name} has no effect without --diff`, {
      hint: `add --diff to compare with that cluster, or omit --${name}: without --diff, manifests sends no request`,
    });
  }
  if (method !== 'service-account' && isFlag('namespace') && !settings.value('namespaced')) {
    throw new DexchangeError('setting_conflict', '--namespace has no effect without --namespaced', {
      hint: 'add --namespaced to grant access to that namespace only, or omit --namespace',
    });
  }
  if (method !== 'token-exchange' || settings.value('provider') !== undefined) return;
  for (const name of ['groups-claim', 'allowed-group', 'allow-any-project'] as const) {
    const { level } = settings.found(name)?.origin ?? {};
    if (level === undefined || level === 'default') continue;
    throw new DexchangeError('setting_conflict', `--${name} has no effect without --provider`, {
      hint: `add --provider IDP to print the DexProvider too, or omit --${name}`,
    });
  }
}
