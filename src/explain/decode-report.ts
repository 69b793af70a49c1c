import { rows, wrapped } from '../terminal/layout.ts';
import { isIdentityToken } from './identity-token.ts';
import { type KubernetesUser, kubernetesUser } from './kubernetes-user.ts';
import type { JwtFacts } from './token-facts.ts';
import { fieldRows, tokenLine, userRows } from './token-text.ts';

/**
 * Formats a JWT for people: header, claims, times, and the user that kube-apiserver would read from
 * it. Never shows the signature.
 * @param width columns of a line
 */
export function decodeReport(facts: JwtFacts, width: number): string {
  // The claims of the facts are safe to show.
  const { header, claims, times } = facts;
  const lines = [
    tokenLine(facts),
    'header',
    ...rows(fieldRows(header), 2, width),
    'claims',
    ...rows(fieldRows(claims, times), 2, width),
    'times',
    ...rows(
      times.map(({ claim, words, holds }) => [claim, `${words}: ${holds ? 'valid' : 'invalid'}`]),
      2,
      width,
    ),
    ...meaning(facts, width),
    'The signature is neither shown nor verified.',
  ];
  return `${lines.join('\n')}\n`;
}

/** What the API server makes of the token, or whose token it is. */
function meaning(facts: JwtFacts, width: number): readonly string[] {
  if (isIdentityToken(facts.claims)) {
    return wrapped(
      'This is an identity token to exchange at Dex; the API server does not see it, unless it trusts this issuer itself (--method identity).',
      ['', ''],
      width,
    );
  }
  return [
    'kube-apiserver, as Deckhouse configures it, would authenticate this token as',
    ...rows(userRows(deckhouseUser(facts)), 2, width),
  ];
}

/** The same for programs. */
export function decodeFacts(facts: JwtFacts): object {
  const { length, sha256, header, claims, times } = facts;
  const { username, groups, audiences, objections } = deckhouseUser(facts);
  return {
    length,
    sha256,
    header,
    claims,
    times,
    user: { username: username ?? null, groups, audiences, objections },
  };
}

function deckhouseUser({ claims }: JwtFacts): KubernetesUser {
  return kubernetesUser(claims, 'kubernetes');
}
