import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import { jsonObject, textField } from '../http/json-body.ts';
import { adminContext } from '../inputs/kubeconfig.ts';
import { apiTarget } from '../kubernetes/client/connection.ts';
import {
  type ContextCredential,
  type CredentialOutside,
  contextCredential,
  explainHint,
} from '../kubernetes/client/credential.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/read.ts';
import { apiGet, messageOf, reviewSelf, type SelfReview } from '../kubernetes/self-review.ts';
import { sanitize } from '../sanitize.ts';
import { withApi } from './ask-api.ts';
import type { OpenChannel } from './http-channel.ts';
import type { Runtime } from './outside.ts';

/** Who a context is to its API server. */
export interface WhoAmI {
  readonly context: string;
  readonly paths: readonly string[];
  readonly server: string;
  readonly credential: Pick<ContextCredential, 'kind' | 'origin' | 'endsMs'>;
  /** Of the API server; undefined if it does not say. */
  readonly version: string | undefined;
  readonly username: string;
  readonly groups: readonly string[];
}

export type WhoAmIOutside = Runtime & CredentialOutside & { readonly openChannel: OpenChannel };

/**
 * Asks the API server of a kubeconfig context who its user is: `/version` first, as the
 * administrator's page verifies Basic Auth, then a SelfSubjectReview.
 * @throws DexchangeError api_unauthorized, api_forbidden, api_refused, kubeconfig_*, server_*
 */
export async function whoAmI(settings: Settings, runtime: WhoAmIOutside): Promise<WhoAmI> {
  const timeoutMs = settings.value('timeout');
  const { context, paths } = adminContext(settings, runtime);
  const kubeconfig = `context ${sanitize(context.name, { maxChars: 80 })}`;
  const target = apiTarget(context.cluster.fields, context.user.fields, kubeconfig, runtime);
  const credential = await contextCredential(
    context,
    target.clientCertificatePem,
    timeoutMs,
    runtime,
  );
  const { clientCertificatePem, clientKeyPem, authorization } = credential;
  const proven =
    clientCertificatePem === undefined ? target : { ...target, clientCertificatePem, clientKeyPem };
  return withApi(proven, runtime.env, timeoutMs, runtime.openChannel, async (send) => {
    const { server } = target;
    const version = await send(apiGet(server, authorization, '/version'));
    // Judged before the review: what stands before the API server answers for all of it alike.
    if (version.status === 401 || (version.status === 403 && credential.kind === 'password')) {
      throw refusal(version.status, messageOf(version), credential, context, server, runtime);
    }
    const review = await reviewSelf(server, authorization, send);
    if (review.user === undefined || review.user.username === 'system:anonymous') {
      throw refusal(review.status, review.message, credential, context, server, runtime, review);
    }
    const { kind, origin, endsMs } = credential;
    const known = textField(jsonObject(version) ?? {}, 'gitVersion');
    return {
      context: context.name,
      paths,
      server,
      credential: { kind, origin, endsMs },
      version: known === undefined ? undefined : sanitize(known, { maxChars: 60 }),
      ...review.user,
    };
  });
}

function refusal(
  status: number,
  message: string,
  credential: ContextCredential,
  context: KubeconfigContext,
  server: string,
  runtime: Runtime,
  review?: SelfReview,
): DexchangeError {
  const who = sanitize(context.name, { maxChars: 80 });
  const said = message === '' || message === 'Unauthorized' ? '' : `: ${message}`;
  const at = new URL(server).host;
  const isAnonymous =
    review?.user?.username === 'system:anonymous' || /"system:anonymous"/.test(message);
  if (isAnonymous) {
    return new DexchangeError(
      'api_unauthorized',
      `${at} takes the caller for system:anonymous: the ${credential.kind} of context ${who} did not arrive`,
      {
        hint:
          credential.kind === 'none'
            ? 'the user entry of the kubeconfig has no credential'
            : 'see whether an ingress or proxy drops the Authorization header or ends TLS',
      },
    );
  }
  if (credential.kind === 'password' && (status === 401 || status === 403)) {
    return new DexchangeError(
      status === 401 ? 'api_unauthorized' : 'api_forbidden',
      `${at} answers ${status} to the ${credential.origin}${said}`,
      { hint: passwordHints[status] },
    );
  }
  if (status === 401) {
    return new DexchangeError(
      'api_unauthorized',
      `${at} does not accept the ${credential.kind} of context ${who} (401)${said}`,
      { hint: unauthorizedHint(credential, context, runtime) },
    );
  }
  if (status === 403) {
    return new DexchangeError(
      'api_forbidden',
      `${at} knows the user of context ${who}, who may not ask who he is (403)${said}`,
      {
        hint: 'the ClusterRoleBinding system:basic-user allows that to every authenticated user: see whether it was changed',
      },
    );
  }
  return new DexchangeError(
    'api_refused',
    `${at} answers ${status} to a SelfSubjectReview${said}`,
    {
      hint:
        status === 404
          ? 'the API server is older than 1.28, or the URL is not that of a Kubernetes API'
          : 'is it a Kubernetes API?',
    },
  );
}

// basic-auth-proxy's own, and what the administrator's page says of them.
const passwordHints = {
  401: 'no Basic header arrived, or Basic Auth is not enabled: one DexProvider needs enableBasicAuth: true, and publishAPI must be on; some versions answer so to a wrong password too',
  403: 'the user name or password is wrong (basic-auth-proxy answers so), or the user is known and RBAC allows him nothing: compare with d8 k get clusterauthorizationrule',
} as const;

function unauthorizedHint(
  credential: ContextCredential,
  context: KubeconfigContext,
  runtime: Runtime,
): string {
  const { kind, endsMs, isOurs } = credential;
  if (endsMs !== undefined && endsMs <= runtime.now().wallMs) {
    return `it ended at ${new Date(endsMs).toISOString().replace(/\.\d+Z$/, 'Z')}: get a new one`;
  }
  if (isOurs) return explainHint(context);
  switch (kind) {
    case 'client certificate':
      return 'the CA that signed it is not the one that the API server trusts for clients';
    case 'none':
      return 'the user entry of the kubeconfig has no credential';
    default:
      return 'it was revoked, or is of another cluster, or for another audience: dexchange decode says what a token holds';
  }
}
