import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { helpText, parseRequest, usualFleet } from '../../../scripts/fleet/options.ts';

test('no flags mean the usual fleet', () => {
  expect(parseRequest([])).toEqual({ fleet: usualFleet, does: 'simulate', writes: false });
});

test('each flag sets one property', () => {
  const { fleet } = parseRequest([
    ...['--jobs=300', '--identity=shared', '--client=exec', '--cache=runner', '--calls', '5'],
    ...['--job-length=90s', '--token-life=1h', '--runners=7', '--herd=100', '--spread=1m'],
    ...['--cores=2', '--cost=1.5', '--latency=10ms', '--limit=20', '--burst=40'],
    ...['--retry-after=5', '--timeout=10s', '--seed=9'],
  ]);
  expect(fleet).toEqual({
    ...{ jobsPerHour: 300, identity: 'shared', client: 'exec', cache: 'runner', calls: 5 },
    ...{ jobLengthMs: 90_000, tokenLifeMs: 3_600_000, runners: 7, herd: 100 },
    ...{ herdSpreadMs: 60_000, dexCores: 2, exchangeCostMs: 1.5, latencyMs: 10 },
    ...{ limitPerSecond: 20, limitBurst: 40, retryAfterMs: 5000, timeoutMs: 10_000, seed: 9 },
  });
});

test.each([
  [['--jobs=many'], '--jobs is many, not a whole number'],
  [['--jobs='], '--jobs is , not a whole number'],
  [['--calls=1.5'], '--calls is 1.5, not a whole number'],
  [['--cost=-1'], '--cost is -1, not a number'],
  [['--limit=0'], '--limit must be greater than 0'],
  [['--cache=disk'], '--cache is disk, but must be one of: job, runner, none'],
  [['--spread=soon'], '--spread is soon, not a valid duration'],
  [['--jobs=10', '--herd=11'], '--herd is greater than --jobs'],
  [['--write'], '--write needs --table or --measure'],
  [['--frobnicate'], 'Unknown option'],
])('%j is rejected', (args, message) => {
  expect(() => parseRequest(args)).toThrow(message);
});

test('the help has a line for each flag, with its default', () => {
  const flags = [...helpText().matchAll(/^ {2}--([\w-]+)/gm)].map(([, flag]) => flag);
  expect(flags).toHaveLength(Object.keys(usualFleet).length + 3);
  expect(helpText()).toContain('how long a job runs (10m)');
});

test('the commands of docs/fleet.md are accepted', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/fleet.md'), 'utf8');
  const commands = [...page.matchAll(/npm run fleet -- ([^`\n]+?)(?: -->|`|$)/gm)];
  expect(commands.length).toBeGreaterThan(5);
  for (const [, flags = ''] of commands) {
    expect(() => parseRequest(flags.split(' ')), flags).not.toThrow();
  }
});
