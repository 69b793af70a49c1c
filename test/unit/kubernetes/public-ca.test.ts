import { beforeAll, expect, test } from 'vitest';
import { isPublicCa } from '../../../src/kubernetes/public-ca.ts';
import { type CertificateAuthority, createCa } from '../../support/certificates.ts';

let root: CertificateAuthority;
let first: CertificateAuthority;
let second: CertificateAuthority;
let other: CertificateAuthority;

beforeAll(async () => {
  [root, other] = [await createCa(), await createCa()];
  first = await root.issueCa('first');
  second = await first.issueCa('second');
});

test.each<[string, () => readonly CertificateAuthority[], boolean]>([
  ['a root', () => [root], true],
  ['an intermediate CA of a root', () => [first], true],
  ['a chain in any order', () => [second, first, root], true],
  ['a chain with a gap', () => [second], false],
  ['another CA', () => [other], false],
  ['another CA beside a root', () => [root, other], false],
])('%s', async (_what, cas, isPublic) => {
  const pem = cas().map(({ certPem }) => certPem);
  expect(isPublicCa(pem.join(''), [root.certPem])).toBe(isPublic);
});

test('a CA that only has the name of a root is not public', async () => {
  const twin = await createCa('the same name');
  const real = await createCa('the same name');
  expect(isPublicCa(twin.certPem, [real.certPem])).toBe(false);
});

test('what is no certificate is not public', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n';
  expect(isPublicCa(pem, [root.certPem])).toBe(false);
});
