import { isRecord } from '../json.ts';
import type { ClusterValue } from './cluster-value.ts';
import { field, items, list, text } from './object-fields.ts';

/** The fields of a DexProvider that matter for the methods. */
export interface DexProvider {
  readonly name: string;
  readonly type: string;
  /** Whether Dex can exchange access tokens of this provider. */
  readonly getUserInfo: boolean;
  readonly enableBasicAuth: boolean;
  /** The claim that Dex takes the groups from; without claimMapping.groups, it is `groups`. */
  readonly groupsClaim: string | undefined;
  /** Dex removes all other groups from the user; empty: none is removed. */
  readonly allowedGroups: readonly string[];
}

/** All DexProviders. */
export const dexProviders: ClusterValue<readonly DexProvider[]> = {
  title: 'the DexProviders',
  locations: [
    {
      name: 'dexproviders',
      path: '/apis/deckhouse.io/v1/dexproviders',
      permission: { verb: 'list', resource: 'dexproviders.deckhouse.io' },
      // The API server allows no other names; another server could send control characters.
      pick: (object) =>
        items(object)
          .map(dexProvider)
          .filter(({ name }) => isObjectName(name)),
    },
  ],
  missing: 'the API server does not know the kind DexProvider',
  ifMissing: 'check that module user-authn is enabled',
};

/** Whether Dex can exchange tokens of a provider (Dex 2.45.1: only with an OIDC connector). */
export function canExchange({ type }: DexProvider): boolean {
  return type === 'OIDC';
}

/** RFC 1123, as the API server requires of the names of objects. */
function isObjectName(name: string): boolean {
  return /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(name);
}

function dexProvider(object: unknown): DexProvider {
  // Each type of provider has its own field for its settings.
  const spec = field(object, 'spec');
  const settings = isRecord(spec) ? Object.values(spec).filter(isRecord) : [];
  return {
    name: text(field(object, 'metadata', 'name')) ?? '',
    type: text(field(object, 'spec', 'type')) ?? 'without a type',
    getUserInfo: settings.some((each) => each['getUserInfo'] === true),
    enableBasicAuth: settings.some((each) => each['enableBasicAuth'] === true),
    groupsClaim: text(field(spec, 'oidc', 'claimMapping', 'groups')),
    allowedGroups: list(field(spec, 'oidc', 'allowedGroups')).flatMap((group) => text(group) ?? []),
  };
}
