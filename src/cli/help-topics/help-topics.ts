import { type Row, rows } from '../../terminal/layout.ts';
import { cache } from './cache.ts';
import { ci } from './ci.ts';
import { environment } from './environment.ts';
import type { HelpTopic } from './help-topic.ts';
import { kubeconfig } from './kubeconfig.ts';
import { offline } from './offline.ts';
import { security } from './security.ts';

/** All topics of the help, in the order of `dexchange help topics`. */
export const helpTopics: readonly HelpTopic[] = [
  environment,
  kubeconfig,
  ci,
  cache,
  security,
  offline,
];

/** The word after `help` that lists the topics. */
export const topicsWord = 'topics';

/** The topic with a name; undefined if there is none. */
export function topicNamed(name: string): HelpTopic | undefined {
  return helpTopics.find((topic) => topic.name === name);
}

/**
 * Lists the topics.
 * @param width columns of a line
 */
export function topicsText(width: number): string {
  const list = helpTopics.map(({ name, summary }): Row => [name, summary]);
  return `Topics:\n${rows(list, 2, width).join('\n')}\n\nRun dexchange help TOPIC to read one.\n`;
}
