import { nearest } from '../config/nearest.ts';
import { DexchangeError, type ErrorCode, exitCodes } from '../errors.ts';
import { commandNamed } from './commands.ts';
import { errorCodes, errorText } from './error-help/error-text.ts';
import { ruleNamed, ruleText } from './error-help/rule-text.ts';
import { type HelpOptions, helpText } from './help.ts';

/**
 * The help of the program, of a command, of an error code, or of a rule of `--explain`.
 * @param word the name of a command, an error code, or the id of a rule
 * @throws DexchangeError usage_unknown_command, with the most similar name
 */
export function helpOn(word: string | undefined, options: HelpOptions): string {
  if (word === undefined) return helpText(undefined, options);
  if (isErrorCode(word)) return errorText(word, options.width);
  const rule = ruleNamed(word);
  if (rule !== undefined) return ruleText(rule, options.width);
  // Error codes of several words have underscores; commands have none.
  if (!/^[a-z]+(?:_[a-z]+)+$/i.test(word)) return helpText(commandNamed(word).name, options);
  const meant = nearest(word.toLowerCase(), errorCodes);
  // Repeats the word only if it resembles a code, because it may be a secret.
  throw meant === undefined
    ? new DexchangeError('usage_unknown_command', 'unknown error code', {
        hint: 'copy the code from the end of the error message, without the parentheses',
      })
    : new DexchangeError('usage_unknown_command', `unknown error code ${word}`, {
        hint: `run \`dexchange help ${meant}\``,
      });
}

function isErrorCode(word: string): word is ErrorCode {
  return Object.hasOwn(exitCodes, word);
}
