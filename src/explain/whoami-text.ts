import { formatDuration } from '../duration.ts';
import { isoTime } from '../http/date.ts';
import { listed, type Row, rows } from '../terminal/layout.ts';
import type { WhoAmI } from '../usecases/who-am-i.ts';
import { displayUrl } from './display.ts';

/** With more groups, the other lines would not fit into the first twelve. */
const mostGroups = 6;

/**
 * Formats the result of whoami for people: what matters in at most twelve lines of a usual width, and
 * after them the list of the groups if there are many.
 * @param paths the kubeconfig files
 * @param nowMs local time in milliseconds since the epoch
 * @param width columns of a line
 */
export function whoAmIText(
  who: WhoAmI,
  paths: readonly string[],
  nowMs: number,
  width: number,
): string {
  const { groups } = who;
  const { expiresMs, origin } = who.credential;
  const isLong = groups.length > mostGroups;
  const lines = rows(
    [
      ['user', who.username],
      ...(isLong
        ? [['groups', `${listed(groups, mostGroups)}, see below`] as const]
        : groupRows(groups, 'groups')),
      [
        'credential',
        `${origin}${expiresMs === undefined ? '' : `, ${expiryWords(expiresMs, nowMs)}`}`,
      ],
      [
        'server',
        `${displayUrl(who.server)}${who.version === undefined ? '' : ` (${who.version})`}`,
      ],
      ['context', `${who.context}${paths.length === 0 ? '' : ` of ${paths.join(', ')}`}`],
    ],
    0,
    width,
  );
  const all = isLong ? ['', ...rows(groupRows(groups, 'all groups'), 0, width)] : [];
  return `${[...lines, ...all].join('\n')}\n`;
}

/** A row for each group, so that a program such as grep finds it. */
function groupRows(groups: readonly string[], label: string): readonly Row[] {
  return groups.map((group, index) => [index === 0 ? label : '', group] as const);
}

function expiryWords(expiresMs: number, nowMs: number): string {
  const when = isoTime(expiresMs);
  const ahead = expiresMs - nowMs;
  return ahead > 0
    ? `expires in ${formatDuration(ahead)} (${when})`
    : `expired ${formatDuration(ahead)} ago (${when})`;
}
