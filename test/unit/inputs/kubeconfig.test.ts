import { describe, expect, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import {
  callingContextsVariable,
  emptyUser,
  pluginEnvironment,
  rejectSelf,
  type SelectedContext,
  selectedContext,
} from '../../../src/inputs/kubeconfig.ts';
import type { Environment } from '../../../src/ports.ts';
import { failure } from '../support/failure.ts';
import { settingsOf } from '../support/settings.ts';

function selected(name: string, path = '/kube/config'): SelectedContext {
  const cluster = {
    name: 'c',
    server: 'https://api.example.com',
    tlsServerName: undefined,
    certificateAuthority: undefined,
    insecureSkipTlsVerify: false,
    proxyUrl: undefined,
    execExtension: undefined,
  };
  return { context: { name, cluster, user: emptyUser, namespace: undefined }, paths: [path] };
}

/** The environment of a plugin that was started by a chain of contexts. */
function environmentAfter(...chain: readonly SelectedContext[]): Environment {
  let env: Environment = {};
  for (const context of chain) env = pluginEnvironment(context, env);
  return env;
}

describe('a chain of contexts whose plugins are dexchange with method service-account', () => {
  test.each([
    ['is empty', environmentAfter()],
    ['has other contexts only', environmentAfter(selected('b'), selected('c'))],
    ['has a context of the same name in another file', environmentAfter(selected('a', '/other'))],
    ['is not JSON', { [callingContextsVariable]: '{' }],
    ['is not a list', { [callingContextsVariable]: '7' }],
  ])('may use a context if it %s', (_what, env) => {
    expect(() => rejectSelf(selected('a'), env)).not.toThrow();
  });

  test.each([
    ['last', environmentAfter(selected('b'), selected('a'))],
    ['before another', environmentAfter(selected('a'), selected('b'))],
  ])('may not use a context that it has used %s', (_what, env) => {
    expect(() => rejectSelf(selected('a'), env)).toThrow(DexchangeError);
  });
});

test.each(['~/.kube/config', '$HOME/.kube/config', '%USERPROFILE%/config', '/none:~/config'])(
  'KUBECONFIG=%s is not expanded, as by kubectl, and the hint says so',
  (variable) => {
    const absent = Object.assign(new Error('does not exist'), { absent: true });
    const runtime = {
      env: { KUBECONFIG: variable, HOME: '/home/jane' },
      cwd: () => '/work',
      readTextFile: () => {
        throw absent;
      },
    };
    const error = failure(() => selectedContext(settingsOf({}), runtime));
    expect(error).toMatchObject({
      code: 'kubeconfig_unreadable',
      hint: expect.stringContaining('without ~ and variables'),
    });
  },
);
