import { expect, test } from 'vitest';
import { usualFleet } from '../../../scripts/fleet/options.ts';
import { markdownTable, reportText } from '../../../scripts/fleet/report.ts';

const hour = {
  ...{ jobs: 1000, calls: 10_000, failedCalls: 3, failedRenewals: 2 },
  ...{ requests: 2500, exchanges: 2000, rejected: 500 },
  busiestSecond: { requests: 40, atSecond: 95 },
  load: { average: 0.0123, busiest: 0.456 },
  waitMs: { median: 54.4, p95: 300, longest: 2000.6 },
};

test('the report says what happened in the hour', () => {
  expect(reportText(usualFleet, hour)).toBe(
    `jobs                1000, of 10m each
calls of dexchange  10000, of which 3 failed
exchanges           2000: 0.6 per second, 2.0 per job that started
requests            2500, of which 500 got 429
busiest second      40 requests, 95s after the full hour
load of Dex         1.2 % of 1 core, 46 % in the busiest 10 s
an exchange takes   54 ms (median), 300 ms (95 %), at most 2001 ms`,
  );
});

test('the report of exec counts renewals, and that without a limiter no 429', () => {
  const text = reportText(
    { ...usualFleet, client: 'exec', dexCores: 4 },
    { ...hour, exchanges: 50, rejected: 0 },
  );
  expect(text).toContain('\nfailed renewals     2, which are tried again\n');
  expect(text).toContain('50: 0.0 per second, 0.05 per job that started');
  expect(text).toContain('1.2 % of 4 cores');
  expect(text).not.toContain('429');
});

test('a table aligns all columns but the first to the right', () => {
  expect(markdownTable(['a', 'b'], [['x', '1']])).toBe('| a | b |\n| --- | ---: |\n| x | 1 |');
});
