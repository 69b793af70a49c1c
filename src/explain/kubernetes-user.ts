import { audiences, type JwtClaims } from '../jwt.ts';

/** The user that kube-apiserver reads from a token, and its objections to the token. */
export interface KubernetesUser {
  /** Undefined if the token names no user. */
  readonly username: string | undefined;
  readonly groups: readonly string[];
  readonly audiences: readonly string[];
  /** Reasons, or possible reasons, for a 401. */
  readonly objections: readonly Objection[];
}

export interface Objection {
  readonly kind:
    | 'audience'
    | 'no-email'
    | 'email-unverified'
    | 'no-name'
    | 'reserved-user'
    | 'reserved-group';
  /** False if it depends on the API server's configuration. */
  readonly certain: boolean;
  readonly text: string;
}

/**
 * Reads claims like kube-apiserver in the configuration of Deckhouse: the user is `email`, `email_verified`
 * must be true if it is present, the groups are `groups`, the audience is `kubernetes`, and names that
 * begin with `system:` are rejected. A ServiceAccount token names its ServiceAccount.
 * @param wantedAudience the audience that the API server accepts, `kubernetes` in Deckhouse
 */
export function kubernetesUser(claims: JwtClaims, wantedAudience: string): KubernetesUser {
  const list = audiences(claims);
  const account = serviceAccount(claims);
  if (account !== undefined) return { ...account, audiences: list, objections: [] };
  const { email, name } = claims;
  const username = typeof email === 'string' && email !== '' ? email : undefined;
  const groups = textList(claims['groups']);
  const objections: Objection[] = [];
  const object = (kind: Objection['kind'], certain: boolean, text: string): void => {
    objections.push({ kind, certain, text });
  };
  if (!list.includes(wantedAudience)) {
    object('audience', true, `aud does not contain ${wantedAudience}`);
  }
  if (username === undefined) object('no-email', true, 'the email claim is missing');
  if (claims['email_verified'] !== undefined && claims['email_verified'] !== true) {
    object('email-unverified', true, 'email_verified is not true');
  }
  if (typeof name !== 'string' || name === '') {
    object('no-name', false, 'the name claim is missing, which the API server may require');
  }
  if (username?.startsWith('system:')) {
    object('reserved-user', true, 'the user name begins with system:, which is reserved');
  }
  if (groups.some((group) => group.startsWith('system:'))) {
    object('reserved-group', true, 'a group begins with system:, which is reserved');
  }
  return { username, groups, audiences: list, objections };
}

/** ServiceAccount tokens name their user in `sub` (Kubernetes, serviceaccount.MakeUsername). */
function serviceAccount(
  claims: JwtClaims,
): { readonly username: string; readonly groups: readonly string[] } | undefined {
  const { sub } = claims;
  if (typeof sub !== 'string') return undefined;
  const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(sub) ?? [];
  if (namespace === undefined) return undefined;
  return {
    username: sub,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
}

function textList(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
