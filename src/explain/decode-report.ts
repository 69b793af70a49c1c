import type { DecodedJwt } from '../jwt.ts';
import type { Secret } from '../secret.ts';
import { kubernetesUser } from './kubernetes-user.ts';
import { rows } from './layout.ts';
import { tokenFacts } from './token-facts.ts';
import { fieldRows, tokenLine, userRows } from './token-text.ts';

/**
 * All that a JWT says, for a person: header, claims, times against `nowMs` (milliseconds since the
 * epoch), and whom kube-apiserver would take its bearer for. Never the signature.
 * @param jwt the decoded form of `token`
 */
export function decodeReport(token: Secret, jwt: DecodedJwt, nowMs: number): string {
  const facts = tokenFacts(token, nowMs);
  if (facts.form === 'opaque') return `${tokenLine(facts)}\n`;
  const { header, claims, times } = facts;
  const lines = [
    tokenLine(facts),
    'header',
    ...rows(fieldRows(header), 2),
    'claims',
    ...rows(fieldRows(claims, times), 2),
    'times',
    ...rows(
      times.map(({ claim, words, holds }) => [
        claim,
        `${words}: ${holds ? 'holds' : 'does not hold'}`,
      ]),
      2,
    ),
    "kube-apiserver, as Deckhouse sets it up, would take the token's bearer for",
    ...rows(userRows(kubernetesUser(jwt.claims, 'kubernetes')), 2),
    'The signature is not shown, and was not checked.',
  ];
  return `${lines.join('\n')}\n`;
}
