import { expect, test } from 'vitest';
import { limitLine } from '../../../src/running/keep-fresh.ts';

const end = { atMs: 3_600_000, name: 'the identity token from CI_TOKEN', hint: 'split the job' };

test.each([
  [
    false,
    'note: renewal ends at 1970-01-01T01:00:00Z, with the identity token from CI_TOKEN; if the job runs longer, split the job',
  ],
  [
    true,
    'note: the credential ends at 1970-01-01T01:00:00Z, with the identity token from CI_TOKEN; if the job runs longer, split the job',
  ],
])('the limit of an identity token (the credential itself: %s) is told', (isCredential, line) => {
  expect(limitLine({ ...end, isCredential })).toBe(line);
});
