import { decodeJwt } from '../../jwt.ts';
import type { Secret } from '../../secret.ts';
import { limitedList } from '../display.ts';
import { kubernetesUser } from '../kubernetes-user.ts';
import type { DexTokenStep } from '../report.ts';
import { type RunRecord, usesIdentityMethod } from '../run-record.ts';
import { tokenFacts } from '../token-facts.ts';
import { noExchange } from './exchange-step.ts';

/** The audience that the API server accepts in Deckhouse. */
export const apiAudience = 'kubernetes';

/** The token that a client sends: the one that was just obtained, or the cached one. */
export function credentialOf(record: RunRecord): Secret | undefined {
  const issued = record.isIdentityCredential ? record.subjectToken : record.dexToken?.token;
  return issued ?? record.cacheHit?.entry.token;
}

/** Describes Dex's token and the user that kube-apiserver reads from it; `nowMs` is Dex's clock. */
export function dexTokenStep(record: RunRecord, nowMs: number): DexTokenStep {
  const token = usesIdentityMethod(record) ? undefined : credentialOf(record);
  const base = { name: 'dex-token' } as const;
  if (token === undefined) {
    const summary = usesIdentityMethod(record) ? noExchange : 'not reached';
    return { ...base, status: 'skipped', summary, token: null, user: null };
  }
  const facts = tokenFacts(token, nowMs);
  const claims = decodeJwt(token.reveal())?.claims ?? {};
  const user = kubernetesUser(claims, apiAudience);
  const objection = user.objections.find(({ certain }) => certain) ?? user.objections[0];
  const end = facts.form === 'jwt' ? facts.times.find(({ claim }) => claim === 'exp') : undefined;
  const who = user.username === undefined ? 'without a user' : `for ${user.username}`;
  const line = `Dex issued a token ${who}${end === undefined ? '' : ` that ${end.words}`}`;
  return {
    ...base,
    status: objection === undefined ? 'ok' : 'warning',
    summary: objection === undefined ? line : `${line}; ${objection.text}`,
    token: facts,
    user: { ...user, groups: limitedList(user.groups), audiences: limitedList(user.audiences) },
  };
}
