import { expect, test } from 'vitest';
import { rejectPlaceholder } from '../../src/placeholders.ts';
import { failure } from './support/failure.ts';

test.each(['$A', '$DEX_URL', '$_x1', `\${DEX_URL}`])('%s is rejected', (text) => {
  expect(failure(() => rejectPlaceholder(text, 'DEX_URL', false))).toMatchObject({
    code: 'setting_not_expanded',
    message: expect.stringMatching(/^DEX_URL .*\$/),
    exitCode: 2,
  });
  const { message } = failure(() => rejectPlaceholder(text, 'file x', true));
  expect(message).toMatch(/^file x .*variable/);
  expect(message).not.toContain(text);
});

test.each(['', '$', '$1', 'a$B', '$A$B', '$A ', '${', `\${}`, `\${A`, '$$A', 'pa$$word', '$a-b'])(
  '%j is accepted',
  (text) => {
    expect(() => rejectPlaceholder(text, 'x', true)).not.toThrow();
  },
);
