import { expect, test } from 'vitest';
import { describeTlsFailure } from '../../../src/platform/http/tls-failure.ts';

function describeFor(code: string, names?: string, hostname = '127.0.0.1') {
  return describeTlsFailure(code, {
    hostname,
    inSetting: 'in --dex-url',
    authorityHint: 'x',
    takesClientCertificate: true,
    certificate:
      names === undefined
        ? undefined
        : { names, subject: 'CN=x', issuer: 'y', validFrom: '', validTo: '' },
  });
}

test('an IP address in a DNS name is told from one of its own', () => {
  const { message, hint } = describeFor('ERR_TLS_CERT_ALTNAME_INVALID', 'DNS:127.0.0.1');
  expect(message).toBe('its certificate contains 127.0.0.1 as a DNS name, not as an IP address');
  expect(hint).toContain('IP:127.0.0.1');
});

test('another name is told as it is', () => {
  const names = 'DNS:a.example, IP Address:10.0.0.1';
  expect(describeFor('ERR_TLS_CERT_ALTNAME_INVALID', names).message).toBe(
    'its certificate is for a.example, 10.0.0.1, not for 127.0.0.1',
  );
});

test.each(['INVALID_PURPOSE', 'INVALID_CA', 'PATH_LENGTH_EXCEEDED'])(
  '%s is explained by the extensions of the certificates',
  (code) => {
    const { message, hint } = describeFor(code, 'DNS:a.example');
    expect(message).toContain(code);
    expect(hint).toMatch(/serverAuth.*CA:TRUE/);
  },
);
