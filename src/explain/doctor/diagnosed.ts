import type { Diagnosis, Report } from '../report.ts';
import { apiRules } from '../rules/api.ts';
import { apiIdentityRules } from '../rules/api-identity.ts';
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
  [identityRules, 'identity-source'],
  [dexClientRules, 'exchange'],
  [dexSubjectTokenRules, 'exchange'],
  [dexAudienceRules, 'exchange'],
  [permissionRules, 'permissions'],
  [apiRules, 'api'],
  [apiIdentityRules, 'api'],
];

const exceptions: Readonly<Record<string, CheckName>> = {
  'kubeconfig-entry': 'kubeconfig',
  'cache-unusable': 'cache',
  'dex-token-claims': 'claims',
  clock: 'clock',
};

/** The checks of the call itself, one of which has the failure of the call. */
const ofCall: readonly CheckName[] = [
  'settings',
  'identity-source',
  'identity-token',
  'dex',
  'exchange',
  'api',
  'permissions',
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
  const at = placeOf(checks, diagnosis);
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

function placeOf(checks: readonly DoctorCheck[], { rule, status }: Diagnosis): number {
  const topic =
    exceptions[rule] ?? topics.find(([rules]) => rules.some(({ id }) => id === rule))?.[1];
  const own = checks.findIndex(({ name, state }) => name === topic && state === status);
  if (own >= 0) return own;
  if (status === 'warning') return checks.findIndex(({ name }) => name === topic);
  // A rule about networks, or a configuration that is read late: whatever check failed.
  return checks.findIndex(({ name, state }) => ofCall.includes(name) && state === 'failed');
}
