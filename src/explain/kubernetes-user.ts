import { audiences, type JwtClaims } from '../jwt.ts';

/** Whom kube-apiserver would take the bearer of a token for, and what it would refuse. */
export interface KubernetesUser {
  /** Undefined if it can make no user of the token. */
  readonly username: string | undefined;
  readonly groups: readonly string[];
  readonly audiences: readonly string[];
  /** Each a reason for 401, or what may be one. */
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
  /** False where it depends on the API server's configuration. */
  readonly certain: boolean;
  readonly text: string;
}

/**
 * Reads claims as kube-apiserver does the way Deckhouse configures it: user from `email`, which
 * must be verified if the token says anything of it, groups from `groups`, audience `kubernetes`,
 * names beginning `system:` refused. A ServiceAccount's own token is read as such.
 * @param wantedAudience what the API server accepts, `kubernetes` in Deckhouse
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
    object('audience', true, `aud does not hold ${wantedAudience}`);
  }
  if (username === undefined) object('no-email', true, 'there is no email claim');
  if (claims['email_verified'] !== undefined && claims['email_verified'] !== true) {
    object('email-unverified', true, 'email_verified is not true');
  }
  if (typeof name !== 'string' || name === '') {
    object('no-name', false, 'there is no name claim, which the API server may require');
  }
  if (username?.startsWith('system:')) {
    object('reserved-user', true, 'the user name begins with system:, which is reserved');
  }
  if (groups.some((group) => group.startsWith('system:'))) {
    object('reserved-group', true, 'a group begins with system:, which is reserved');
  }
  return { username, groups, audiences: list, objections };
}

/** ServiceAccount tokens carry their user in `sub` (Kubernetes, serviceaccount.MakeUsername). */
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
