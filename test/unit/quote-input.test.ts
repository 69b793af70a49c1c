import { expect, test } from 'vitest';
import { quoteId, quoteInput, quotePath } from '../../src/sanitize.ts';

test.each([
  'gitlab',
  '/run/secrets/dex-client-secret',
  'ca file.crt',
  'https://dex.example.com/',
  'MY_OIDC_TOKEN',
  'soon',
])('%j is quoted', (text) => {
  expect(quoteInput(text)).toBe(text);
});

test.each([
  'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln',
  '/path/eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln',
  'glpat-short',
  'ghp_0123456789abcdefghij',
  'hvs.CAESIJ',
  'A1b2C3d4E5f6G7h8I9j0K1',
])('%j is left out, since it looks like a secret', (text) => {
  expect(quoteInput(text)).toBe('(not shown: it looks like a secret)');
});

test('a quoted text is one line within the limit', () => {
  expect(quoteInput('a\nb\u001b[2Jc')).toBe('a b [2Jc');
  expect(quoteInput('word '.repeat(100), 20)).toHaveLength(20);
});

const uuid = '3f8a9c1e-5b7d-4e2f-8a6c-9d0b1e2f3a4c';

test.each([
  '/var/run/secrets/kubernetes.io/serviceaccount/token',
  '/builds/Group/Project123.tmp/CLIENT_SECRET_FILE',
  `/var/lib/kubelet/pods/${uuid}/token`,
  '/tmp/tmp.aB3dEf9X1k/secret',
  'C:\\Users\\Jane Doe\\secret.txt',
  './secret.txt',
  'secret-file',
  ['$', '{HOME}/ca.crt'].join(''),
])('%j is quoted as a path', (path) => {
  expect(quotePath(path, true)).toBe(path);
});

test.each([
  '-----BEGIN PRIVATE KEY-----',
  '{"token":"x"}',
  'two\nlines',
  'a line\n',
  'x/'.repeat(600),
  'kV9/3xQ+aLpT0zR7uWm2Yw==',
  'eyJhbGciOiJSUzI1NiJ9',
  '9f86d081884c7d659a2feaa0c55ad015',
  '/glpat-0123456789abcdefghij',
  '/kV9/3xQ+aLpT0zR7uWm2Yw8eJ5qN',
  'hunter2!',
  'Pa$$word',
])('%j is not quoted as the path of a secret', (path) => {
  expect(quotePath(path, true)).toMatch(/^\(not shown: this looks like [^/]*\)$/);
});

test.each([
  'dex-client-ci-token-exchange@d8-user-authn',
  uuid,
  'gke_project-123_us-central1_cluster-1',
  'arn:aws:eks:eu-west-1:123456789012:cluster/prod',
  'keycloak-production-cluster-01',
  'jane.doe@example.com',
  'https://gitlab.example.com',
])('%j is quoted as an id', (id) => {
  expect(quoteId(id)).toBe(id);
});

test.each(['kV9/3xQ+aLpT0zR7uWm2Yw==', 'q7RkX2mVb9TzLs4Wd1Pn', 'GOCSPX-a1B2c3D4e5F6g7H8i9J0'])(
  '%j is shortened where an id belongs',
  (id) => {
    expect(quoteId(id)).toBe(`${id.slice(0, 3)}… (not shown: it looks like a secret)`);
  },
);
