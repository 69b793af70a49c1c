import { expect, test } from 'vitest';
import { rejectPlaceholder } from '../../src/placeholders.ts';
import { failure } from './support/failure.ts';

test.each(['$A', '$DEX_URL', '$_x1', `\${DEX_URL}`])('%s is refused', (text) => {
  expect(failure(() => rejectPlaceholder(text, 'DEX_URL', false))).toMatchObject({
    code: 'setting_not_expanded',
    message: `DEX_URL is literally ${text}`,
    exitCode: 2,
  });
  expect(failure(() => rejectPlaceholder(text, 'file x', true)).message).toBe(
    'file x holds the literal name of a variable instead of its value',
  );
});

test.each(['', '$', '$1', 'a$B', '$A$B', '$A ', '${', `\${}`, `\${A`, '$$A', 'pa$$word', '$a-b'])(
  '%j may be a value',
  (text) => {
    expect(() => rejectPlaceholder(text, 'x', true)).not.toThrow();
  },
);
