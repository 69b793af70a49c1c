import { formatDuration } from '../duration.ts';
import type { Colors } from '../terminal/colors.ts';
import { listed, type Row, rows, shellLines, wrapped } from '../terminal/layout.ts';
import type { Style } from '../terminal/style.ts';
import type {
  AttemptFacts,
  Diagnosis,
  Report,
  RequestFacts,
  Status,
  Step,
  Verdict,
} from './report.ts';
import { tokenRows, userRows } from './token-text.ts';

/** Formats a report for people: with the verdict first and last. */
export function reportText(report: Report, style: Style): string {
  const lines = [
    ...verdictLines(report.verdict, style),
    ...errorLines(report.verdict, style.width),
    '',
    ...report.steps.flatMap((step, index) => stepLines(step, index + 1, style)),
  ];
  for (const diagnosis of report.diagnoses) lines.push('', ...diagnosisLines(diagnosis, style));
  return `${[...lines, '', ...verdictLines(report.verdict, style)].join('\n')}\n`;
}

const verdictWords: Readonly<Record<Verdict['status'], string>> = {
  ok: 'OK',
  warning: 'WARNING',
  failed: 'FAILED',
};

function verdictLines({ status, summary }: Verdict, { width, colors }: Style): readonly string[] {
  const word = `${verdictWords[status]}: `;
  return wrapped(summary, [word, '  '], width).map((line) => colorOf(status, colors)(line));
}

/** The message and hint of the call without `--explain`; the message only if the verdict lacks it. */
function errorLines({ summary, message, hint }: Verdict, width: number): readonly string[] {
  return [
    ...(message === null || summary.includes(message)
      ? []
      : wrapped(message, ['error: ', '  '], width)),
    ...(hint === null ? [] : wrapped(hint, ['hint: ', '  '], width)),
  ];
}

function colorOf(status: Status | 'note', colors: Colors): (text: string) => string {
  switch (status) {
    case 'ok':
      return colors.ok;
    case 'failed':
      return colors.failed;
    case 'skipped':
      return colors.dim;
    default:
      return colors.warning;
  }
}

const titles: Readonly<Record<Step['name'], string>> = {
  settings: 'settings',
  identity: 'identity source',
  cache: 'cache',
  'subject-token': 'identity token',
  exchange: 'exchange at Dex',
  'dex-token': "Dex's token",
  kubernetes: 'Kubernetes API',
};

function stepLines(step: Step, number: number, { width, colors }: Style): readonly string[] {
  const head = `${number}  ${titles[step.name].padEnd(16)} ${step.status.padEnd(8)} `;
  const [first = '', ...others] = wrapped(step.summary, [head, ' '.repeat(head.length)], width);
  return [
    first.replace(step.status, colorOf(step.status, colors)(step.status)),
    ...others,
    ...details(step, width),
  ];
}

function details(step: Step, width: number): readonly string[] {
  switch (step.name) {
    case 'settings':
      return [
        ...(step.kubeconfig === null ? [] : rows([['kubeconfig', step.kubeconfig]], 3, width)),
        ...rows(
          step.settings.map(({ name, value, from, overrode }): Row => {
            const overrides = overrode.length === 0 ? '' : `, overrides ${overrode.join(', ')}`;
            return [name, `${value}  (${from}${overrides})`];
          }),
          3,
          width,
        ),
      ];
    case 'identity':
      return [
        ...rows(
          step.considered.map(({ name, available, why }): Row => {
            const mark =
              name === step.chosen ? 'used' : available ? 'available, not used' : 'not available';
            return [name, `${mark}: ${why}`];
          }),
          3,
          width,
        ),
        ...step.requests.flatMap((request) => requestLines(request, width)),
      ];
    case 'cache':
      return rows(
        [
          ...(step.place === null ? [] : [['folder', step.place] as const]),
          ...(step.key.length === 0 ? [] : [['key', step.key.join(' ')] as const]),
        ],
        3,
        width,
      );
    case 'subject-token':
      return [
        ...(step.token === null || step.type === null
          ? []
          : rows([['sent as', step.type]], 3, width)),
        ...(step.token === null ? [] : rows(tokenRows(step.token), 3, width)),
      ];
    case 'exchange':
      return step.requests.flatMap((request) => requestLines(request, width));
    case 'dex-token':
      return [
        ...(step.token === null ? [] : rows(tokenRows(step.token), 3, width)),
        ...(step.user === null
          ? []
          : [
              '   kube-apiserver, as Deckhouse configures it, authenticates this token as',
              ...rows(userRows(step.user), 5, width),
            ]),
      ];
    case 'kubernetes':
      return [
        ...rows(
          [
            ...(step.server === null ? [] : [['server', step.server] as const]),
            ...(step.user === null
              ? []
              : [
                  ['user', step.user.username] as const,
                  ['groups', listed(step.user.groups)] as const,
                ]),
            ...step.clocks.map(({ server, aheadSeconds }): Row => {
              const differs = `${formatDuration(aheadSeconds * 1000)} ${aheadSeconds > 0 ? 'ahead of' : 'behind'} the local clock`;
              const agrees = Math.abs(aheadSeconds) <= 1;
              return [`clock of ${server}`, agrees ? 'matches the local clock' : differs];
            }),
          ],
          3,
          width,
        ),
        ...step.requests.flatMap((request) => requestLines(request, width)),
      ];
  }
}

function requestLines(request: RequestFacts, width: number): readonly string[] {
  const { answer, attempts } = request;
  const lines = ['   request'];
  request.curl.forEach((piece, index) => {
    const last = index === request.curl.length - 1;
    lines.push(...shellLines(`     ${index === 0 ? '' : '  '}${piece}${last ? '' : ' \\'}`, width));
  });
  const table: Row[] = attempts.map((attempt, index): Row => {
    const name = attempts.length === 1 ? 'time' : `attempt ${index + 1}`;
    return [name, attemptText(attempt)];
  });
  if (answer !== null) {
    const details = [answer.error, answer.description].filter((text) => text !== null).join(': ');
    table.push([
      'response',
      details === '' ? String(answer.status) : `${answer.status} ${details}`,
    ]);
  }
  return [...lines, ...rows(table, 3, width)];
}

function attemptText(attempt: AttemptFacts): string {
  const steps: readonly (readonly [string, number | null])[] = [
    ['DNS', attempt.lookupMs],
    ['connect', attempt.connectMs],
    ['proxy', attempt.proxyMs],
    ['TLS', attempt.tlsMs],
    ['first byte', attempt.firstByteMs],
    ['total', attempt.totalMs],
  ];
  const times = steps.flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${ms} ms`]));
  const where = [
    attempt.address === null ? undefined : `at ${attempt.address}`,
    attempt.tls ?? undefined,
    attempt.proxy === null ? undefined : `through proxy ${attempt.proxy}`,
  ].filter((part) => part !== undefined);
  return [times.join(', '), where.join(', '), attempt.failure ?? '']
    .filter((part) => part !== '')
    .join('; ');
}

const severities: Readonly<Record<Diagnosis['status'], string>> = {
  failed: 'problem',
  warning: 'warning',
  note: 'note',
};

function diagnosisLines(diagnosis: Diagnosis, { width, colors }: Style): readonly string[] {
  const { status, title, evidence, causes, rule } = diagnosis;
  const lines = wrapped(title, [`${severities[status]}: `, '  '], width).map((line) =>
    colors.bold(line),
  );
  for (const line of evidence) lines.push(...wrapped(line, ['  - ', '    '], width));
  if (causes.length > 1) lines.push('  causes, most likely first');
  causes.forEach(({ likelihood, cause, check, log, fix }, index) => {
    const number = causes.length > 1 ? `${index + 1}. ` : '';
    lines.push(...wrapped(`${cause} (${likelihood})`, [`  ${number}`, '     '], width));
    const table: Row[] = [['check', check]];
    if (log !== null) table.push(['log', log]);
    table.push(['fix', fix]);
    lines.push(...rows(table, 5, width));
  });
  return [...lines, `  rule ${rule}`];
}
