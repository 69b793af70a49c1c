import type { Secret } from '../secret.ts';
import { rows } from '../terminal/layout.ts';
import { kubernetesUser } from './kubernetes-user.ts';
import { tokenFacts } from './token-facts.ts';
import { fieldRows, tokenLine, userRows } from './token-text.ts';

/**
 * Formats a JWT for people: header, claims, times, and the user that kube-apiserver would read from
 * it. Never shows the signature.
 * @param nowMs milliseconds since the epoch
 * @param width columns of a line
 */
export function decodeReport(token: Secret, nowMs: number, width: number): string {
  const facts = tokenFacts(token, nowMs);
  if (facts.form === 'opaque') return `${tokenLine(facts)}\n`;
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
    'kube-apiserver, as Deckhouse configures it, would authenticate this token as',
    ...rows(userRows(kubernetesUser(claims, 'kubernetes')), 2, width),
    'The signature is neither shown nor verified.',
  ];
  return `${lines.join('\n')}\n`;
}
