import { expect, test } from 'vitest';
import { kubernetesUser } from '../../../src/explain/kubernetes-user.ts';

const good = {
  aud: ['kubernetes', 'ci'],
  email: 'deployer@example.com',
  email_verified: true,
  name: 'deployer',
  groups: ['a', 'b'],
};

test('the user is the email, the groups are the groups', () => {
  expect(kubernetesUser(good, 'kubernetes')).toEqual({
    username: 'deployer@example.com',
    groups: ['a', 'b'],
    audiences: ['kubernetes', 'ci'],
    objections: [],
  });
});

test.each([
  ['another audience', { aud: 'ci' }, 'audience', true],
  ['no email', { email: undefined }, 'no-email', true],
  ['an empty email', { email: '' }, 'no-email', true],
  ['an unverified email', { email_verified: false }, 'email-unverified', true],
  ['a string as email_verified', { email_verified: 'true' }, 'email-unverified', true],
  ['no name', { name: undefined }, 'no-name', false],
  ['a reserved user', { email: 'system:admin' }, 'reserved-user', true],
  ['a reserved group', { groups: ['system:masters'] }, 'reserved-group', true],
])('%s is an objection', (_what, change, kind, certain) => {
  expect(kubernetesUser({ ...good, ...change }, 'kubernetes').objections).toEqual([
    { kind, certain, text: expect.any(String) },
  ]);
});

test('a missing email_verified is not an objection, as in kube-apiserver', () => {
  expect(kubernetesUser({ ...good, email_verified: undefined }, 'kubernetes').objections).toEqual(
    [],
  );
});

test('a ServiceAccount token names its ServiceAccount', () => {
  const claims = { aud: 'https://kubernetes.default.svc', sub: 'system:serviceaccount:ci:deploy' };
  expect(kubernetesUser(claims, 'kubernetes')).toMatchObject({
    username: 'system:serviceaccount:ci:deploy',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ci'],
    objections: [],
  });
});
