import type { ParsedArguments } from '../../config/parse-arguments.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { completedCommands, type Shell } from './words.ts';
import { zshCompletion } from './zsh.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `dexchange completion SHELL`: prints the completion script of a shell. */
export function runCompletion({ positionals: [, shell] }: ParsedArguments): string {
  return scripts[shell as Shell](completedCommands());
}
