import { requireSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import type { AccessMethod } from '../config/setting.ts';
import { DexchangeError } from '../errors.ts';
import { idpClientSecretNames, type Secrets } from '../inputs/secrets.ts';
import type { Grant, Subject } from '../kubernetes/manifests/access.ts';
import { accessManifest } from '../kubernetes/manifests/access.ts';
import { dexClientManifest } from '../kubernetes/manifests/dex-client.ts';
import {
  dexProviderManifest,
  displayNames,
  knownIssuers,
  type ProviderKind,
} from '../kubernetes/manifests/dex-provider.ts';
import type { NotedManifest } from '../kubernetes/manifests/manifest.ts';
import { serviceAccountManifests } from '../kubernetes/manifests/service-account.ts';
import { namespaceName, objectName, roleName, subjectName } from '../kubernetes/names.ts';

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
  switch (method) {
    case 'token-exchange':
      return [
        dexClientManifest(
          objectName(settings.value('client-name'), '--client-name'),
          namespaceName(settings.value('client-namespace'), '--client-namespace'),
        ),
        ...(settings.value('provider') === undefined
          ? []
          : [await provider(settings, secrets, false)]),
        ...peopleAccess(settings),
      ];
    case 'service-account':
      return serviceAccount(settings);
    case 'basic-auth':
      return [await provider(settings, secrets, true), ...peopleAccess(settings)];
  }
}

function serviceAccount(settings: Settings): readonly NotedManifest[] {
  const namespace = namespaceName(requireSetting(settings, 'namespace'), '--namespace');
  const name = objectName(requireSetting(settings, 'service-account'), '--service-account');
  const grant = grantOf(settings);
  return serviceAccountManifests({
    namespace,
    name,
    tokenSecret: settings.value('token-secret'),
    access:
      grant === undefined
        ? undefined
        : { name: ruleName(settings, grant, `${name}-access`), grant },
  });
}

async function provider(
  settings: Settings,
  secrets: Secrets,
  basicAuth: boolean,
): Promise<NotedManifest> {
  const kind = requireSetting(settings, 'provider') as ProviderKind;
  // These IdPs issue tokens to CI jobs, but cannot check the password of a user.
  const jobsOnly = kind === 'gitlab' || kind === 'github';
  if (basicAuth && jobsOnly) {
    throw new DexchangeError('setting_invalid', `--provider ${kind} cannot check passwords`, {
      hint: 'set --provider to keycloak or oidc: Basic Auth needs an IdP with the password grant',
    });
  }
  return dexProviderManifest({
    kind,
    name: objectName(settings.value('connector-id') ?? kind, '--connector-id'),
    displayName: settings.value('display-name') ?? displayNames[kind],
    issuerUrl:
      settings.value('idp-issuer-url') ??
      knownIssuers[kind] ??
      requireSetting(settings, 'idp-issuer-url'),
    clientId: jobsOnly
      ? settings.value('idp-client-id')
      : requireSetting(settings, 'idp-client-id'),
    clientSecret: secrets.isSet(idpClientSecretNames)
      ? await secrets.get(idpClientSecretNames).value()
      : undefined,
    basicAuth,
  });
}

/** The resource that grants access to users and groups; none if no user, group or access is set. */
function peopleAccess(settings: Settings): readonly NotedManifest[] {
  const subjects: Subject[] = [
    ...settings
      .value('user')
      .map((name) => ({ kind: 'User', name: subjectName(name, '--user') }) as const),
    ...settings
      .value('group')
      .map((name) => ({ kind: 'Group', name: subjectName(name, '--group') }) as const),
  ];
  const grant = grantOf(settings);
  if (grant === undefined && subjects.length === 0) return [];
  if (subjects.length === 0) {
    throw new DexchangeError('setting_missing', `${grantFlag(settings)} needs a subject`, {
      hint: 'add --user EMAIL (the email in the token) or --group NAME',
    });
  }
  if (grant === undefined) {
    throw new DexchangeError('setting_missing', '--user and --group need the access to grant', {
      hint: 'add --access-level LEVEL, or --clusterrole NAME in the experimental role model',
    });
  }
  return [accessManifest(ruleName(settings, grant, 'ci-access'), subjects, grant)];
}

function grantFlag(settings: Settings): string {
  return settings.value('access-level') === undefined ? '--clusterrole' : '--access-level';
}

function grantOf(settings: Settings): Grant | undefined {
  const accessLevel = settings.value('access-level');
  const clusterRole = settings.value('clusterrole');
  const portForwarding = settings.value('port-forwarding');
  if (portForwarding && accessLevel === undefined) {
    throw new DexchangeError('setting_conflict', '--port-forwarding needs --access-level', {
      hint: 'add --access-level LEVEL: port forwarding is a field of the ClusterAuthorizationRule, while a ClusterRole contains its own permissions',
    });
  }
  if (accessLevel !== undefined) return { accessLevel, portForwarding };
  if (clusterRole === undefined) return undefined;
  return { clusterRole: roleName(clusterRole, '--clusterrole') };
}

function ruleName(settings: Settings, grant: Grant, preset: string): string {
  const name = settings.value('rule-name') ?? preset;
  return 'clusterRole' in grant ? roleName(name, '--rule-name') : objectName(name, '--rule-name');
}
