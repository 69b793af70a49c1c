import { requireSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import {
  displayNames,
  type ProviderKind,
  type ProviderSpec,
} from '../kubernetes/manifests/dex-provider.ts';
import type { ProviderGroups } from '../kubernetes/manifests/dex-provider-groups.ts';
import {
  issuerInTokens,
  type PublicIssuer,
  publicIssuer,
} from '../kubernetes/manifests/public-issuer.ts';
import { claimName, objectName, subjectName } from '../kubernetes/names.ts';
import type { Secret } from '../secret.ts';
import { groupNames } from './manifest-access.ts';
import { idpClientSecretNames, type Secrets } from './secrets.ts';

/**
 * What to generate the DexProvider of `--provider` from.
 * @param basicAuth whether Dex checks passwords with it
 * @throws DexchangeError setting_missing, setting_invalid, setting_conflict; for a secret from a
 *   file or command also setting_file_unreadable, setting_command_failed
 */
export async function providerSpec(
  settings: Settings,
  secrets: Secrets,
  basicAuth: boolean,
): Promise<ProviderSpec> {
  const kind = requireSetting(settings, 'provider') as ProviderKind;
  // These IdPs issue tokens to CI jobs, but cannot check the password of a user.
  if (basicAuth && (kind === 'gitlab' || kind === 'github')) {
    throw new DexchangeError('setting_invalid', `--provider ${kind} cannot check passwords`, {
      hint: 'set --provider to keycloak or oidc: Basic Auth needs an IdP that supports the password grant',
    });
  }
  const name = objectName(settings.value('connector-id') ?? kind, '--connector-id');
  const issuerUrl = issuerInTokens(issuerOf(settings, kind));
  const groups = groupsOf(settings, kind, issuerUrl);
  return {
    kind,
    name,
    displayName: settings.value('display-name') ?? displayNames[kind],
    issuerUrl,
    client: await clientOf(settings, secrets, basicAuth),
    basicAuth,
    groups,
  };
}

/** What to set `--idp-issuer-url` to. No issuer is assumed: any of these IdPs can be self-managed. */
const issuerHints: Readonly<Record<ProviderKind, string>> = {
  gitlab:
    'set the URL of your GitLab, such as --idp-issuer-url https://gitlab.example.com; for gitlab.com, set --idp-issuer-url https://gitlab.com',
  github:
    'set --idp-issuer-url https://token.actions.githubusercontent.com for github.com; GHE.com has --idp-issuer-url https://token.actions.SUBDOMAIN.ghe.com, and GitHub Enterprise Server https://HOSTNAME/_services/token',
  keycloak: 'set --idp-issuer-url to the URL of the realm: https://HOST/realms/REALM',
  oidc: 'set --idp-issuer-url to the issuer: the claim iss of its tokens',
};

function issuerOf(settings: Settings, kind: ProviderKind): string {
  const url = settings.value('idp-issuer-url');
  if (url !== undefined) return url;
  throw new DexchangeError(
    'setting_missing',
    `not set: --idp-issuer-url (the issuer of the tokens of --provider ${kind})`,
    { hint: issuerHints[kind] },
  );
}

/** The client at the IdP, which only logins and Basic Auth use. */
async function clientOf(
  settings: Settings,
  secrets: Secrets,
  basicAuth: boolean,
): Promise<{ readonly id: string; readonly secret: Secret } | undefined> {
  const isSet =
    settings.value('idp-client-id') !== undefined || secrets.isSet(idpClientSecretNames);
  if (!basicAuth && !isSet) return undefined;
  const id = requireSetting(settings, 'idp-client-id');
  return { id, secret: await secrets.get(idpClientSecretNames).value() };
}

/** The claims in which the job tokens of these IdPs always have a group. */
const groupsClaims: Partial<Readonly<Record<ProviderKind, string>>> = {
  gitlab: 'namespace_path',
  github: 'repository_owner',
};

function groupsOf(
  settings: Settings,
  kind: ProviderKind,
  issuerUrl: string,
): ProviderGroups | undefined {
  const groups = groupNames(settings);
  const allowed = settings
    .value('allowed-group')
    .map((name) => subjectName(name, '--allowed-group'));
  const anyProject = settings.value('allow-any-project');
  const named = settings.value('groups-claim');
  const given = named === undefined ? undefined : claimName(named, '--groups-claim');
  if (anyProject && allowed.length > 0) {
    throw new DexchangeError(
      'setting_conflict',
      '--allowed-group and --allow-any-project exclude each other',
      { hint: 'omit one of them' },
    );
  }
  const shared = publicIssuer(issuerUrl);
  const tenantClaims = anyProject ? undefined : shared?.tenantClaims;
  const members = [...groups, ...allowed];
  const claim = given ?? groupsClaims[kind];
  if (shared !== undefined && tenantClaims !== undefined) {
    if (members.length === 0) throw nobodyKeptOut(shared, tenantClaims, claim);
    if (claim !== undefined && !tenantClaims.includes(claim)) {
      throw new DexchangeError(
        'setting_conflict',
        `--groups-claim ${claim} does not keep strangers out: ${shared.who} gets tokens from this issuer, and can choose the value of that claim`,
        {
          hint: `set --groups-claim to one of ${tenantClaims.join(', ')}, or add --allow-any-project to accept every token`,
        },
      );
    }
  }
  if (given === undefined && members.length === 0) return undefined;
  if (claim === undefined) throw claimMissing(kind, shared);
  const isLimited = allowed.length > 0 || tenantClaims !== undefined;
  return { claim, allowed: isLimited ? [...new Set(members)] : [] };
}

function nobodyKeptOut(
  { who }: PublicIssuer,
  [usual]: readonly [string, ...string[]],
  claim: string | undefined,
): DexchangeError {
  const withClaim = claim === undefined ? ` --groups-claim ${usual}` : '';
  return new DexchangeError(
    'setting_missing',
    `nothing keeps strangers out: ${who} gets tokens from this issuer`,
    {
      hint: `add --allowed-group NAME${withClaim}, where NAME is the value of ${claim ?? usual} in the tokens of your projects, or --group NAME to grant access too; add --allow-any-project to accept every token`,
    },
  );
}

function claimMissing(kind: ProviderKind, issuer: PublicIssuer | undefined): DexchangeError {
  const usual = issuer?.tenantClaims?.[0];
  return new DexchangeError(
    'setting_missing',
    'not set: --groups-claim (the claim of the identity tokens that contains the groups)',
    {
      hint:
        kind === 'keycloak'
          ? 'add --groups-claim groups, and in Keycloak a Group Membership mapper with that claim name to the client, for userinfo and the ID token: by default, tokens have no groups'
          : usual === undefined
            ? 'add --groups-claim CLAIM: IdPs differ in the claim that contains groups; run `dexchange decode` on a token to see its claims'
            : `add --groups-claim ${usual}, the claim that every token of this issuer has`,
    },
  );
}
