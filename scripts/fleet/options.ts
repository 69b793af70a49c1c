import { parseArgs } from 'node:util';
import { table } from '../../src/config/table.ts';
import { parseValue } from '../../src/config/values.ts';
import { goDuration } from '../../src/duration.ts';
import type { Fleet } from './fleet.ts';

/** A flag for one property of a fleet. */
interface Option {
  readonly flag: string;
  readonly type: 'count' | 'duration' | 'choice';
  readonly placeholder: string;
  readonly help: string;
}

/** The CPU time of Dex for an exchange, in milliseconds: what `--measure` finds for Dex as in DKP. */
const measuredCostMs = 4;

/** The fleet without flags. */
export const usualFleet: Fleet = {
  jobsPerHour: 10_000,
  identity: 'job',
  client: 'plugin',
  cache: 'job',
  calls: 10,
  jobLengthMs: 10 * 60_000,
  tokenLifeMs: 10 * 60_000,
  runners: 100,
  herd: 0,
  herdSpreadMs: 10_000,
  dexCores: 1,
  exchangeCostMs: measuredCostMs,
  latencyMs: 50,
  limitPerSecond: undefined,
  limitBurst: 0,
  retryAfterMs: undefined,
  timeoutMs: milliseconds(table.timeout.default, '--timeout'),
  seed: 1,
};

const choices = {
  identity: ['job', 'shared'],
  client: ['plugin', 'exec'],
  cache: ['job', 'runner', 'none'],
} as const;

const options: Readonly<Record<keyof Fleet, Option>> = {
  jobsPerHour: count('jobs', 'jobs that start in an hour'),
  identity: choice(
    'identity',
    'job: each job has its own token (GitLab, GitHub); shared: all jobs have one (client credentials)',
  ),
  client: choice(
    'client',
    'plugin: each call of kubectl runs dexchange; exec: one `dexchange exec` or agent per job',
  ),
  cache: choice('cache', 'which calls share a cache: those of a job, those of a runner, or none'),
  calls: count('calls', 'calls of kubectl in a job, evenly spread'),
  jobLengthMs: duration('job-length', 'how long a job runs'),
  tokenLifeMs: duration('token-life', 'how long the tokens of Dex are valid (idTokenTTL)'),
  runners: count('runners', 'machines that run the jobs'),
  herd: count('herd', 'how many of the jobs cron starts at the full hour'),
  herdSpreadMs: duration('spread', 'how long it takes until all jobs of the herd have started'),
  dexCores: count('cores', 'cores that Dex can use'),
  exchangeCostMs: count('cost', 'CPU time of Dex for an exchange, in milliseconds'),
  latencyMs: duration('latency', 'what an exchange takes beside the CPU time of Dex'),
  limitPerSecond: count('limit', 'requests per second that a limiter before Dex passes on'),
  limitBurst: count('burst', 'how many more it passes on at once'),
  retryAfterMs: duration('retry-after', 'Retry-After in the 429 of the limiter'),
  timeoutMs: duration('timeout', 'the timeout of dexchange'),
  seed: count('seed', 'of the random numbers'),
};

/** What to do, from the command line. */
export interface Request {
  readonly fleet: Fleet;
  readonly does: 'help' | 'simulate' | 'table' | 'measure';
  readonly writes: boolean;
}

/**
 * Parses the command line.
 * @throws Error with a message for the user
 */
export function parseRequest(args: readonly string[]): Request {
  const names = Object.values(options).map(({ flag }) => [flag, { type: 'string' }] as const);
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...Object.fromEntries(names),
      table: { type: 'boolean' },
      measure: { type: 'boolean' },
      write: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const given = Object.entries(options).flatMap(([name, option]) => {
    const text: unknown = Reflect.get(values, option.flag);
    return typeof text === 'string' ? [[name, parsed(name, option, text)]] : [];
  });
  const fleet: Fleet = { ...usualFleet, ...Object.fromEntries(given) };
  if (fleet.herd > fleet.jobsPerHour) throw new Error('--herd is greater than --jobs');
  for (const name of ['runners', 'dexCores', 'exchangeCostMs', 'calls', 'limitPerSecond'] as const)
    if (fleet[name] === 0) throw new Error(`--${options[name].flag} must be greater than 0`);
  const does =
    values.help === true
      ? 'help'
      : values.measure === true
        ? 'measure'
        : values.table === true
          ? 'table'
          : 'simulate';
  if (values.write === true && does === 'simulate') {
    throw new Error('--write needs --table or --measure');
  }
  return { fleet, does, writes: values.write === true };
}

function parsed(name: string, { flag, type }: Option, text: string): string | number {
  if (type === 'duration') return milliseconds(text, `--${flag}`);
  if (type === 'count') {
    const number = Number(text);
    const canBeFraction = name === 'exchangeCostMs';
    const isValid = canBeFraction ? Number.isFinite(number) : Number.isInteger(number);
    if (text.trim() !== '' && number >= 0 && isValid) return number;
    throw new Error(`--${flag} is ${text}, not a ${canBeFraction ? 'number' : 'whole number'}`);
  }
  const known: readonly string[] = choices[name as keyof typeof choices];
  if (known.includes(text)) return text;
  throw new Error(`--${flag} is ${text}, but must be one of: ${known.join(', ')}`);
}

function milliseconds(text: string, origin: string): number {
  const setting = { ...table.timeout, type: 'duration' } as const;
  return Number(parseValue(setting, text, origin));
}

/** The text of --help. */
export function helpText(): string {
  const rows = Object.entries(options).map(([name, { flag, placeholder, help }]) => {
    const value = usualFleet[name as keyof Fleet];
    const isDuration = options[name as keyof Fleet].type === 'duration';
    const shown = isDuration && typeof value === 'number' ? goDuration(value) : value;
    return `  ${`--${flag} ${placeholder}`.padEnd(24)}${help}${shown === undefined ? '' : ` (${shown})`}`;
  });
  return [
    'Simulates what a fleet of CI jobs asks of Dex in an hour, with the rules of the sources.',
    '',
    'usage: npm run fleet -- [flags]',
    '',
    ...rows,
    '',
    `  ${'--table'.padEnd(24)}simulate the fleets of docs/fleet.md`,
    `  ${'--measure'.padEnd(24)}measure a real Dex, which is built first (needs Go, Linux)`,
    `  ${'--write'.padEnd(24)}with --table or --measure: write the figures to docs/fleet.md`,
  ].join('\n');
}

function count(flag: string, help: string): Option {
  return { flag, type: 'count', placeholder: 'N', help };
}

function duration(flag: string, help: string): Option {
  return { flag, type: 'duration', placeholder: 'DURATION', help };
}

function choice(flag: keyof typeof choices, help: string): Option {
  return { flag, type: 'choice', placeholder: choices[flag].join('|'), help };
}
