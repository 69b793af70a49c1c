import type { WhoAmI } from '../usecases/who-am-i.ts';
import { rows } from './layout.ts';
import { displayUrl } from './shown-url.ts';
import { durationWords, utc } from './time-words.ts';

/**
 * Who a context is to the API server, for a person.
 * @param paths of the kubeconfig
 * @param nowMs local time in milliseconds since the epoch
 */
export function whoAmIText(who: WhoAmI, paths: readonly string[], nowMs: number): string {
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
  );
  return `${lines.join('\n')}\n`;
}

function expiryWords(expiresMs: number, nowMs: number): string {
  const when = utc(expiresMs / 1000);
  const ahead = expiresMs - nowMs;
  return ahead > 0
    ? `expires in ${durationWords(ahead)} (${when})`
    : `expired ${durationWords(ahead)} ago (${when})`;
}
