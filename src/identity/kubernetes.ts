import { readySecret, Secret } from '../secret.ts';
import { type AmbientSystem, audienceInHint } from './ambient-system.ts';
import { givenSource } from './given-source.ts';

/**
 * The path of a pod's projected token. It is a dedicated folder: the default token of a pod is
 * meant for the API server of its own cluster and must not be sent to any other server.
 */
export const projectedTokenPath = '/var/run/secrets/dexchange/token';

const unreadable = 'check defaultMode of the projected volume and fsGroup of the pod';

/**
 * A pod's projected ServiceAccount token. kubelet rotates the file, so each call reads it, and the
 * token itself is the cache key.
 */
export const kubernetes: AmbientSystem = {
  name: 'kubernetes',
  title: 'Kubernetes',
  variables: [],
  detectVariable: 'KUBERNETES_SERVICE_HOST',
  explicitKind: 'file',
  requestSummary: `reads ${projectedTokenPath}`,
  tokenLifetime:
    "the volume's expirationSeconds, by default 1 hour; rotated after 80 % of it or 24 hours",
  renewable: true,
  documentation: 'https://kubernetes.io/docs/concepts/storage/projected-volumes/',
  tokenType: 'id_token',
  missingBesidesVariables: ({ fileToken }) =>
    fileToken(projectedTokenPath, unreadable) === undefined
      ? `file ${projectedTokenPath}`
      : undefined,
  remedy: (surroundings) =>
    `mount a projected volume at /var/run/secrets/dexchange with serviceAccountToken: { path: token, audience: ${audienceInHint(surroundings)} }, or set --subject-token-file to another file`,
  open: ({ fileToken }) =>
    givenSource(
      'kubernetes',
      fileToken(projectedTokenPath, unreadable) ??
        readySecret(`file ${projectedTokenPath}`, new Secret('')),
      'mount the whole volume, without subPath: kubelet renews the file before the token expires, but not in a subPath mount',
    ),
};
