import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { DexchangeError } from '../errors.ts';
import { pemCertificates } from '../pem.ts';

/** The text of a file, and its name in errors: `--client-key /run/key.pem`. */
export interface PemFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Checks that a file holds certificates as PEM.
 * @throws DexchangeError setting_invalid that says what the file holds instead
 */
export function checkCertificates({ name, text }: PemFile): void {
  if (pemCertificates(text).length > 0) return;
  throw invalid(name, `contains ${described(text)}, not a certificate`, certificateHint(text));
}

function certificateHint(text: string): string {
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)) {
    return 'set the file of the certificate; the key belongs in its own setting';
  }
  if (/-----BEGIN [A-Z0-9]+ CERTIFICATE-----/.test(text)) {
    return 'convert it with `openssl x509 -in FILE`';
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) {
    return 'copy all of it, down to -----END CERTIFICATE-----';
  }
  return toPem(text, 'openssl x509 -inform DER -in FILE');
}

/**
 * Checks that a client certificate and its private key, both PEM, are usable and fit together.
 * @throws DexchangeError setting_invalid that names the file with the fault, without its content
 */
export function checkKeyPair(certificate: PemFile, key: PemFile): void {
  checkCertificates(certificate);
  const privateKey = readKey(key);
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate.text);
  } catch {
    throw invalid(
      certificate.name,
      'contains a certificate that cannot be read',
      'compare it with the original: it may be truncated or wrapped differently',
    );
  }
  if (parsed.checkPrivateKey(privateKey)) return;
  throw invalid(
    key.name,
    'is not the key of --client-certificate',
    'set the certificate and the key that were issued together; the certificate of the client comes first in its file',
  );
}

function readKey({ name, text }: PemFile): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw invalid(
      name,
      `contains ${described(text)}, not a private key`,
      /-----BEGIN/.test(text)
        ? 'set the file with -----BEGIN PRIVATE KEY-----'
        : toPem(text, 'openssl pkey -inform DER -in FILE'),
    );
  }
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text)) {
    throw invalid(
      name,
      'contains an encrypted private key',
      'decrypt it into a file that only this user can read: `openssl pkey -in FILE`',
    );
  }
  try {
    return createPrivateKey(text);
  } catch {
    // The error has no cause, because a parser's message can contain a part of the key.
    throw invalid(
      name,
      'contains a private key that cannot be read',
      'compare it with the original: it may be truncated or wrapped differently',
    );
  }
}

/** What a text is, judged by how it begins. DER and PKCS#12 begin with the byte 0x30. */
function described(text: string): string {
  if (text.trim() === '') return 'nothing';
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'a private key';
  if (/-----BEGIN CERTIFICATE REQUEST-----/.test(text)) return 'a certificate request';
  if (/-----BEGIN [A-Z ]*PUBLIC KEY-----/.test(text)) return 'a public key';
  if (pemCertificates(text).length > 0) return 'a certificate';
  if (text.includes('-----BEGIN CERTIFICATE-----')) return 'an incomplete certificate';
  if (/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/.test(text)) return 'a certificate of another form';
  if (/^\s*<(?:!doctype|html)/i.test(text)) return 'an HTML page';
  if (/[\0\ufffd]/.test(text)) return 'binary data (DER, PKCS#12 or UTF-16)';
  if (/^\s*LS0tLS1CRUdJTi/.test(text)) return 'base64 of a PEM file';
  return 'other text';
}

function toPem(text: string, fromDer: string): string {
  if (/^\s*LS0tLS1CRUdJTi/.test(text)) return 'decode it with `base64 -d`';
  if (!/[\0\ufffd]/.test(text)) return 'set a file that begins with -----BEGIN';
  return `convert it to PEM: \`${fromDer}\`, or \`openssl pkcs12 -in FILE -nodes\` for PKCS#12`;
}

function invalid(name: string, what: string, hint: string): DexchangeError {
  return new DexchangeError('setting_invalid', `${name} ${what}`, { hint });
}
