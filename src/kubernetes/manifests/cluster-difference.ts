import type { KubernetesApi } from '../client/api.ts';
import type { ClusterValue } from '../cluster-value.ts';
import { readCluster, requireDeckhouse, selectCluster } from '../read-cluster.ts';
import { type FieldChange, fieldChanges, obstacle } from './difference.ts';
import { type Manifest, manifestTitle, type NotedManifest } from './manifest.ts';

/** What applying one manifest would do to a cluster. */
export interface ManifestDifference {
  readonly manifest: Manifest;
  readonly state: 'new' | 'unchanged' | 'changed';
  /** Empty unless the state is `changed`. */
  readonly changes: readonly FieldChange[];
  /** Why the API server would reject the change, and what to do. */
  readonly obstacle?: string | undefined;
}

/**
 * Compares manifests with the objects of the same names in a cluster; changes nothing.
 * @throws DexchangeError api_forbidden if one of them may not be read, other api_*, server_*
 */
export async function manifestDifferences(
  manifests: readonly NotedManifest[],
  api: KubernetesApi,
): Promise<readonly ManifestDifference[]> {
  if (manifests.some(({ manifest }) => manifest.apiVersion.startsWith('deckhouse.io/'))) {
    await requireDeckhouse(api, selectCluster);
  }
  const differences: ManifestDifference[] = [];
  for (const { manifest } of manifests) {
    const existing = await readCluster(api, objectOf(manifest));
    if (existing.found) {
      const changes = fieldChanges(manifest, existing.value);
      const state = changes.length === 0 ? 'unchanged' : 'changed';
      differences.push({
        manifest,
        state,
        changes,
        obstacle: obstacle(manifest, existing.value),
      });
    } else if (existing.error.code === 'api_missing') {
      differences.push({ manifest, state: 'new', changes: [] });
    } else {
      throw existing.error;
    }
  }
  return differences;
}

function objectOf(manifest: Manifest): ClusterValue<unknown> {
  const { apiVersion, kind, metadata } = manifest;
  const { name, namespace } = metadata;
  // The kinds that manifests have form their plural like this.
  const plural = `${kind.toLowerCase()}s`;
  const [group = '', version] = apiVersion.split('/');
  const folder = version === undefined ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return {
    title: manifestTitle(manifest),
    locations: [
      {
        name: `${kind.toLowerCase()} ${namespace === undefined ? '' : `${namespace}/`}${name}`,
        path: `${folder}${scope}/${plural}/${encodeURIComponent(name)}`,
        permission: {
          verb: 'get',
          resource: version === undefined ? plural : `${plural}.${group}`,
          name,
          ...(namespace === undefined ? {} : { namespace }),
        },
        pick: (object) => object,
      },
    ],
    ifMissing: '',
  };
}
