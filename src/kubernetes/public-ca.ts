import { X509Certificate } from 'node:crypto';
import { pemCertificates } from '../pem.ts';

/**
 * Whether all certificates of a PEM text are public CAs, or chain to one, so that clients trust them
 * anyway. A kubeconfig with such a CA would break when the server gets a certificate from another.
 * @param publicRoots as PEM
 */
export function isPublicCa(pem: string, publicRoots: readonly string[]): boolean {
  const certificates = parsed(pemCertificates(pem));
  if (certificates === undefined) return false;
  const trusted = parsed(publicRoots) ?? [];
  let rest = certificates;
  for (;;) {
    const open = rest.filter((certificate) => !isTrusted(certificate, trusted));
    if (open.length === 0) return true;
    if (open.length === rest.length) return false;
    // An intermediate CA can be the issuer of the next one.
    trusted.push(...rest.filter((certificate) => !open.includes(certificate)));
    rest = open;
  }
}

function isTrusted(certificate: X509Certificate, trusted: readonly X509Certificate[]): boolean {
  return trusted.some(
    (ca) =>
      ca.fingerprint256 === certificate.fingerprint256 ||
      (certificate.checkIssued(ca) && certificate.verify(ca.publicKey)),
  );
}

/** Undefined if one of them is not valid. */
function parsed(certificates: readonly string[]): X509Certificate[] | undefined {
  try {
    return certificates.map((certificate) => new X509Certificate(certificate));
  } catch {
    return undefined;
  }
}
