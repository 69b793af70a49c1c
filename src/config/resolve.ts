import { DexchangeError } from '../errors.ts';
import { rejectPlaceholder, rejectPlaceholderInside } from '../placeholders.ts';
import { Secret } from '../secret.ts';
import { clusterTexts } from './cluster-extension.ts';
import {
  belongsTo,
  inCommand,
  levels,
  type Origin,
  ownVariables,
  ownVariablesIn,
  type Setting,
  sensitivityOf,
} from './setting.ts';
import { settings as allSettings, type SettingName, type SettingValue, table } from './table.ts';
import { inHome, linesOf, parseValue } from './values.ts';

/** A setting's value, its origin, and the origins that it takes precedence over. */
export interface Found {
  readonly value: unknown;
  /** The text of a duration as it was given, such as `90m`. */
  readonly text?: string | undefined;
  readonly origin: Origin;
  readonly overrode: readonly Origin[];
}

/** Everything that settings are read from. */
export interface SettingInputs {
  /**
   * The command, with its method if it has one: only its settings are read. If undefined, all
   * settings are read.
   */
  readonly command?: string | undefined;
  /**
   * Texts by setting, in the order of the command line; a switch has the text `true` or `false`.
   */
  readonly flags: ReadonlyMap<SettingName, readonly FlagText[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `spec.cluster.config` of the exec info; untrusted, so it can have any type. */
  readonly clusterConfig: unknown;
}

/** One occurrence of a flag: its name as written, without dashes, and the text of its value. */
export interface FlagText {
  readonly flag: string;
  readonly text: string;
}

type HasDefault<N extends SettingName> = (typeof table)[N] extends
  | { default: string }
  | { type: 'switch' }
  | { type: 'list' }
  ? true
  : false;

/** The resolved settings of one call. */
export class Settings {
  readonly #found: ReadonlyMap<SettingName, Found>;

  constructor(found: ReadonlyMap<SettingName, Found>) {
    this.#found = found;
  }

  /** The value; undefined if it is not set and has no default. Durations are in milliseconds. */
  value<N extends SettingName>(
    name: N,
  ): HasDefault<N> extends true ? SettingValue<N> : SettingValue<N> | undefined {
    return this.#found.get(name)?.value as SettingValue<N>;
  }

  /** The value with its origin; undefined if it is not set and has no default. */
  found(name: SettingName): Found | undefined {
    return this.#found.get(name);
  }

  /** The rank of a setting's level: 0 for a flag, higher for lower levels, Infinity if not set. */
  rank(name: SettingName): number {
    const found = this.#found.get(name);
    return found === undefined ? Number.POSITIVE_INFINITY : levels.indexOf(found.origin.level);
  }
}

/**
 * Resolves all settings of one call by precedence: flag, `DEXCHANGE_<NAME>`, the cluster's
 * extension, variables of other tools, default. An empty variable counts as unset.
 * @throws DexchangeError setting_invalid, setting_not_expanded, setting_conflict,
 *   setting_not_from_cluster
 */
export function resolveSettings(inputs: SettingInputs): Settings {
  const settings = settingsOf(inputs.command);
  const cluster = clusterTexts(inputs.clusterConfig, settings);
  const own = ownVariablesIn(inputs.env);
  const all = new Map<SettingName, Candidate[]>();
  for (const [name, setting] of settings) {
    const list = candidates(name, setting, inputs, cluster, own(name, setting));
    if (list.length > 0) all.set(name, list);
  }
  resolveGroups(all);
  const found = new Map<SettingName, Found>();
  for (const [name, setting] of settings) {
    const [first, ...others] = all.get(name) ?? [];
    if (first !== undefined) {
      const overrode = others.map((other) => other.origin);
      const value = parse(setting, first, inputs.env);
      const text = setting.type === 'duration' ? first.texts[0] : undefined;
      found.set(name, { value, text, origin: first.origin, overrode });
      continue;
    }
    const preset = defaultOf(setting);
    if (preset !== undefined) found.set(name, preset);
  }
  return new Settings(found);
}

type Row = readonly [SettingName, Setting];

function settingsOf(command: string | undefined): readonly Row[] {
  if (command === undefined) return allSettings;
  return allSettings
    .filter(([, setting]) => belongsTo(setting, command))
    .map(([name, setting]) => [name, inCommand(setting, command)]);
}

interface Candidate {
  readonly origin: Origin;
  /** One text, or several for a list. */
  readonly texts: readonly string[];
  /** Throws if the candidate is invalid; called only if it has the highest precedence. */
  readonly check?: () => void;
}

function candidates(
  name: SettingName,
  setting: Setting,
  inputs: SettingInputs,
  cluster: ReadonlyMap<SettingName, Candidate>,
  ownGiven: readonly string[],
): Candidate[] {
  const list: Candidate[] = [];
  const flags = inputs.flags.get(name);
  if (flags !== undefined) list.push(fromFlags(setting, flags));
  if (setting.flagOnly) return list;
  const own = fromOwn(setting, ownGiven, inputs.env);
  if (own !== undefined) list.push(own);
  const configured = cluster.get(name);
  if (configured !== undefined) list.push(configured);
  const borrowed = fromBorrowed(name, setting, inputs.env);
  if (borrowed !== undefined) list.push(borrowed);
  return list;
}

function fromFlags(setting: Setting, flags: readonly FlagText[]): Candidate {
  const last = flags.at(-1);
  const origin: Origin = { level: 'flag', name: `--${last?.flag ?? ''}` };
  if (setting.type === 'list') return { origin, texts: flags.map((flag) => flag.text) };
  const other = flags.find((flag) => flag.text !== last?.text);
  if (other !== undefined) {
    const twice = other.flag === last?.flag ? `--${other.flag} is set twice` : undefined;
    throw new DexchangeError(
      'setting_conflict',
      `${twice ?? `--${other.flag} and --${last?.flag} are the same setting and are both set`}, with different values`,
      { hint: 'keep one of them' },
    );
  }
  return { origin, texts: [last?.text ?? ''] };
}

/** The variable of the setting's name, or of a former name of it. */
function fromOwn(
  setting: Setting,
  [first, ...others]: readonly string[],
  env: SettingInputs['env'],
): Candidate | undefined {
  if (first === undefined) return undefined;
  const text = env[first] ?? '';
  const check = (): void => {
    const other = others.find((variable) => env[variable] !== text);
    if (other === undefined) return;
    throw new DexchangeError(
      'setting_conflict',
      `${first} and ${other} are the same setting and are both set, with different values`,
      { hint: `unset ${other}, which is the former name` },
    );
  };
  return { origin: { level: 'variable', name: first }, texts: linesOf(setting, text), check };
}

function fromBorrowed(
  name: SettingName,
  setting: Setting,
  env: SettingInputs['env'],
): Candidate | undefined {
  if (setting.borrowed === undefined) return undefined;
  const given = setting.borrowed.flatMap(({ variable, convert }) => {
    // CI settings add blanks around values; in a secret, they may be part of the value.
    const raw = setting.secret === true ? env[variable] : env[variable]?.trim();
    return raw ? [{ variable, raw, text: convert === undefined ? raw : convert(raw) }] : [];
  });
  const [first] = given;
  if (first === undefined) return undefined;
  const check = (): void => {
    const secret = sensitivityOf(setting);
    for (const { variable, raw } of given) rejectPlaceholder(raw, variable, secret);
    const other = given.find(({ text }) => trimSlash(text) !== trimSlash(first.text));
    if (other === undefined) return;
    throw new DexchangeError(
      'setting_conflict',
      `${first.variable} and ${other.variable} are both set and disagree`,
      {
        hint: `unset one of them, or set --${name} or ${ownVariables(name, setting)[0]}, which has precedence`,
      },
    );
  };
  return { origin: { level: 'borrowed', name: first.variable }, texts: [first.text], check };
}

/** A trailing slash does not make a different issuer, so such variables agree. */
function trimSlash(text: string): string {
  return text.endsWith('/') ? text.slice(0, -1) : text;
}

/**
 * Within a group, only the highest level counts, so `--client-secret-file` overrides a job-wide
 * DEX_CLIENT_SECRET. Two settings of a group on that level are a conflict.
 */
function resolveGroups(all: Map<SettingName, Candidate[]>): void {
  const groups = new Map<string, SettingName[]>();
  for (const name of all.keys()) {
    const { group }: Setting = table[name];
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  for (const members of groups.values()) {
    const set = members.flatMap((name) => {
      const first = all.get(name)?.[0];
      return first === undefined ? [] : [{ name, first, rank: levels.indexOf(first.origin.level) }];
    });
    if (set.length < 2) continue;
    const strongest = Math.min(...set.map((member) => member.rank));
    const [winner, rival] = set.filter((member) => member.rank === strongest);
    if (winner === undefined) continue;
    if (rival !== undefined) {
      throw new DexchangeError(
        'setting_conflict',
        `${winner.first.origin.name} and ${rival.first.origin.name} cannot be used together`,
        { hint: 'keep one of them' },
      );
    }
    const losers = set.filter((member) => member !== winner);
    for (const loser of losers) {
      all.get(winner.name)?.push(...(all.get(loser.name) ?? []));
      all.set(loser.name, []);
    }
  }
}

function parse(setting: Setting, candidate: Candidate, env: SettingInputs['env']): unknown {
  const secret = setting.secret === true;
  const origin = candidate.origin.name;
  candidate.check?.();
  if (setting.type !== 'list' && candidate.texts[0] === '') {
    throw new DexchangeError('setting_invalid', `${origin} is empty`, {
      hint: 'set a value, or remove the setting',
    });
  }
  const values = candidate.texts.map((text) => {
    // For a variable name, parseVariable has a better message about a leading $.
    if (setting.type !== 'variable') checkExpanded(setting, text, origin);
    // YAML and CI settings add blanks around values; in a secret, blanks may be part of the value.
    const value = parseValue(setting, secret ? text : text.trim(), origin);
    if (setting.type === 'path') return inHome(String(value), origin, env);
    return secret ? new Secret(String(value)) : value;
  });
  return setting.type === 'list' ? values : values[0];
}

function checkExpanded(setting: Setting, text: string, origin: string): void {
  const secret = sensitivityOf(setting);
  // A part of a secret can be anything, and a command can be sh -c 'echo $NAME'.
  if (secret || setting.type === 'command') rejectPlaceholder(text, origin, secret);
  else rejectPlaceholderInside(text, origin);
}

const byDefault: Origin = { level: 'default', name: 'default' };

function defaultOf(setting: Setting): Found | undefined {
  const found = (value: unknown): Found => ({ value, origin: byDefault, overrode: [] });
  const text = setting.default;
  if (text !== undefined) {
    return {
      // Parsed on access, because a cache hit reads few defaults, and defaults are always valid.
      get value() {
        return parseValue(setting, text, 'default');
      },
      origin: byDefault,
      overrode: [],
    };
  }
  if (setting.type === 'switch') return found(false);
  return setting.type === 'list' ? found([]) : undefined;
}
