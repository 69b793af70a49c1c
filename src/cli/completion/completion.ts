import type { ParsedArguments } from '../../config/parse-arguments.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `dexchange completion SHELL`: prints a script that asks `dexchange __complete` what to offer. */
export function runCompletion({ positionals: [, shell] }: ParsedArguments): string {
  return scripts[shell as keyof typeof scripts];
}
