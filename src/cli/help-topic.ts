import { nearest } from '../config/nearest.ts';
import { DexchangeError, type ErrorCode, exitCodes } from '../errors.ts';
import { commandNamed } from './commands.ts';
import { errorCodes, errorText } from './error-help/error-text.ts';
import { helpText } from './help.ts';

/**
 * The help of the program, of a command, or of an error code.
 * @param word the name of a command or an error code
 * @param width columns of a line, for error codes
 * @throws DexchangeError usage_unknown_command, with the most similar name
 */
export function helpOn(word: string | undefined, width: number): string {
  if (word === undefined) return helpText(undefined);
  if (isErrorCode(word)) return errorText(word, width);
  // Error codes of several words have underscores; commands have none.
  if (!/^[a-z]+(?:_[a-z]+)+$/i.test(word)) return helpText(commandNamed(word).name);
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
