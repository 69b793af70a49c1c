import { formatDuration } from '../duration.ts';
import { listed, type Row, rows, shellLines, wrapped } from '../terminal/layout.ts';
import type { Style } from '../terminal/style.ts';
import type { AttemptFacts, KubernetesStep, RequestFacts, Step } from './report.ts';
import { statusColor } from './status-color.ts';
import { tokenRows, userRows } from './token-text.ts';

const titles: Readonly<Record<Step['name'], string>> = {
  settings: 'settings',
  identity: 'identity source',
  cache: 'cache',
  'subject-token': 'identity token',
  exchange: 'exchange at Dex',
  'dex-token': "Dex's token",
  kubernetes: 'Kubernetes API',
};

/** Formats a step of a report: its summary, and its details in the lines below. */
export function stepLines(step: Step, number: number, { width, colors }: Style): readonly string[] {
  const head = `${number}  ${titles[step.name].padEnd(16)} ${step.status.padEnd(8)} `;
  const [first = '', ...others] = wrapped(step.summary, [head, ' '.repeat(head.length)], width);
  return [
    // With the blanks around it, because the title can contain the word.
    first.replace(` ${step.status} `, ` ${statusColor(step.status, colors)(step.status)} `),
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
            ...permissionRows(step),
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

function permissionRows({ access, permissions }: KubernetesStep): readonly Row[] {
  const answers = access.map(({ verb, resource, allowed }): Row => {
    const answer = allowed === null ? 'not known' : allowed ? 'allowed' : 'not allowed';
    return [`${verb} ${resource}`, answer];
  });
  if (permissions === null) return answers;
  return [[`access in ${permissions.namespace}`, grantedWords[permissions.granted]]];
}

const grantedWords = {
  some: 'granted by RBAC; --can-i asks for one action',
  none: 'none, besides what every authenticated user may do',
  unlisted: 'none that the API server lists, and get pods is not allowed',
  unknown: 'not known',
} as const;

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
