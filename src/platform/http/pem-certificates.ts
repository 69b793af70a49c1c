/** The blocks of certificates in a text, which may contain other blocks (RFC 7468). */
export function pemCertificates(text: string): readonly string[] {
  return (
    text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? ([] as string[])
  );
}
