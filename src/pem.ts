/** The certificates in a text, which may contain other blocks and text around them (RFC 7468). */
export function pemCertificates(text: string): readonly string[] {
  return (
    text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? ([] as string[])
  );
}

/** The certificates in a text without anything else, such as a private key in the same file. */
export function certificatesOnly(text: string): string {
  return pemCertificates(text)
    .map((certificate) => `${certificate.replaceAll('\r', '')}\n`)
    .join('');
}
