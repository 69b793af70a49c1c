import { nearest } from '../config/nearest.ts';
import { DexchangeError, type ErrorCode, exitCodes } from '../errors.ts';
import { commandNamed, commands } from './commands.ts';
import { errorCodes, errorText } from './error-help/error-text.ts';
import { ruleIds, ruleNamed, ruleText } from './error-help/rule-text.ts';
import { type HelpOptions, helpText } from './help.ts';
import { topicText } from './help-topics/help-topic.ts';
import { helpTopics, topicNamed, topicsText, topicsWord } from './help-topics/help-topics.ts';

/**
 * The help of the program, of a command, of a topic, of an error code, or of a rule of `--explain`.
 * A word that is both a command and a topic gives the short help of the command, and then the topic.
 * @param word the name of a command or topic, an error code, the id of a rule, or an HTTP status
 * @throws DexchangeError usage_unknown_command, with the most similar name
 */
export function helpOn(word: string | undefined, options: HelpOptions): string {
  if (word === undefined) return helpText(undefined, options);
  if (word === topicsWord) return topicsText(options.width);
  const command = commands.find(({ name }) => name === word);
  const topic = topicNamed(word);
  if (topic !== undefined) {
    const text = topicText(topic, options.width);
    if (command === undefined) return text;
    const help = helpText(command.name, options);
    return options.all ? help : `${help}\n${text}`;
  }
  const code = isErrorCode(word) ? word : codesOfStatuses.get(word);
  if (code !== undefined) return errorText(code, options.width);
  const rule = ruleNamed(word);
  if (rule !== undefined) return ruleText(rule, options.width);
  // Error codes of several words have underscores; commands have none.
  if (!/^[a-z]+(?:_[a-z]+)+$/i.test(word)) {
    if (command === undefined) rejectUnknown(word);
    return helpText(commandNamed(word).name, options);
  }
  const meant = nearest(word.toLowerCase(), errorCodes);
  // Repeats the word only if it resembles a code, because it may be a secret.
  throw meant === undefined
    ? new DexchangeError('usage_unknown_command', 'unknown error code', {
        hint: codeHint,
      })
    : new DexchangeError('usage_unknown_command', `unknown error code ${word}`, {
        hint: `run \`dexchange help ${meant}\``,
      });
}

const codeHint =
  'copy the code from the end of the error message, without the parentheses, or run `dexchange help topics` for the subjects';

/** The errors behind the HTTP statuses that kubectl and people speak of; others have several. */
const codesOfStatuses: ReadonlyMap<string, ErrorCode> = new Map([
  ['401', 'api_unauthorized'],
  ['403', 'api_forbidden'],
  ['404', 'api_missing'],
]);

/**
 * @throws DexchangeError usage_unknown_command unless the word resembles a command more than anything
 *   else, which is the error of `commandNamed`
 */
function rejectUnknown(word: string): void {
  const names = commands.map(({ name }) => name);
  const topics = [topicsWord, ...helpTopics.map(({ name }) => name)];
  const meant = nearest(word, [...names, ...topics, ...ruleIds]);
  if (names.some((name) => name === meant) || /[\s=]/.test(word)) return;
  // A longer word with digits may be a secret.
  const shown = /^[a-z][a-z-]{0,20}$|^\w{1,4}$/i.test(word) ? ` ${word}` : '';
  if (meant === undefined) {
    throw new DexchangeError('usage_unknown_command', `unknown command, topic or code${shown}`, {
      hint: codeHint,
    });
  }
  throw new DexchangeError('usage_unknown_command', `unknown topic${shown}`, {
    hint: `run \`dexchange help ${meant}\``,
  });
}

function isErrorCode(word: string): word is ErrorCode {
  return Object.hasOwn(exitCodes, word);
}
