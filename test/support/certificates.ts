import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

export interface KeyPair {
  readonly certPem: string;
  /** PKCS #8. */
  readonly keyPem: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** The subject's O, which Kubernetes uses as the groups of a client certificate. */
  readonly organizations?: readonly string[];
  /** DNS names or IP addresses (IPv6 without brackets); may be empty for a client. */
  readonly hosts: readonly string[];
  /** Whether to allow TLS client authentication; without `hosts`, serverAuth is left out. */
  readonly client?: boolean;
  /** Default: an hour ago. */
  readonly notBefore?: Date;
  /** Default: 90 days from now, or a day after `notBefore` if that is later. */
  readonly notAfter?: Date;
}

export interface CertificateAuthority extends KeyPair {
  readonly issue: (request: CertificateRequest) => Promise<KeyPair>;
  /** Issues the certificate of an intermediate CA. */
  readonly issueCa: (commonName: string) => Promise<CertificateAuthority>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Creates a root CA (ECDSA P-256, valid for ten years) that issues server and client certificates
 * which OpenSSL, Go and Java accept (RFC 5280): names in subjectAltName, critical basicConstraints
 * and keyUsage, extendedKeyUsage, key identifiers. `commonName` defaults to a random name, so that
 * no two CAs of a run share a name.
 */
export async function createCa(commonName = randomName()): Promise<CertificateAuthority> {
  const keys = await generateKeys();
  const name = distinguishedName(commonName);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    notBefore: wholeSecond(now - dayMs),
    notAfter: wholeSecond(now + 3650 * dayMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [...(await authorityExtensions(keys))],
  });
  return authorityOf(keys, certificate, name);
}

/** The extensions of a CA certificate (RFC 5280, 4.2.1). */
async function authorityExtensions(
  keys: webcrypto.CryptoKeyPair,
): Promise<readonly x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(
      x509.KeyUsageFlags.keyCertSign |
        x509.KeyUsageFlags.cRLSign |
        x509.KeyUsageFlags.digitalSignature,
      true,
    ),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
  ];
}

async function authorityOf(
  keys: webcrypto.CryptoKeyPair,
  certificate: x509.X509Certificate,
  name: x509.Name,
): Promise<CertificateAuthority> {
  async function issue(request: CertificateRequest): Promise<KeyPair> {
    const leafKeys = await generateKeys();
    const notBefore = request.notBefore ?? new Date(Date.now() - hourMs);
    const notAfter =
      request.notAfter ?? new Date(Math.max(Date.now() + 90 * dayMs, notBefore.getTime() + dayMs));
    const extensions: x509.Extension[] = [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(extendedUsages(request)),
      await x509.SubjectKeyIdentifierExtension.create(leafKeys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ];
    if (request.hosts.length > 0) {
      extensions.push(new x509.SubjectAlternativeNameExtension(request.hosts.map(generalName)));
    }
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: distinguishedName(request.commonName, request.organizations),
      issuer: name,
      notBefore: wholeSecond(notBefore.getTime()),
      notAfter: wholeSecond(notAfter.getTime()),
      publicKey: leafKeys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions,
    });
    return { certPem: pemText(leaf.toString('pem')), keyPem: await privateKeyPem(leafKeys) };
  }

  async function issueCa(commonName: string): Promise<CertificateAuthority> {
    const intermediateKeys = await generateKeys();
    const intermediateName = distinguishedName(commonName);
    const now = Date.now();
    const intermediate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: intermediateName,
      issuer: name,
      notBefore: wholeSecond(now - dayMs),
      notAfter: wholeSecond(now + 365 * dayMs),
      publicKey: intermediateKeys.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        ...(await authorityExtensions(intermediateKeys)),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return authorityOf(intermediateKeys, intermediate, intermediateName);
  }

  return {
    certPem: pemText(certificate.toString('pem')),
    keyPem: await privateKeyPem(keys),
    issue,
    issueCa,
  };
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return pemText(x509.PemConverter.encode(der, x509.PemConverter.PrivateKeyTag));
}

/** Ends a PEM text with exactly one newline, so that texts can be concatenated. */
function pemText(pem: string): string {
  return `${pem.trimEnd()}\n`;
}

function distinguishedName(commonName: string, organizations: readonly string[] = []): x509.Name {
  return new x509.Name([
    ...organizations.map((name) => ({ O: [{ utf8String: name }] })),
    { CN: [{ utf8String: commonName }] },
  ]);
}

function extendedUsages({ client, hosts }: CertificateRequest): x509.ExtendedKeyUsage[] {
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  if (client !== true) return [serverAuth];
  return hosts.length > 0 ? [serverAuth, clientAuth] : [clientAuth];
}

function generalName(host: string): { type: 'ip' | 'dns'; value: string } {
  return { type: isIP(host) === 0 ? 'dns' : 'ip', value: host };
}

/** A positive number of at most 20 octets (RFC 5280, 4.1.2.2) without a leading zero octet. */
function serialNumber(): string {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[0] = ((octets[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(octets).toString('hex');
}

function randomName(): string {
  return `dexchange test CA ${crypto.randomUUID().slice(0, 8)}`;
}

/** UTCTime has no fraction (RFC 5280, 4.1.2.5.1). */
function wholeSecond(timeMs: number): Date {
  return new Date(Math.floor(timeMs / 1000) * 1000);
}
