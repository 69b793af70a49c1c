import type { WhoAmI } from '../usecases/who-am-i.ts';
import { rows } from './layout.ts';
import { displayUrl } from './shown-url.ts';
import { durationWords, utc } from './time-words.ts';

/** Who the API server takes a context for, for a person; `nowMs` is local, since the epoch. */
export function whoAmIText(who: WhoAmI, nowMs: number): string {
  const { endsMs, origin } = who.credential;
  const lines = rows(
    [
      ['user', who.username],
      ...who.groups.map((group, index) => [index === 0 ? 'groups' : '', group] as const),
      ['credential', `${origin}${endsMs === undefined ? '' : `, ${endWords(endsMs, nowMs)}`}`],
      [
        'server',
        `${displayUrl(who.server)}${who.version === undefined ? '' : ` (${who.version})`}`,
      ],
      ['context', `${who.context}${who.paths.length === 0 ? '' : ` of ${who.paths.join(', ')}`}`],
    ],
    0,
  );
  return `${lines.join('\n')}\n`;
}

function endWords(endsMs: number, nowMs: number): string {
  const when = utc(endsMs / 1000);
  const ahead = endsMs - nowMs;
  return ahead > 0
    ? `ends in ${durationWords(ahead)} (${when})`
    : `ended ${durationWords(ahead)} ago (${when})`;
}
