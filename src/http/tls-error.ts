/** What is wrong with a TLS handshake, as far as its error code tells. */
export type TlsProblem =
  /** The certificate is not signed by a trusted CA. */
  | 'issuer-unknown'
  | 'wrong-name'
  /** The certificate is not for servers, or one that signed it is not a CA. */
  | 'wrong-purpose'
  | 'expired'
  | 'not-yet-valid'
  /** The port does not speak TLS. */
  | 'not-tls'
  | 'old-protocol'
  /** The server has no certificate for the name. */
  | 'unknown-name'
  /** The server refused the handshake. */
  | 'alert'
  | 'other';

const problems: Readonly<Record<string, TlsProblem>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'issuer-unknown',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'issuer-unknown',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'issuer-unknown',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'issuer-unknown',
  SELF_SIGNED_CERT_IN_CHAIN: 'issuer-unknown',
  // A CA of the same name with another key, as after a cluster was set up anew.
  CERT_SIGNATURE_FAILURE: 'issuer-unknown',
  CERT_UNTRUSTED: 'issuer-unknown',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-name',
  INVALID_PURPOSE: 'wrong-purpose',
  INVALID_CA: 'wrong-purpose',
  PATH_LENGTH_EXCEEDED: 'wrong-purpose',
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  ERR_SSL_WRONG_VERSION_NUMBER: 'not-tls',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'not-tls',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'old-protocol',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'old-protocol',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'unknown-name',
};

/**
 * Classifies an error code of Node's TLS or of OpenSSL; undefined if it is not a TLS error.
 * Node reports certificate errors by the names of OpenSSL's X509_V_ERR_* (verify(1)).
 */
export function classifyTlsError(code: string | undefined): TlsProblem | undefined {
  if (code === undefined) return undefined;
  const known = Object.hasOwn(problems, code) ? problems[code] : undefined;
  if (known !== undefined) return known;
  if (alertOf(code) !== undefined) return 'alert';
  return /^(ERR_SSL|ERR_TLS|ERR_OSSL|CERT_|EPROTO$)/.test(code) ? 'other' : undefined;
}

/** The TLS alert by which a server refuses a client certificate, or the lack of one, in words. */
export function alertOf(code: string | undefined): string | undefined {
  const alert = /^ERR_SSL_\w*ALERT_(\w+)$/.exec(code ?? '')?.[1]?.toLowerCase();
  if (alert === undefined || !/certificate|unknown_ca|handshake_failure/.test(alert)) {
    return undefined;
  }
  return alert.replaceAll('_', ' ');
}
