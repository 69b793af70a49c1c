import type { ParsedArguments } from '../config/parse-arguments.ts';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { completedCommands, type Shell } from './completion-words.ts';
import { zshCompletion } from './completion-zsh.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `dexchange completion SHELL`: the script by which a shell completes commands, flags and values. */
export function runCompletion({ positionals: [, shell] }: ParsedArguments): string {
  return scripts[shell as Shell](completedCommands());
}
