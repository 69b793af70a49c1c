import { formatDuration } from '../duration.ts';
import { isoTime } from '../http/date.ts';
import { rows } from '../terminal/layout.ts';
import type { WhoAmI } from '../usecases/who-am-i.ts';
import { displayUrl } from './display.ts';

/**
 * Formats the result of whoami for people.
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
  const { expiresMs, origin } = who.credential;
  const lines = rows(
    [
      ['user', who.username],
      ...who.groups.map((group, index) => [index === 0 ? 'groups' : '', group] as const),
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
  return `${lines.join('\n')}\n`;
}

function expiryWords(expiresMs: number, nowMs: number): string {
  const when = isoTime(expiresMs);
  const ahead = expiresMs - nowMs;
  return ahead > 0
    ? `expires in ${formatDuration(ahead)} (${when})`
    : `expired ${formatDuration(ahead)} ago (${when})`;
}
