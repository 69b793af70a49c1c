import { failingStep, isAfterFailure } from '../failing-step.ts';
import type { Status, SubjectTokenStep } from '../report.ts';
import { type RunRecord, usesIdentityMethod } from '../run-record.ts';
import { type TokenFacts, tokenFacts } from '../token-facts.ts';
import { tokenLine } from '../token-text.ts';

/**
 * Describes the identity token.
 * @param nowMs the time by Dex's clock, if known, because Dex is the one to check the token's times
 */
export function subjectTokenStep(record: RunRecord, nowMs: number): SubjectTokenStep {
  const { subjectTokenType, cacheHit, error } = record;
  const isCredential = usesIdentityMethod(record);
  const cached = isCredential ? cacheHit?.entry.token : undefined;
  const subjectToken = record.subjectToken ?? cached;
  const failed = failingStep(record);
  const facts = subjectToken === undefined ? null : tokenFacts(subjectToken, nowMs);
  const base = { name: 'subject-token', type: subjectTokenType ?? null, token: facts } as const;
  if (failed === 'subject-token') {
    return { ...base, status: 'failed', summary: error?.message ?? '' };
  }
  if (facts === null) {
    const summary =
      isAfterFailure('subject-token', failed) || cacheHit === undefined
        ? 'not reached'
        : 'not needed: the credential is cached';
    return { ...base, status: 'skipped', summary };
  }
  const { status, summary } = outcome(facts);
  return { ...base, status, summary: isCredential ? `the credential: ${summary}` : summary };
}

function outcome(facts: TokenFacts): { status: Status; summary: string } {
  const line = tokenLine(facts);
  if (facts.form === 'opaque') return { status: 'ok', summary: line };
  const end = facts.times.find(({ claim }) => claim === 'exp');
  const invalid = facts.times.find(({ claim, holds }) => !holds && claim !== 'iat');
  if (invalid !== undefined) return { status: 'warning', summary: `${line}, ${invalid.words}` };
  return { status: 'ok', summary: end === undefined ? line : `${line}, ${end.words}` };
}
