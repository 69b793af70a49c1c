import { DexchangeError } from '../errors.ts';
import { quoteInput } from '../sanitize.ts';
import { nearest } from './nearest.ts';
import type { FlagText } from './resolve.ts';
import type { Setting } from './setting.ts';
import { type SettingName, settings, table } from './table.ts';
import { type FlagToken, isLevel, type Takes, tokenize } from './tokenize.ts';

/** The words and flags of a command line; flags as texts by setting, not yet parsed. */
export interface ParsedArguments {
  readonly positionals: readonly string[];
  /** Those of the words that follow `--`. */
  readonly afterDashes: readonly string[];
  readonly flags: ReadonlyMap<SettingName, readonly FlagText[]>;
  readonly help: boolean;
  readonly version: boolean;
}

/** A flag of the command line. */
export interface Flag {
  readonly setting: SettingName | 'help' | 'version';
  readonly takes: Takes;
  /** The value of the flag if the command line has none. */
  readonly bareValue: string;
}

/** All flags by their names, short and long, without dashes. */
export function knownFlags(): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>([
    ['help', { setting: 'help', takes: 'nothing', bareValue: 'true' }],
    ['h', { setting: 'help', takes: 'nothing', bareValue: 'true' }],
    ['version', { setting: 'version', takes: 'nothing', bareValue: 'true' }],
  ]);
  for (const [name, setting] of settings) {
    const bareValue = setting.bareValue ?? 'true';
    const takesValue = setting.type !== 'switch' && setting.bareValue === undefined;
    const flag: Flag = { setting: name, takes: takesValue ? 'value' : 'nothing', bareValue };
    flags.set(name, flag);
    if (setting.short !== undefined) {
      flags.set(setting.short, setting.hasLevels ? { ...flag, takes: 'level' } : flag);
    }
    for (const alias of setting.flagAliases ?? []) flags.set(alias, flag);
    for (const former of setting.formerNames ?? []) flags.set(former, flag);
  }
  return flags;
}

/**
 * Parses a command line into words and flags, in the forms that kubectl accepts: `--flag value`,
 * `--flag=value`, `--switch=false`, `-v=6`, `-v 6`.
 * @throws DexchangeError usage_unknown_flag, usage_flag_value; the errors never contain a value
 */
export function parseArguments(args: readonly string[]): ParsedArguments {
  const known = knownFlags();
  const tokens = tokenize(args, (name) => known.get(name)?.takes);
  const positionals: string[] = [];
  const afterDashes: string[] = [];
  const flags = new Map<SettingName, FlagText[]>();
  let help = false;
  let version = false;
  for (const token of tokens) {
    if (token.kind === 'word') {
      positionals.push(token.text);
      if (token.afterDashes) afterDashes.push(token.text);
      continue;
    }
    const flag = known.get(token.name);
    if (flag === undefined || hasWrongDashes(token, flag)) throw unknownFlag(token.rawName, known);
    if (flag.setting === 'help' || flag.setting === 'version') {
      help ||= flag.setting === 'help';
      version ||= flag.setting === 'version';
      continue;
    }
    const text = flagText(token.rawName, token.value, token.inline, flag);
    const name = token.name.length === 1 ? flag.setting : token.name;
    flags.set(flag.setting, [...(flags.get(flag.setting) ?? []), { flag: name, text }]);
  }
  return { positionals, afterDashes, flags, help, version };
}

/** A letter has one dash and a name two, but kubectl also has `--v`. */
function hasWrongDashes({ name, rawName }: FlagToken, { takes }: Flag): boolean {
  return takes !== 'level' && (name.length === 1) === rawName.startsWith('--');
}

function flagText(
  rawName: string,
  value: string | undefined,
  inline: boolean,
  { takes, bareValue }: Flag,
): string {
  if (takes === 'level' && value !== undefined && isLevel(value)) return String(Number(value) > 0);
  if (takes !== 'value') return value ?? bareValue;
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

function unknownFlag(rawName: string, known: ReadonlyMap<string, Flag>): DexchangeError {
  const name = rawName.replace(/^--?/, '');
  // The message must not repeat a secret that follows a mistyped short flag directly (-psecret).
  const named = rawName.startsWith('--') ? `--${quoteInput(name, 40)}` : rawName.slice(0, 2);
  const meant = nearest(
    name,
    [...known.keys()].filter((candidate) => candidate.length > 1),
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
        : `did you mean --${currentName(meant, known)}?`,
  });
}

/** The name of a flag today, if the given one is a former name of it. */
function currentName(name: string, known: ReadonlyMap<string, Flag>): string {
  const setting = known.get(name)?.setting;
  if (setting === undefined || setting === 'help' || setting === 'version') return name;
  const { formerNames = [] }: Setting = table[setting];
  return formerNames.includes(name) ? setting : name;
}
