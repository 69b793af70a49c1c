import { readySecret } from '../deferred-secret.ts';
import { Secret } from '../secret.ts';
import type { AmbientSystem } from './ambient-system.ts';
import { givenSource } from './given-source.ts';

/**
 * Where a pod's projected token is looked for. A folder of our own: the token that every pod has
 * is for the API server of its own cluster, and must not be sent to anybody else.
 */
export const projectedTokenPath = '/var/run/secrets/dexchange/token';

/**
 * A pod's projected ServiceAccount token. kubelet rotates the file, so it is read on each call and
 * is its own cache key.
 */
export const kubernetes: AmbientSystem = {
  name: 'kubernetes',
  title: 'Kubernetes',
  variables: [],
  sign: 'KUBERNETES_SERVICE_HOST',
  place: 'file',
  asks: `nobody: reads ${projectedTokenPath}`,
  life: 'expirationSeconds of the volume, 1 hour by default; rotated at 80 % of it',
  renewable: true,
  documentation: 'https://kubernetes.io/docs/concepts/storage/projected-volumes/',
  tokenType: 'id_token',
  alsoLacks: ({ projectedToken }) =>
    projectedToken(projectedTokenPath) === undefined ? `file ${projectedTokenPath}` : undefined,
  remedy: ({ audience }) =>
    `mount a projected volume at /var/run/secrets/dexchange with serviceAccountToken: { path: token, audience: ${JSON.stringify(audience)} }, or name another file by --subject-token-file`,
  open: ({ projectedToken }) =>
    givenSource(
      'kubernetes',
      projectedToken(projectedTokenPath) ??
        readySecret(`file ${projectedTokenPath}`, new Secret('')),
      'kubelet rotates the file before it expires: see whether it is mounted by subPath, which is never updated',
    ),
};
