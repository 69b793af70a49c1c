import { DexchangeError } from '../errors.ts';
import { isoTime } from '../http/date.ts';
import { isRecord } from '../json.ts';
import { decodeJwt, numericDate } from '../jwt.ts';
import type { ApiResponse, KubernetesApi } from '../kubernetes/client/api.ts';
import { type CallTime, type ConnectPorts, connectContext } from '../kubernetes/client/connect.ts';
import { type ContextCredential, explainHint } from '../kubernetes/client/credential.ts';
import { foreignBody, isWrittenInFront } from '../kubernetes/client/foreign-body.ts';
import { pluginError } from '../kubernetes/client/plugin-failure.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/context.ts';
import { contextFlags } from '../kubernetes/kubeconfig/context-flags.ts';
import { reviewSelf, type SelfReview } from '../kubernetes/self-review.ts';
import type { Runtime } from '../ports.ts';
import { quoteId, quotePath } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { shellWord } from '../shell-word.ts';

/** As whom the API server authenticates a context. */
export interface WhoAmI {
  readonly context: string;
  readonly server: string;
  readonly credential: Pick<ContextCredential, 'kind' | 'origin' | 'expiresMs'>;
  /** The version of the API server, if known. */
  readonly version: string | undefined;
  readonly username: string;
  readonly groups: readonly string[];
}

/**
 * Requests the user of a kubeconfig context from its API server: `/version` first, as the DKP guide
 * *Access for CI/CD* verifies Basic Auth, then a SelfSubjectReview.
 * If a plugin fails that is dexchange, the error is that of the plugin.
 * @throws DexchangeError api_unauthorized, api_forbidden, api_refused, kubeconfig_*, server_*, and all
 *   errors of get-token
 */
export async function whoAmI(
  context: KubeconfigContext,
  time: CallTime,
  ports: ConnectPorts & Pick<Runtime, 'now'>,
  askMore: (api: KubernetesApi) => Promise<void> = async () => {},
): Promise<WhoAmI> {
  const { api, credential } = await connectContext(context, time, ports).catch((error: unknown) => {
    throw pluginError(error) ?? error;
  });
  try {
    const { version, user } = await authenticate(api, { context, credential, ports });
    await askMore(api);
    const { kind, origin, expiresMs } = credential;
    return {
      context: context.name,
      server: api.server,
      credential: { kind, origin, expiresMs },
      version,
      ...user,
    };
  } finally {
    await api.close();
  }
}

/** The context and credential, for error messages. */
interface Subject {
  readonly context: KubeconfigContext;
  readonly credential: ContextCredential;
  readonly ports: Pick<Runtime, 'now'>;
}

async function authenticate(
  api: KubernetesApi,
  subject: Subject,
): Promise<{ version: string | undefined; user: NonNullable<SelfReview['user']> }> {
  const version = await api.send({ method: 'GET', path: '/version' });
  const { status, message } = version;
  const foreign = status < 400 ? undefined : foreignBody(version);
  // Checked before the review, because a proxy in front of the API server denies both requests.
  if (status === 401 || (status === 403 && subject.credential.kind === 'password')) {
    throw denial({ status, message, foreign, user: undefined }, api, subject);
  }
  const review = await reviewSelf(api);
  const { user } = review;
  if (user === undefined || user.username === 'system:anonymous') {
    throw denial(review, api, subject);
  }
  return { version: versionOf(version, api), user };
}

/** The version in a response to `/version`; undefined if it is missing. */
export function versionOf({ json }: ApiResponse, api: KubernetesApi): string | undefined {
  const version = isRecord(json) ? json['gitVersion'] : undefined;
  return typeof version === 'string' ? api.clean(version, 60) : undefined;
}

/** The error for a credential that the API server does not accept. */
function denial(
  { status, message, foreign, user }: Omit<SelfReview, 'json'>,
  api: KubernetesApi,
  { context, credential, ports }: Subject,
): DexchangeError {
  const who = quoteId(context.name, 80);
  const reason = /^(?:unauthorized)?$/i.test(message) ? '' : `: ${message}`;
  const at = new URL(api.server).host;
  if (user?.username === 'system:anonymous' || /"system:anonymous"/.test(message)) {
    return new DexchangeError(
      'api_unauthorized',
      `${at} authenticates the caller as system:anonymous: ${credential.kind === 'none' ? `context ${who} has no credential` : `the ${credential.kind} of context ${who} did not arrive`}`,
      {
        hint: anonymousHint(credential, context),
      },
    );
  }
  if (credential.kind === 'password' && (status === 401 || status === 403)) {
    return new DexchangeError(
      status === 401 ? 'api_unauthorized' : 'api_forbidden',
      `${at} answers ${status} to the ${credential.origin}${reason}`,
      {
        hint:
          status === 401 && foreign === undefined
            ? anonymousHint(credential, context)
            : passwordHints[status],
      },
    );
  }
  if ((status === 401 || status === 403) && isWrittenInFront(foreign)) {
    return new DexchangeError(
      status === 401 ? 'api_unauthorized' : 'api_forbidden',
      `${at} denies the ${credential.kind} of context ${who} (${status}) with ${foreign}: not kube-apiserver answered, but something in front of it`,
      {
        hint: `allow this machine in the ingress, gateway or firewall in front of the API, or correct ${serverOf(context)}`,
      },
    );
  }
  if (status === 401) {
    return new DexchangeError(
      'api_unauthorized',
      `${at} does not accept the ${credential.kind} of context ${who} (401)${reason}`,
      { hint: unauthorizedHint(credential, context, ports.now().wallMs) },
    );
  }
  if (status === 403) {
    return new DexchangeError(
      'api_forbidden',
      `${at} authenticates the user of context ${who}, but does not let the user ask who it is (403)${reason}`,
      {
        hint: 'check the ClusterRoleBinding system:basic-user, which allows that to every authenticated user',
      },
    );
  }
  return new DexchangeError(
    'api_refused',
    `${at} answers ${status} to a SelfSubjectReview${reason}`,
    {
      hint:
        foreign !== undefined
          ? `correct ${serverOf(context)}: this is not a Kubernetes API, or a proxy or login page answers instead`
          : status === 404
            ? 'upgrade the cluster: its API server is older than 1.28, which has no SelfSubjectReview'
            : 'ask a cluster administrator to see the log of kube-apiserver',
    },
  );
}

function serverOf({ cluster }: KubeconfigContext): string {
  return `server of cluster ${quoteId(cluster.name, 80)} in the kubeconfig`;
}

/** The hint if the API server did not see the credential. */
function anonymousHint({ kind }: ContextCredential, context: KubeconfigContext): string {
  const isHeaderLost =
    'check whether an ingress or proxy drops the Authorization header or terminates TLS';
  switch (kind) {
    case 'none':
      return 'add a credential to the user entry of the kubeconfig: it has none';
    case 'password':
      return `set ${serverOf(context)} to the published API (publishAPI): this is probably the address of the API server itself, which ignores passwords; otherwise ${isHeaderLost}`;
    default:
      return isHeaderLost;
  }
}

// The responses of basic-auth-proxy, and their meaning in the DKP guide *Access for CI/CD*.
const passwordHints = {
  401: 'check that one DexProvider has enableBasicAuth: true and that publishAPI is on: no Basic header arrived, or Basic Auth is off; some versions answer so to a wrong password too',
  403: 'check the user name and password (basic-auth-proxy answers so if they are wrong), then RBAC: `d8 k get clusterauthorizationrule`',
} as const;

function unauthorizedHint(
  credential: ContextCredential,
  context: KubeconfigContext,
  nowMs: number,
): string {
  const { kind, authorization, expiresMs, isDexchange } = credential;
  const notBefore = notBeforeMs(authorization);
  if (notBefore !== undefined && notBefore > nowMs) {
    return `check the clock of the issuer of the token: it is not valid before ${isoTime(notBefore)}`;
  }
  if (expiresMs !== undefined && expiresMs <= nowMs) {
    return `get a new one: it expired at ${isoTime(expiresMs)}`;
  }
  if (isDexchange) return explainHint(context);
  switch (kind) {
    case 'client certificate':
      return 'the API server does not trust the CA that signed it for clients';
    case 'none':
      return 'add a credential to the user entry of the kubeconfig: it has none';
    default:
      return bearerHint(credential, context);
  }
}

/** The hint for a token that is valid by its own times, or that is not a JWT. */
function bearerHint(
  { kind, authorization }: ContextCredential,
  context: KubeconfigContext,
): string {
  const token = authorization?.reveal().replace(/^Bearer /, '') ?? '';
  if (decodeJwt(token) === undefined) {
    return 'replace the token: it is not a JWT, so it tells nothing about itself; it may be revoked, or for another cluster';
  }
  if (kind === 'plugin') {
    return 'pipe the output of the plugin to `dexchange decode`: the token may be for another issuer or audience, or revoked';
  }
  const { tokenFile } = context.user;
  const command =
    kind === 'token file' && tokenFile !== undefined
      ? `dexchange decode ${shellWord(quotePath(tokenFile))}`
      : `kubectl config view --raw --minify ${contextFlags(context)} -o jsonpath='{.users[0].user.token}' | dexchange decode`;
  return `check issuer and audience of the token, which may also be revoked: \`${command}\``;
}

/** The `nbf` claim of a bearer token that is a JWT, in milliseconds since the epoch. */
function notBeforeMs(authorization: Secret | undefined): number | undefined {
  const token = authorization?.reveal().replace(/^Bearer /, '') ?? '';
  const claims = decodeJwt(token)?.claims;
  const seconds = claims === undefined ? undefined : numericDate(claims, 'nbf');
  return seconds === undefined ? undefined : seconds * 1000;
}
