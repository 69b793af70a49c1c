import { alertOf, classifyTlsError } from '../../http/tls-error.ts';
import { sanitize } from '../../sanitize.ts';
import type { RefusedCertificate } from './connect-failure.ts';

/** Where a handshake failed. */
export interface TlsFailurePlace {
  /** The host that was connected to. */
  readonly hostname: string;
  /** The setting that names it, to stand behind `check the host`. */
  readonly inSetting: string;
  /** What to do if the CA that signed the certificate is not known. */
  readonly authorityHint: string;
  /** Whether the client certificate of the settings is sent there. */
  readonly takesClientCertificate: boolean;
  readonly certificate: RefusedCertificate | undefined;
}

/** Why a TLS handshake failed, and what to do. */
export function describeTlsFailure(
  code: string | undefined,
  at: TlsFailurePlace,
): { readonly message: string; readonly hint: string } {
  const { hostname, certificate, inSetting } = at;
  switch (classifyTlsError(code)) {
    case 'issuer-unknown':
      return {
        message: `its certificate is signed by "${clean(certificate?.issuer ?? 'unknown')}", which is not trusted here`,
        hint: at.authorityHint,
      };
    case 'wrong-name':
      return {
        message: `its certificate is for ${listNames(certificate?.names ?? certificate?.subject)}, not for ${hostname}`,
        hint: 'use a name that the certificate has, or have it issued for this one',
      };
    case 'expired': {
      // An intermediate certificate may be the one that expired: then this date would be wrong.
      const since = certificate?.validTo;
      const past = since !== undefined && Date.parse(since) < Date.now();
      return {
        message: past
          ? `its certificate expired on ${clean(since)}`
          : 'its certificate has expired',
        hint: 'renew it, or correct the clock of this machine if that is wrong',
      };
    }
    case 'not-yet-valid':
      return {
        message: `its certificate is not valid before ${clean(certificate?.validFrom ?? 'some later time')}`,
        hint: 'check the clock of this machine',
      };
    case 'not-tls':
      return {
        message: 'it does not speak TLS on this port',
        hint: 'check the port; if it speaks plain HTTP, it must not be given secrets',
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
        message: `it refused the TLS handshake (${alertOf(code)})`,
        hint: at.takesClientCertificate
          ? 'it may want a client certificate: see --client-certificate and --client-key'
          : 'it may want a client certificate, which is sent to dex only',
      };
    default:
      return {
        message: `the TLS handshake failed (${code ?? 'no reason given'})`,
        hint: 'look into the log of the server and of what stands before it (ingress, firewall)',
      };
  }
}

function listNames(names: string | undefined): string {
  const all = (names ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''));
  const some = all.slice(0, 4).map(clean).join(', ');
  return `${some || 'no name'}${all.length > 4 ? ` and ${all.length - 4} more` : ''}`;
}

function clean(text: string): string {
  return sanitize(text, { maxChars: 80 });
}
