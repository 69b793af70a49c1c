import { expect, test } from 'vitest';
import { failed, ok, skipped, warning } from '../../../../src/explain/doctor/check.ts';
import { withDiagnoses } from '../../../../src/explain/doctor/diagnosed.ts';
import { doctorText } from '../../../../src/explain/doctor/doctor-text.ts';
import { type DoctorCheck, doctorVersion } from '../../../../src/explain/doctor/report.ts';
import { verdictOf } from '../../../../src/explain/doctor/verdict.ts';
import type { Diagnosis, Report } from '../../../../src/explain/report.ts';
import { allRules } from '../../../../src/explain/rules/all-rules.ts';
import { noColors, terminalColors } from '../../../../src/terminal/colors.ts';
import { columns } from '../../../../src/terminal/layout.ts';

function report(...diagnoses: readonly Diagnosis[]): Report {
  return { verdict: { error: null, hint: null, summary: '' }, steps: [], diagnoses } as never;
}

function diagnosis(rule: string, status: Diagnosis['status'] = 'failed'): Diagnosis {
  const cause = { id: 'c', likelihood: 'likely', check: '', log: null } as const;
  return {
    rule,
    status,
    title: `title of ${rule}`,
    evidence: [],
    causes: [{ ...cause, cause: `cause of ${rule}`, fix: `fix of ${rule}` }],
    code: null,
  };
}

const refused = failed('exchange', { code: 'dex_client_refused', message: 'no', hint: 'plain' });
const denied = failed('permissions', {
  code: 'api_forbidden',
  message: 'not allowed',
  hint: 'ask',
});

test('the first failed check decides, whatever warns before it', () => {
  const checks = [warning('kubectl', 'old', 'install'), ok('dex', 'x'), refused, denied];
  expect(verdictOf(checks, undefined)).toMatchObject({
    status: 'failed',
    check: 'exchange',
    error: 'dex_client_refused',
    exitCode: 4,
    summary: 'no',
    causes: [{ likelihood: 'certain', cause: null, fix: 'plain' }],
    more: 'dexchange help dex_client_refused',
  });
});

test('warnings alone exit with 0, and a missing permission comes before the others', () => {
  const permission = warning('permissions', 'nothing', 'ask');
  const checks = [warning('kubectl', 'old', 'install'), permission, skipped('proxy', '')];
  expect(verdictOf(checks, undefined)).toMatchObject({
    status: 'warning',
    check: 'permissions',
    summary: 'permissions: nothing',
    exitCode: 0,
  });
});

test('groups that Dex lost are the likely cause of a missing permission', () => {
  const groups = warning('groups', 'lost at Dex: a', 'map them');
  const { causes } = verdictOf([groups, denied], undefined);
  expect(causes[0]).toEqual({
    likelihood: 'likely',
    cause: 'groups lost at Dex: a',
    fix: 'map them',
  });
  expect(causes[1]?.fix).toBe('ask');
});

test('the rule of --explain gives the failed check its fix, and the verdict its cause', () => {
  const of = report(diagnosis('dex-client-refused'));
  const checks = withDiagnoses([ok('settings', ''), refused], of);
  expect(checks[1]?.fix).toBe('fix of dex-client-refused');
  expect(verdictOf(checks, of)).toMatchObject({
    summary: 'title of dex-client-refused',
    causes: [{ cause: 'cause of dex-client-refused', fix: 'fix of dex-client-refused' }],
  });
});

test('a rule about networks explains whatever check of the call failed', () => {
  const [, dex] = withDiagnoses(
    [
      failed('plugin', { code: 'kubeconfig_invalid', message: 'missing', hint: 'install' }),
      failed('dex', { code: 'server_tls', message: 'tls', hint: 'plain' }),
    ],
    report(diagnosis('tls-unknown-ca')),
  );
  expect(dex?.fix).toBe('fix of tls-unknown-ca');
});

test('a warning of a rule is added to the check of its topic, a note is not', () => {
  const checks = [ok('settings', 'fine'), ok('cache', 'fine'), ok('clock', 'fine')];
  const secret = diagnosis('secret-on-command-line', 'warning');
  const changed = withDiagnoses(
    checks,
    report(secret, diagnosis('clock', 'warning'), diagnosis('cache-unusable', 'note')),
  );
  expect(changed.map(({ state }) => state)).toEqual(['warning', 'ok', 'warning']);
  expect(changed[0]?.found).toBe('title of secret-on-command-line');
});

test.each(allRules.map(({ id, severity }) => [id, severity] as const))(
  'rule %s changes one check at most',
  (id, severity) => {
    const names = [
      'settings',
      'identity-source',
      'exchange',
      'claims',
      'api',
      'permissions',
    ] as const;
    const checks = names.map((name) => failed(name, { code: 'bug', message: name, hint: 'plain' }));
    const changed = withDiagnoses(checks, report(diagnosis(id, severity)));
    expect(changed.filter(({ fix }) => fix !== 'plain').length).toBeLessThanOrEqual(1);
    if (severity === 'failed') {
      expect(changed.filter(({ fix }) => fix === `fix of ${id}`)).toHaveLength(1);
    }
  },
);

const long = `something that is ${'very '.repeat(60)}long`;
const command = `dexchange kubeconfig token-exchange ${'--scope openid '.repeat(8)}--discover`;

test.each([60, 80, 120])('at %i columns, only commands are longer than a line', (width) => {
  const checks: readonly DoctorCheck[] = [
    ok('kubectl', long),
    failed('exchange', {
      code: 'dex_refused',
      message: long,
      hint: `run \`${command}\`, then wait`,
    }),
  ];
  const verdict = verdictOf(checks, undefined);
  const text = doctorText(
    { version: doctorVersion, dexchange: '1', for: 'ci', verdict, checks },
    { width, colors: noColors },
  );
  const lines = text.split('\n');
  const head = lines.slice(0, lines.indexOf(''));
  expect(head.length).toBeLessThanOrEqual(12);
  expect(head).toContain(`    ${command}`);
  const wide = lines.filter((line) => columns(line) > width);
  expect(wide.filter((line) => !line.includes(command))).toEqual([]);
  expect(text).toMatch(/^ok {7}kubectl {10}something/m);
  expect(text).toContain(`\`${command}\``);
});

test('states have colors in a terminal', () => {
  const checks = [ok('dex', 'fine'), warning('cache', 'odd', 'fix it')];
  const verdict = verdictOf(checks, undefined);
  const text = doctorText(
    { version: doctorVersion, dexchange: '1', for: 'ci', verdict, checks },
    { width: 80, colors: terminalColors },
  );
  expect(text).toContain(`${terminalColors.ok('ok')}       dex`);
  expect(text).toContain(`${terminalColors.warning('warning')}  cache`);
});
