import { type AmbientSystem, variableValue } from './ambient-system.ts';
import type { CiAccount, CiTokenRequest } from './ci-token-request.ts';
import { mintedSource, requestedAudience } from './minted-source.ts';

const hostVariable = 'GCE_METADATA_HOST';
const defaultHost = 'metadata.google.internal';
const account = 'default';

const remedy =
  'attach a service account to the machine, node pool or service; on GKE, bind the Kubernetes ServiceAccount to one; in Cloud Build, specify one that has the role roles/iam.serviceAccountOpenIdTokenCreator';

/**
 * Google's metadata server, which identifies the caller by its network address: there is no credential
 * and no variable. On GKE, two pods of one node, and even of one host name, can have different accounts.
 * Therefore each call requests the token, which takes milliseconds, and the account's unique id in it
 * (`sub`) is part of the cache key. A plain virtual machine sets no variable that `auto` could detect;
 * there the user sets `--identity google`.
 */
export const google: AmbientSystem = {
  name: 'google',
  title: 'Google Cloud',
  variables: [],
  detectVariable: hostVariable,
  requestSummary: `GET http://${defaultHost}/computeMetadata/v1/instance/service-accounts/${account}/identity`,
  tokenLifetime: '1 hour',
  renewable: true,
  documentation: 'https://cloud.google.com/compute/docs/instances/verifying-instance-identity',
  tokenType: 'id_token',
  remedy: () => remedy,
  open(surroundings) {
    const { env } = surroundings;
    const audience = requestedAudience(surroundings, google.title);
    const host = variableValue(env, hostVariable) ?? defaultHost;
    const request: CiTokenRequest = {
      title: "Google's metadata server",
      method: 'GET',
      // `format=full` adds the account's email, which Dex requires.
      url: `http://${host}/computeMetadata/v1/instance/service-accounts/${account}/identity?audience=${encodeURIComponent(audience)}&format=full`,
      headers: [['metadata-flavor', 'Google']],
      answerHeader: ['metadata-flavor', 'Google'],
      remedy,
      unreachable: 'set --identity to another source: this one works on Google Cloud only',
    };
    let requested: Promise<CiAccount> | undefined;
    const requestOnce = (): Promise<CiAccount> => {
      requested ??= surroundings.requestAccount(request);
      return requested;
    };
    return {
      ...mintedSource(
        google,
        [host, account, audience, ...surroundings.machine()],
        request,
        surroundings,
      ),
      isAtHand: true,
      obtain: async () => (await requestOnce()).token,
      account: async () => (await requestOnce()).id,
    };
  },
};
