import type { Diagnosis, Report } from '../report.ts';
import { apiRules } from '../rules/api.ts';
import { configurationRules } from '../rules/configuration.ts';
import { dexAudienceRules } from '../rules/dex-audience.ts';
import { dexClientRules } from '../rules/dex-client.ts';
import { dexSubjectTokenRules } from '../rules/dex-subject-token.ts';
import { identityRules } from '../rules/identity.ts';
import { permissionRules } from '../rules/permissions.ts';
import type { Rule } from '../rules/rule.ts';
import type { CheckName, DoctorCheck } from './report.ts';

/** The check that a rule explains, by the topic of the rule. */
const topics: readonly (readonly [readonly Rule[], CheckName])[] = [
  [configurationRules, 'settings'],
  [identityRules, 'identity-token'],
  [dexClientRules, 'exchange'],
  [dexSubjectTokenRules, 'exchange'],
  [dexAudienceRules, 'exchange'],
  [permissionRules, 'permissions'],
  [apiRules, 'api'],
];

const exceptions: Readonly<Record<string, CheckName>> = {
  'kubeconfig-entry': 'kubeconfig',
  'cache-unusable': 'cache',
  'dex-token-claims': 'claims',
  clock: 'clock',
};

const withRequests: readonly CheckName[] = [
  'identity-source',
  'identity-token',
  'dex',
  'exchange',
  'api',
];

/**
 * Adds to the checks what the rules of `--explain` found: the fix of the check that a rule explains,
 * and a problem that the check itself did not see.
 */
export function withDiagnoses(
  checks: readonly DoctorCheck[],
  { diagnoses }: Report,
): readonly DoctorCheck[] {
  return diagnoses.reduce(applied, checks);
}

function applied(checks: readonly DoctorCheck[], diagnosis: Diagnosis): readonly DoctorCheck[] {
  if (diagnosis.status === 'note') return checks;
  const at = checks.findIndex((check) => isExplainedBy(check, diagnosis));
  const check = checks[at];
  if (check === undefined) return checks;
  const fix = diagnosis.causes[0]?.fix ?? check.fix;
  const isNew = check.state === 'ok' || check.state === 'skipped';
  return checks.with(at, {
    ...check,
    // What fails a call has failed a check already; the rest cannot stop it.
    ...(isNew ? { state: 'warning', found: diagnosis.title } : {}),
    fix,
  });
}

function isExplainedBy({ name, state }: DoctorCheck, { rule, status }: Diagnosis): boolean {
  const topic =
    exceptions[rule] ?? topics.find(([rules]) => rules.some(({ id }) => id === rule))?.[1];
  if (topic === 'identity-token' && name === 'identity-source') return state === 'failed';
  // A rule about networks explains whatever request failed.
  if (topic === undefined) return state === 'failed' && withRequests.includes(name);
  if (topic !== name) return status === 'failed' && state === 'failed' && topic === 'settings';
  return topic !== 'permissions' || state !== 'ok';
}
