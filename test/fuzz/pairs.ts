import { stripVTControlCharacters } from 'node:util';
import { belongsTo, ownVariable, type Setting } from '../../src/config/setting.ts';
import { settings } from '../../src/config/table.ts';
import { foreignFlags } from '../support/advised-flags.ts';
import { variableValues } from '../support/hostile-variables.ts';
import {
  canary,
  goodAnswer,
  goodClaims,
  type HostileWorld,
  unsignedJwt,
} from '../support/hostile-world.ts';
import { type InProcessCall, runInProcess } from '../support/in-process.ts';
import { problemOf } from '../support/outcome.ts';
import { commandLines, valuesOf } from '../support/setting-values.ts';

/** One thing that a call can be given: a setting by flag, by variable or by the cluster, or a variable. */
export interface Given {
  readonly what: string;
  readonly good: readonly string[];
  readonly bad: readonly string[];
  readonly as: 'flag' | 'variable' | 'cluster';
  /** A variable of another tool. */
  readonly isForeign?: true;
}

/** One call with two things given. */
export interface PairCase {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the servers answer as they should; otherwise they cannot be reached. */
  readonly hasServers: boolean;
}

/** Everything that a command can be given: its settings in every way, and variables of other tools. */
export function givensOf(command: string, world: HostileWorld): readonly Given[] {
  const own = settings.filter(([, setting]) => belongsTo(setting, command));
  const given = own.flatMap(([name, row]): readonly Given[] => {
    const setting: Setting = row;
    const values = valuesOf(name, setting, world);
    return [
      { what: name, as: 'flag', ...values },
      ...(setting.flagOnly === true
        ? []
        : [{ what: ownVariable(name), as: 'variable', ...values } as const]),
      ...(command === 'get-token' && setting.flagOnly !== true
        ? [{ what: name, as: 'cluster', ...values } as const]
        : []),
    ];
  });
  const variables = Object.entries(variableValues(world)).map(
    ([what, [first = '', ...others]]) => ({
      what,
      as: 'variable' as const,
      isForeign: true as const,
      good: [first],
      bad: others,
    }),
  );
  return [...given, ...variables];
}

/** The call of a command with these things given, on top of what makes the command succeed. */
export function caseOf(
  command: string,
  pairs: readonly (readonly [Given, string])[],
  hasServers: boolean,
  world: HostileWorld,
): PairCase {
  const env: Record<string, string> = {};
  const config: Record<string, string> = {};
  const flags: string[] = [];
  for (const [{ what, as }, value] of pairs) {
    if (as === 'flag') flags.push(`--${what}=${value}`);
    else if (as === 'variable') env[what] = value;
    else config[what.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())] = value;
  }
  if (Object.keys(config).length > 0) {
    env['KUBERNETES_EXEC_INFO'] ??= JSON.stringify({
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { cluster: { config } },
    });
  }
  const base = commandLines(world)[command] ?? [];
  const replaced = new Set(flags.map((flag) => flag.split('=')[0]));
  const kept = base.filter((flag) => !replaced.has(flag.split('=')[0]));
  return { command, args: [...command.split(' '), ...kept, ...flags], env, hasServers };
}

/**
 * All pairs of things that a command can be given, each once with values that `pick` chooses from the
 * good and the bad ones. Two variables of other tools are combined for get-token only, which reads most.
 */
export function* pairsOf(
  command: string,
  world: HostileWorld,
  pick: (count: number) => number,
): Generator<PairCase> {
  const givens = givensOf(command, world);
  const value = ({ good, bad }: Given): string => {
    const values = pick(5) < 2 || bad.length === 0 ? good : bad;
    return values[pick(values.length)] ?? '';
  };
  for (const [index, first] of givens.entries()) {
    for (const second of givens.slice(index + 1)) {
      if (first.isForeign && second.isForeign && command !== 'get-token') continue;
      // Doctor makes the call of get-token, whose pairs are tried there.
      if (command === 'doctor' && [first, second].every(isOfGetToken)) continue;
      const pairs = [first, second].map((given) => [given, value(given)] as const);
      yield caseOf(command, pairs, pick(2) === 0, world);
    }
  }
}

function isOfGetToken({ what, isForeign }: Given): boolean {
  const own = settings.find(([name]) => name === what || ownVariable(name) === what)?.[1];
  return isForeign === true || (own !== undefined && belongsTo(own, 'get-token'));
}

/** Without the colors and the sections of a log. */
function withoutMarkup(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/section_(?:start|end):\d+:\w+.*?\r/g, '');
}

/** Runs a case and says what is wrong with its outcome; undefined if nothing is. */
export async function problemOfCase(
  { command, args, env, hasServers }: PairCase,
  world: HostileWorld,
): Promise<string | undefined> {
  const call: InProcessCall = {
    env: {
      HOME: world.folder,
      TOKEN: unsignedJwt(goodClaims()),
      ...(command === 'get-token' ? { GITLAB_OIDC_TOKEN: unsignedJwt(goodClaims()) } : {}),
      ...env,
    },
    home: world.folder,
    cwd: world.folder,
    stdin: '',
    command: () => `${canary}\n`,
    ...(hasServers ? { answer: goodAnswer } : {}),
  };
  const timeout = Symbol();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof timeout>((resolve) => {
    timer = setTimeout(() => resolve(timeout), 20_000);
  });
  const ended = await Promise.race([runInProcess(args, call), late]);
  clearTimeout(timer);
  if (ended === timeout) return 'no outcome within 20 s';
  const isDoctor = command === 'doctor';
  const explains =
    args.some((arg) => arg.startsWith('--explain')) ||
    Boolean(env['DEXCHANGE_EXPLAIN']) ||
    // A failed check is a part of their result, but an error of usage is not.
    ((isDoctor || command === 'discover') && ended.stdout !== '');
  const stdout = isDoctor ? withoutMarkup(ended.stdout) : ended.stdout;
  const problem = problemOf(
    { ...ended, stdout },
    {
      explains,
      printsData: !isDoctor,
      // What is printed as asked for is not leaked; doctor prints no value that can be a secret.
      secrets: ended.code === 0 && !isDoctor ? [] : [canary],
    },
  );
  const hint = /^hint: (.*)$/m.exec(ended.stderr)?.[1] ?? '';
  const foreign = ended.code === 0 ? [] : foreignFlags(hint, command);
  if (foreign.length > 0) return `the hint names ${foreign.join(', ')}: ${ended.stderr}`;
  return problem === undefined ? undefined : `${problem}: ${ended.stderr.slice(0, 2000)}`;
}
