import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { SettingName } from '../config/table.ts';

/** The words behind a command's name. */
export function argumentsOf(parsed: ParsedArguments): readonly string[] {
  return parsed.positionals.slice(1);
}

/** The last text given to a flag, for the flags that have no other source. */
export function flagText(parsed: ParsedArguments, name: SettingName): string | undefined {
  return parsed.flags.get(name)?.at(-1)?.text;
}
