import { listed, type Row } from '../terminal/layout.ts';
import type { KubernetesUser } from './kubernetes-user.ts';
import type { JwtFacts, TokenFacts } from './token-facts.ts';

/** Describes a token in one line: `JWT, 812 characters, sha256 3f2a…` or `opaque token, 40 characters`. */
export function tokenLine(facts: TokenFacts): string {
  if (facts.form === 'opaque') return `opaque token (not a JWT), ${facts.length} characters`;
  return `JWT, ${facts.length} characters, sha256 ${facts.sha256}…`;
}

/** Formats the fields of a header or of claims as rows; `times` explain the time claims. */
export function fieldRows(
  fields: Readonly<Record<string, unknown>>,
  times: JwtFacts['times'] = [],
): readonly Row[] {
  return Object.entries(fields).map(([name, value]): Row => {
    const time = times.find(({ claim }) => claim === name);
    if (time !== undefined) {
      return [name, `${value} = ${time.at}, ${time.words}${time.holds ? '' : ' (INVALID)'}`];
    }
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) {
      return [name, listed(value)];
    }
    return [name, typeof value === 'string' ? value : JSON.stringify(value)];
  });
}

/** Formats the user that kube-apiserver would read from a token as rows. */
export function userRows(user: KubernetesUser): readonly Row[] {
  return [
    ['user', user.username ?? 'none'],
    ['groups', listed(user.groups)],
    ['audience', listed(user.audiences)],
    ...user.objections.map(
      ({ certain, text }): Row => [certain ? 'rejected' : 'possibly rejected', text],
    ),
  ];
}

/** Formats a token's header and claims as rows. */
export function tokenRows(facts: TokenFacts): readonly Row[] {
  if (facts.form === 'opaque') return [['token', tokenLine(facts)]];
  const header = Object.entries(facts.header)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
  return [['token', tokenLine(facts)], ['header', header], ...fieldRows(facts.claims, facts.times)];
}
