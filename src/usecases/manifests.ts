import { requireSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import type { AccessMethod } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import { grantOf, peopleAccess, ruleName } from '../inputs/manifest-access.ts';
import { providerSpec, usualGroupsClaim } from '../inputs/manifest-provider.ts';
import type { Secrets } from '../inputs/secrets.ts';
import { accessManifest } from '../kubernetes/manifests/access.ts';
import { dexClientManifest } from '../kubernetes/manifests/dex-client.ts';
import { dexProviderManifest } from '../kubernetes/manifests/dex-provider.ts';
import type { Manifest, NotedManifest } from '../kubernetes/manifests/manifest.ts';
import { serviceAccountManifests } from '../kubernetes/manifests/service-account.ts';
import { namespaceName, objectName } from '../kubernetes/names.ts';
import { field } from '../kubernetes/object-fields.ts';

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

/**
 * Adds a warning to each resource that can replace another one of its name, which --diff would show.
 * The others, such as a DexClient, set nothing that an existing one has.
 */
export function withOverwriteWarnings(
  manifests: readonly NotedManifest[],
  settings: Settings,
): readonly NotedManifest[] {
  return manifests.map(({ manifest, notes }) => {
    const loss = losses.get(manifest.kind);
    if (loss === undefined) return { manifest, notes };
    const text = `apply overwrites an existing one of this name, ${loss}.${groupsLoss(manifest, settings)} To see what would change, run the command that printed this with --diff first.`;
    return { manifest, notes: [{ at: [], text, warning: true }, ...notes] };
  });
}

/** A group named by a rule of an earlier run is lost with the claim that this run does not map. */
function groupsLoss({ kind, spec }: Manifest, settings: Settings): string {
  if (kind !== 'DexProvider' || field(spec, 'oidc', 'claimMapping', 'groups') !== undefined)
    return '';
  const claim = usualGroupsClaim(settings) ?? 'CLAIM';
  return ` It maps no groups: if a rule names groups of its tokens, add --groups-claim ${claim}.`;
}

const lostAccess = 'and the users and groups that only the old one names lose its access';

/** What overwriting a resource can do, by its kind. */
const losses: ReadonlyMap<string, string> = new Map([
  ['DexProvider', 'even if people log in with it'],
  ['ClusterAuthorizationRule', lostAccess],
  ['AuthorizationRule', lostAccess],
  ['ClusterRoleBinding', lostAccess],
  ['RoleBinding', lostAccess],
]);

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
