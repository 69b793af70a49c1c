import { DexchangeError } from '../errors.ts';
import { quoteInput } from '../sanitize.ts';
import { nearest } from './nearest.ts';
import type { FlagText } from './resolve.ts';
import { type SettingName, settings } from './table.ts';
import { tokenize } from './tokenize.ts';

/** The words and flags of a command line; flags as texts by setting, not yet parsed. */
export interface ParsedArguments {
  readonly positionals: readonly string[];
  readonly flags: ReadonlyMap<SettingName, readonly FlagText[]>;
  readonly help: boolean;
  readonly version: boolean;
}

interface Flag {
  readonly setting: SettingName | 'help' | 'version';
  readonly takesValue: boolean;
  /** The value of the flag if the command line has none. */
  readonly bareValue: string;
}

function knownFlags(): Map<string, Flag> {
  const flags = new Map<string, Flag>([
    ['help', { setting: 'help', takesValue: false, bareValue: 'true' }],
    ['h', { setting: 'help', takesValue: false, bareValue: 'true' }],
    ['version', { setting: 'version', takesValue: false, bareValue: 'true' }],
  ]);
  for (const [name, setting] of settings) {
    const bareValue = setting.bareValue ?? 'true';
    const takesValue = setting.type !== 'switch' && setting.bareValue === undefined;
    const flag: Flag = { setting: name, takesValue, bareValue };
    flags.set(name, flag);
    if (setting.short !== undefined) flags.set(setting.short, flag);
    for (const alias of setting.flagAliases ?? []) flags.set(alias, flag);
  }
  return flags;
}

/**
 * Parses a command line into words and flags, in the forms that kubectl accepts: `--flag value`,
 * `--flag=value`, `--switch=false`.
 * @throws DexchangeError usage_unknown_flag, usage_flag_value; the errors never contain a value
 */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const known = knownFlags();
  const tokens = tokenize(args, (name) => known.get(name)?.takesValue);
  const positionals: string[] = [];
  const flags = new Map<SettingName, FlagText[]>();
  let help = false;
  let version = false;
  for (const token of tokens) {
    if (token.kind === 'word') {
      positionals.push(token.text);
      continue;
    }
    const flag = known.get(token.name);
    if (flag === undefined || (token.name.length === 1) !== !token.rawName.startsWith('--'))
      throw unknownFlag(token.rawName, known.keys());
    if (flag.setting === 'help' || flag.setting === 'version') {
      help ||= flag.setting === 'help';
      version ||= flag.setting === 'version';
      continue;
    }
    const text = flagText(token.rawName, token.value, token.inline, flag);
    const name = token.name.length === 1 ? flag.setting : token.name;
    flags.set(flag.setting, [...(flags.get(flag.setting) ?? []), { flag: name, text }]);
  }
  return { positionals, flags, help, version };
}

function flagText(
  rawName: string,
  value: string | undefined,
  inline: boolean,
  { takesValue, bareValue }: Flag,
): string {
  if (!takesValue) return value ?? bareValue;
  if (value === undefined || (value === '' && inline)) {
    throw new DexchangeError('usage_flag_value', `${rawName} needs a value`, {
      hint: `write ${rawName}=VALUE; a variable that is expanded here may be empty`,
    });
  }
  if (!inline && value.startsWith('-') && value.length > 1) {
    throw new DexchangeError(
      'usage_flag_value',
      `${rawName} needs a value, but the next argument is a flag`,
      {
        hint: `write ${rawName}=VALUE if the value starts with a dash`,
      },
    );
  }
  return value;
}

function unknownFlag(rawName: string, known: Iterable<string>): DexchangeError {
  const name = rawName.replace(/^--?/, '');
  // The message must not repeat a secret that follows a mistyped short flag directly (-psecret).
  const named = rawName.startsWith('--') ? `--${quoteInput(name, 40)}` : rawName.slice(0, 2);
  const meant = nearest(
    name,
    [...known].filter((candidate) => candidate.length > 1),
  );
  const [first = '', ...rest] = name.split(/\s/);
  if (rest.length > 0 && rawName.startsWith('--')) {
    return new DexchangeError(
      'usage_unknown_flag',
      `--${quoteInput(first, 40)} and its value are in the same argument`,
      { hint: `write --${quoteInput(first, 40)}=VALUE, or split it into two arguments` },
    );
  }
  return new DexchangeError('usage_unknown_flag', `unknown flag ${named}`, {
    hint:
      meant === undefined
        ? 'run `dexchange --help` for the commands, and `dexchange help COMMAND` for their flags'
        : `did you mean --${meant}?`,
  });
}
