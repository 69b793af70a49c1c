import { describe, expect, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import {
  emptyUser,
  rejectSelf,
  type SelectedContext,
  selectedContext,
} from '../../../src/inputs/kubeconfig.ts';
import { failure } from '../support/failure.ts';
import { settingsOf } from '../support/settings.ts';

function withPlugin(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): SelectedContext {
  const cluster = {
    name: 'c',
    server: 'https://api.example.com',
    tlsServerName: undefined,
    certificateAuthority: undefined,
    insecureSkipTlsVerify: false,
    proxyUrl: undefined,
    execExtension: undefined,
  };
  const exec = {
    command,
    args,
    env,
    apiVersion: 'client.authentication.k8s.io/v1',
    installHint: undefined,
    provideClusterInfo: false,
    interactiveMode: 'Never',
  };
  const context = { name: 'a', cluster, user: { ...emptyUser, exec }, namespace: undefined };
  return { context, paths: ['/kube/config'] };
}

describe('method service-account does not use a context whose plugin is itself:', () => {
  test.each([
    ['by a flag', withPlugin('dexchange', ['get-token', '--method=service-account'])],
    ['by two words', withPlugin('/opt/dexchange', ['get-token', '--method', 'service-account'])],
    ['with a version', withPlugin('dexchange-0.2', ['get-token', '--method=service-account'])],
    ['on Windows', withPlugin('dexchange.exe', ['get-token', '--method=service-account'])],
    [
      'by a variable',
      withPlugin('dexchange', ['get-token'], { DEXCHANGE_METHOD: 'service-account' }),
    ],
  ])('%s', (_what, selected) => {
    expect(() => rejectSelf(selected)).toThrow(DexchangeError);
  });

  test.each([
    [
      'with another method',
      withPlugin('dexchange', ['get-token', '--dex-url=https://dex.example.com']),
    ],
    ['of another program', withPlugin('kubelogin', ['get-token', '--method=service-account'])],
    ['with another command', withPlugin('dexchange', ['decode', 'service-account'])],
  ])('but one %s', (_what, selected) => {
    expect(() => rejectSelf(selected)).not.toThrow();
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
