import { expect, test } from 'vitest';
import type { KubeconfigContext } from '../../../src/kubernetes/kubeconfig/context.ts';
import { readContext } from '../../../src/kubernetes/kubeconfig/read.ts';
import { failure } from '../support/failure.ts';

const whole = `clusters:
- name: c
  cluster: {server: https://api.example.com}
contexts:
- name: x
  context: {cluster: c, user: u}
current-context: x
users:
- name: u
  user: {token: t0ken}
`;

function failureOf(...texts: readonly string[]) {
  const files = texts.map((text, index) => ({ path: `/home/config-${index}`, text }));
  return failure(() => readContext(files, undefined));
}

test('the context is given with its names and types', () => {
  const text = whole.replace('user: u', 'user: u, namespace: apps');
  const context = readContext([{ path: '/home/config', text }], 'x');
  expect(context).toMatchObject({
    name: 'x',
    namespace: 'apps',
    cluster: { name: 'c', server: 'https://api.example.com', insecureSkipTlsVerify: false },
    user: { name: 'u', exec: undefined, impersonate: undefined },
  });
  expect(context.user.token?.reveal()).toBe('t0ken');
  expect(JSON.stringify(context)).not.toContain('t0ken');
});

test('relative paths start at the folder of the file that has the entry', () => {
  const users = 'users: [{name: u, user: {client-certificate: a/crt, client-key: /key}}]';
  const files = [
    { path: '/one/config', text: users },
    { path: '/two/config', text: whole.replace('{server:', '{certificate-authority: ca, server:') },
  ];
  const { cluster, user } = readContext(files, undefined);
  expect(cluster.certificateAuthority).toEqual({ path: '/two/ca' });
  expect(user.clientCertificate).toEqual({ path: '/one/a/crt' });
  expect(user.clientKey).toEqual({ path: '/key' });
});

test('the pod is taken only if no context is named or current', () => {
  const inPod: KubeconfigContext = {
    ...readContext([{ path: '/config', text: whole }], undefined),
    name: 'pod',
  };
  const none = [{ path: '/config', text: whole.replace('current-context: x', '') }];
  expect(readContext([], undefined, inPod)).toBe(inPod);
  expect(readContext(none, undefined, inPod)).toBe(inPod);
  expect(readContext(none, 'x', inPod).name).toBe('x');
  expect(readContext([{ path: '/config', text: whole }], '', inPod).name).toBe('x');
});

test.each<[string, string, readonly string[]]>([
  ['a line that is not YAML', `${whole}a: b: c\n`, ['/home/config-0', 'line 11', 'not YAML']],
  ['such a line behind CR LF', `${whole}\ta: b\n`.replaceAll('\n', '\r\n'), ['line 11', 'tab']],
  ['a number for text', whole.replace('t0ken', '12'), ['users[0].user.token', 'string', 'number']],
  ['text for a list', 'users: u', ['users', 'a list', 'a string']],
  [
    'text that is not base64',
    whole.replace('token: t0ken', 'client-key-data: "?"'),
    ['client-key-data', 'base64'],
  ],
  ['a name twice', whole.replace('users:', 'users:\n- name: u'), ['users[1]', ' u,']],
  ['a missing user', whole.replace('name: u', 'name: v'), ['/home/config-0', 'user u']],
  ['a missing server', whole.replace('https://api.example.com', ''), ['cluster c', 'server']],
  [
    'a user with two credentials',
    whole.replace('{token', '{username: a, token'),
    ['user u', 'token', 'password'],
  ],
  ['another kind', `kind: List\n${whole}`, ['List']],
  ['an anchor without end', `${whole}x: &a [*a]\n`, ['line 11', 'itself']],
  ['deep nesting', `${whole}x: ${'['.repeat(100_000)}`, ['nested too deeply']],
])('%s is named', (_what, text, names) => {
  const { code, exitCode, message, hint } = failureOf(text);
  expect({ code, exitCode }).toEqual({ code: 'kubeconfig_invalid', exitCode: 2 });
  for (const name of names) expect(message).toContain(name);
  expect(hint).toMatch(/./);
  expect(message).not.toContain('t0ken');
});

test('of several files, the invalid one is named', () => {
  const { message } = failureOf(whole, 'users: 5');
  expect(message).toContain('/home/config-1');
  expect(message).not.toContain('/home/config-0');
});
