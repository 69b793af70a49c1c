import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { networkSettings } from '../../../src/inputs/network.ts';
import { failure } from '../support/failure.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeRuntime, secretsFor } from '../support/runtime.ts';
import { type Given, settingsOf } from '../support/settings.ts';

const pem = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';

function settle(flags: Given['flags']) {
  const settings = settingsOf({ flags: flags ?? {} });
  return networkSettings(settings, secretsFor(settings, fakeRuntime('/nowhere')).readFile);
}

function aFile(text: string): string {
  const path = join(emptyFolder(), 'file.pem');
  writeFileSync(path, text);
  return path;
}

test('by default certificates are checked and http is refused', () => {
  expect(settle({})).toEqual({
    timeoutMs: 30_000,
    allowHttp: false,
    insecureSkipTlsVerify: false,
    certificateAuthorityPem: [],
    clientCertificatePem: undefined,
    clientKeyPem: undefined,
  });
});

test('a CA comes from a file or as base64', () => {
  expect(settle({ 'certificate-authority': aFile(pem) }).certificateAuthorityPem).toEqual([pem]);
  const data = Buffer.from(pem).toString('base64');
  expect(settle({ 'certificate-authority-data': data }).certificateAuthorityPem).toEqual([pem]);
});

test.each([pem, 'bm90IGEgcGVt', '!!!'])('%j is no base64 of a PEM', (text) => {
  expect(failure(() => settle({ 'certificate-authority-data': text }))).toEqual({
    code: 'setting_invalid',
    message: '--certificate-authority-data is not base64 of a PEM',
    hint: 'copy certificate-authority-data from a kubeconfig, or: base64 -w0 ca.crt',
    exitCode: 2,
  });
});

test('a client certificate and its key go together, the key as a secret', () => {
  const both = settle({ 'client-certificate': aFile(pem), 'client-key': aFile('key') });
  expect(both.clientCertificatePem).toBe(pem);
  expect(both.clientKeyPem?.reveal()).toBe('key');
  for (const [set, unset] of [
    ['client-certificate', 'client-key'],
    ['client-key', 'client-certificate'],
  ] as const) {
    expect(failure(() => settle({ [set]: aFile(pem) }))).toEqual({
      code: 'setting_missing',
      message: `--${set} is set, but --${unset} is not`,
      hint: 'a client certificate and its key go together',
      exitCode: 2,
    });
  }
});

test.each(['certificate-authority', 'client-certificate', 'client-key'] as const)(
  'a file that --%s names and that is not there is named',
  (name) => {
    expect(failure(() => settle({ [name]: '/no/such/file' }))).toEqual({
      code: 'setting_file_unreadable',
      message: `--${name} /no/such/file does not exist`,
      hint: 'see whether the step that should write it ran, and as which user',
      exitCode: 2,
    });
  },
);
