import { describe, expect, test } from 'vitest';
import { childEnvironment, NestedCallError, nestedCallsVariable } from '../../src/nested-call.ts';
import type { Environment } from '../../src/ports.ts';

/** The environment of a process that was started by a chain of purposes. */
function startedBy(...chain: readonly string[]): Environment {
  let env: Environment = {};
  for (const purpose of chain) env = childEnvironment(env, env, [purpose]);
  return env;
}

describe('a child is run for a purpose', () => {
  test.each<[string, Environment]>([
    ['that nothing else serves', {}],
    ['that differs from those that led to it', startedBy('b', 'c')],
    ['if the variable is empty', { [nestedCallsVariable]: '' }],
    ['if the variable is not a list of calls', { [nestedCallsVariable]: ',x y,{' }],
  ])('%s', (_what, own) => {
    const env = childEnvironment({ PATH: '/bin' }, own, ['a']);
    expect(env['PATH']).toBe('/bin');
    expect(() => childEnvironment({}, env, ['a'])).toThrow(NestedCallError);
  });
});

describe('no child is run for a purpose', () => {
  test.each([
    ['that this process serves itself', startedBy('b', 'a')],
    ['that its caller serves', startedBy('a', 'b')],
  ])('%s', (_what, own) => {
    expect(() => childEnvironment({}, own, ['a'])).toThrow(/calls itself/);
  });

  test('at the end of a long chain', () => {
    expect(() => childEnvironment({}, startedBy(...'bcdefghi'), ['a'])).toThrow(/already wait/);
  });
});

test('parts of a purpose are not joined', () => {
  const own = childEnvironment({}, {}, ['a', 'bc']);
  expect(() => childEnvironment({}, own, ['ab', 'c'])).not.toThrow();
});

test('the variable does not contain the purpose, which can contain a secret', () => {
  expect(startedBy('s3cret')[nestedCallsVariable]).not.toContain('s3cret');
});
