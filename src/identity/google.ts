import { type AmbientSystem, present } from './ambient-system.ts';
import { mintedSource } from './minted-source.ts';

const hostVariable = 'GCE_METADATA_HOST';
const defaultHost = 'metadata.google.internal';
const account = 'default';

const remedy =
  'the machine, node pool or service needs a service account attached; on GKE the Kubernetes ServiceAccount must be bound to one';

/**
 * Google's metadata server, which knows the caller by his machine: no credential, no variable. The
 * cache key therefore names server, account, machine and boot. A plain machine sets no variable to
 * be recognised by, so there it is asked for by name.
 */
export const google: AmbientSystem = {
  name: 'google',
  title: 'Google Cloud',
  variables: [],
  sign: hostVariable,
  asks: `GET http://${defaultHost}/computeMetadata/v1/instance/service-accounts/${account}/identity`,
  life: '1 hour',
  renewable: true,
  documentation: 'https://cloud.google.com/compute/docs/instances/verifying-instance-identity',
  tokenType: 'id_token',
  remedy: () => remedy,
  open(surroundings) {
    const { env, audience } = surroundings;
    const host = present(env, hostVariable) ?? defaultHost;
    return mintedSource(
      google,
      [host, account, audience, ...surroundings.machine()],
      {
        title: "Google's metadata server",
        method: 'GET',
        // `full` adds the account's email, which Dex wants.
        url: `http://${host}/computeMetadata/v1/instance/service-accounts/${account}/identity?audience=${encodeURIComponent(audience)}&format=full`,
        headers: [['metadata-flavor', 'Google']],
        answerHeader: ['metadata-flavor', 'Google'],
        remedy,
        unreachable: 'this works on Google Cloud only; see --identity',
      },
      surroundings,
    );
  },
};
