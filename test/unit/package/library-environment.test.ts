import { expect, test } from 'vitest';
import { hideEnvironment } from '../../../scripts/package/library-environment.ts';

test.each([
  ["if (process.env.LOG) log('x')", "if ((void 0)) log('x')"],
  ['node_process.env.LOG_TOKENS', '(void 0)'],
  ["const a = process.env['A_B'] || 'c'", "const a = (void 0) || 'c'"],
  ['process.env["A"]', '(void 0)'],
])('%s becomes %s', (source, expected) => {
  expect(hideEnvironment(source)).toBe(expected);
});

test.each([
  'const {env} = process; env.XDG_CACHE_HOME',
  'process.env.XDG_CACHE_HOME',
  'process.env.LOCALAPPDATA',
  'process.environment.A',
  'process.env',
])('%s stays', (source) => {
  expect(hideEnvironment(source)).toBe(source);
});
