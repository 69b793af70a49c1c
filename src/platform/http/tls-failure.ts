import { isIP } from 'node:net';
import { alertOf, classifyTlsError } from '../../http/tls-error.ts';
import { sanitize } from '../../sanitize.ts';
import type { RejectedCertificate } from './connect-failure.ts';

/** The TLS handshake that failed. */
export interface TlsHandshake {
  /** The host of the server. */
  readonly hostname: string;
  /** The setting that contains the host, for the end of `check the host …`. */
  readonly inSetting: string;
  /** The hint if the CA that signed the certificate is unknown. */
  readonly authorityHint: string;
  /** Whether the client certificate of the settings is sent to this server. */
  readonly takesClientCertificate: boolean;
  readonly certificate: RejectedCertificate | undefined;
}

/** Returns the message and the hint for an error code of a TLS handshake. */
export function describeTlsFailure(
  code: string | undefined,
  handshake: TlsHandshake,
): { readonly message: string; readonly hint: string } {
  const { hostname, certificate, inSetting } = handshake;
  switch (classifyTlsError(code)) {
    case 'issuer-unknown':
      return {
        message: `its certificate is signed by "${clean(certificate?.issuer ?? 'unknown')}", which is not trusted here`,
        hint: handshake.authorityHint,
      };
    case 'wrong-name':
      if (certificate?.names === undefined) {
        return {
          message: `its certificate contains ${clean(certificate?.subject ?? 'a name')} only as common name, which is not valid for a server`,
          hint: `issue a certificate with ${hostname} in subjectAltName`,
        };
      }
      if (isIP(hostname) !== 0 && certificate.names.split(', ').includes(`DNS:${hostname}`)) {
        return {
          message: `its certificate contains ${hostname} as a DNS name, not as an IP address`,
          hint: `issue a certificate with IP:${hostname} in subjectAltName`,
        };
      }
      return {
        message: `its certificate is for ${listNames(certificate.names)}, not for ${hostname}`,
        hint: 'use a name that the certificate contains, or issue a certificate for this name',
      };
    case 'wrong-purpose':
      return {
        message: `its certificate, or one that signed it, is not for this purpose (${code})`,
        hint: 'issue a certificate with extended key usage serverAuth, signed by a CA with basicConstraints CA:TRUE',
      };
    case 'expired': {
      // If an intermediate certificate has expired, this date is still in the future.
      const validTo = certificate?.validTo;
      const past = validTo !== undefined && Date.parse(validTo) < Date.now();
      return {
        message: past
          ? `its certificate expired on ${clean(validTo)}`
          : 'its certificate has expired',
        hint: 'renew the certificate, or correct the clock of this machine',
      };
    }
    case 'not-yet-valid':
      return {
        message: `its certificate is not valid before ${clean(certificate?.validFrom ?? 'a later time')}`,
        hint: 'check the clock of this machine',
      };
    case 'not-tls':
      return {
        message: 'it does not speak TLS on this port',
        hint: 'check the port: secrets must not be sent to a plain HTTP server',
      };
    case 'old-protocol':
      return {
        message: 'it does not offer TLS 1.2 or newer',
        hint: 'update the server or the ingress that terminates its TLS',
      };
    case 'unknown-name':
      return {
        message: `it has no certificate for ${hostname}`,
        hint: `check the host ${inSetting}`,
      };
    case 'alert':
      return {
        message: `it rejected the TLS handshake (${alertOf(code)})`,
        hint: handshake.takesClientCertificate
          ? 'check whether it requires a client certificate: for Dex set --dex-client-certificate and --dex-client-key, for the Kubernetes API client-certificate in the kubeconfig'
          : 'check whether it requires a client certificate, which dexchange sends only to Dex and the Kubernetes API',
      };
    default:
      return {
        message: `the TLS handshake failed (${code ?? 'no reason given'})`,
        hint: 'check the logs of the server and of any ingress or firewall in front of it',
      };
  }
}

function listNames(names: string | undefined): string {
  const all = (names ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''));
  const first = all.slice(0, 4).map(clean).join(', ');
  return `${first || 'no name'}${all.length > 4 ? ` and ${all.length - 4} more` : ''}`;
}

function clean(text: string): string {
  return sanitize(text, { maxChars: 80 });
}
