import { createPrivateKey, X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { networkSettings } from '../../../src/inputs/network.ts';
import { createCa } from '../../support/certificates.ts';
import { expectFailure, failure } from '../support/failure.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeRuntime, secretsFor } from '../support/runtime.ts';
import { type Given, settingsOf } from '../support/settings.ts';

const pem = '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n';

function networkFor(flags: Given['flags']) {
  const settings = settingsOf({ flags: flags ?? {} });
  return networkSettings(settings, secretsFor(settings, fakeRuntime('/nowhere')).readFile);
}

async function issueClient() {
  return (await createCa()).issue({ commonName: 'jane', hosts: [], client: true });
}

function fileWith(text: string | Buffer): string {
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
  expect(
    networkFor({ 'dex-certificate-authority': fileWith(pem) }).certificateAuthorityPem,
  ).toEqual([pem]);
  const data = Buffer.from(pem).toString('base64');
  expect(networkFor({ 'dex-certificate-authority-data': data }).certificateAuthorityPem).toEqual([
    pem,
  ]);
});

test.each([pem, 'bm90IGEgcGVt', '!!!'])('%j is not a PEM in base64', (text) => {
  const seen = failure(() => networkFor({ 'dex-certificate-authority-data': text }));
  const message = ['--dex-certificate-authority-data', 'base64', 'PEM'];
  expectFailure(seen, { code: 'setting_invalid', message, hint: ['base64 -w0 ca.crt'] });
});

test('a client certificate requires its key, which is a Secret', async () => {
  const { certPem, keyPem } = await issueClient();
  const both = networkFor({
    'dex-client-certificate': fileWith(certPem),
    'dex-client-key': fileWith(keyPem),
  });
  expect(both.clientCertificatePem).toBe(certPem);
  expect(both.clientKeyPem?.reveal()).toBe(keyPem);
  for (const [set, unset] of [
    ['dex-client-certificate', 'dex-client-key'],
    ['dex-client-key', 'dex-client-certificate'],
  ] as const) {
    const seen = failure(() => networkFor({ [set]: fileWith(pem) }));
    const message = [`--${set} is set`, `--${unset} is not`];
    expectFailure(seen, { code: 'setting_missing', message, hint: ['set both'] });
  }
});

test.each(['dex-certificate-authority', 'dex-client-certificate', 'dex-client-key'] as const)(
  'the error for a missing file of --%s contains its path',
  (name) => {
    const seen = failure(() => networkFor({ [name]: '/no/such/file' }));
    const message = [`--${name} /no/such/file does not exist`];
    expectFailure(seen, { code: 'setting_file_unreadable', message, hint: ['step'] });
  },
);

describe('files that are not what they should be', async () => {
  const { certPem, keyPem } = await issueClient();
  const other = await issueClient();
  const key = createPrivateKey(keyPem);
  const encrypted = key.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });
  const keyDer = key.export({ type: 'pkcs8', format: 'der' });
  const certDer = new X509Certificate(certPem).raw;
  const cut = keyPem.replace(/\n[^\n]+\n-----END/, '\n-----END');

  test.each<readonly [string, string | Buffer, string, string]>([
    ['a key', keyPem, 'a private key, not a certificate', 'own setting'],
    ['a truncated one', certPem.slice(0, 200), 'an incomplete certificate', '-----END'],
    [
      'one for OpenSSL only',
      certPem.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'),
      'of another form',
      'openssl x509',
    ],
    ['DER', certDer, 'binary data', 'openssl x509 -inform DER'],
    ['base64 of PEM', Buffer.from(certPem).toString('base64'), 'base64', 'base64 -d'],
    ['an HTML page', '<!DOCTYPE html>', 'an HTML page', '-----BEGIN'],
    ['nothing', '', 'nothing', '-----BEGIN'],
    ['a token', 'eyJhbGciOiJub25lIn0.e30.', 'other text', '-----BEGIN'],
  ])('%s as a certificate', (_name, content, message, hint) => {
    for (const name of ['dex-certificate-authority', 'dex-client-certificate'] as const) {
      const flags = { [name]: fileWith(content) };
      if (name === 'dex-client-certificate')
        Object.assign(flags, { 'dex-client-key': fileWith(keyPem) });
      const seen = failure(() => networkFor(flags));
      expectFailure(seen, {
        code: 'setting_invalid',
        message: [`--${name}`, message],
        hint: [hint],
      });
    }
  });

  test.each<readonly [string, string | Buffer, string, string]>([
    ['a certificate', certPem, 'a certificate, not a private key', 'PRIVATE KEY'],
    ['DER', keyDer, 'binary data', 'openssl pkey -inform DER'],
    ['an encrypted key', encrypted, 'an encrypted private key', 'openssl pkey'],
    ['a truncated key', cut, 'cannot be read', 'truncated'],
    ['another key', other.keyPem, 'not the key of --dex-client-certificate', 'issued together'],
    ['nothing', '\n', 'nothing', '-----BEGIN'],
  ])('%s as a key', (_name, content, message, hint) => {
    const seen = failure(() =>
      networkFor({
        'dex-client-certificate': fileWith(certPem),
        'dex-client-key': fileWith(content),
      }),
    );
    expectFailure(seen, {
      code: 'setting_invalid',
      message: ['--dex-client-key', message],
      hint: [hint],
    });
  });
});
