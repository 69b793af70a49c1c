import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { networkSettings } from '../../../src/inputs/network.ts';
import { expectFailure, failure } from '../support/failure.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeRuntime, secretsFor } from '../support/runtime.ts';
import { type Given, settingsOf } from '../support/settings.ts';

const pem = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';

function networkFor(flags: Given['flags']) {
  const settings = settingsOf({ flags: flags ?? {} });
  return networkSettings(settings, secretsFor(settings, fakeRuntime('/nowhere')).readFile);
}

function fileWith(text: string): string {
  const path = join(emptyFolder(), 'file.pem');
  writeFileSync(path, text);
  return path;
}

test('by default certificates are verified and http is not allowed', () => {
  expect(networkFor({})).toEqual({
    timeoutMs: 30_000,
    allowHttp: false,
    insecureSkipTlsVerify: false,
    certificateAuthorityPem: [],
    clientCertificatePem: undefined,
    clientKeyPem: undefined,
  });
});

test('a CA can be a file or base64', () => {
  expect(networkFor({ 'certificate-authority': fileWith(pem) }).certificateAuthorityPem).toEqual([
    pem,
  ]);
  const data = Buffer.from(pem).toString('base64');
  expect(networkFor({ 'certificate-authority-data': data }).certificateAuthorityPem).toEqual([pem]);
});

test.each([pem, 'bm90IGEgcGVt', '!!!'])('%j is not a PEM in base64', (text) => {
  const seen = failure(() => networkFor({ 'certificate-authority-data': text }));
  const message = ['--certificate-authority-data', 'base64', 'PEM'];
  expectFailure(seen, { code: 'setting_invalid', message, hint: ['base64 -w0 ca.crt'] });
});

test('a client certificate requires its key, which is a Secret', () => {
  const both = networkFor({ 'client-certificate': fileWith(pem), 'client-key': fileWith('key') });
  expect(both.clientCertificatePem).toBe(pem);
  expect(both.clientKeyPem?.reveal()).toBe('key');
  for (const [set, unset] of [
    ['client-certificate', 'client-key'],
    ['client-key', 'client-certificate'],
  ] as const) {
    const seen = failure(() => networkFor({ [set]: fileWith(pem) }));
    const message = [`--${set} is set`, `--${unset} is not`];
    expectFailure(seen, { code: 'setting_missing', message, hint: ['set both'] });
  }
});

test.each(['certificate-authority', 'client-certificate', 'client-key'] as const)(
  'the error for a missing file of --%s contains its path',
  (name) => {
    const seen = failure(() => networkFor({ [name]: '/no/such/file' }));
    const message = [`--${name} /no/such/file does not exist`];
    expectFailure(seen, { code: 'setting_file_unreadable', message, hint: ['step'] });
  },
);
