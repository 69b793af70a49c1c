import { X509Certificate } from 'node:crypto';
import {
  type ConnectionOptions,
  connect,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import { DexchangeError } from '../../errors.ts';
import type { Secret } from '../../secret.ts';

export interface TrustSettings {
  readonly certificateAuthorityPem: readonly string[];
  /** Trust the given authorities alone, if there are any: as kubectl does with those of a cluster. */
  readonly onlyGivenAuthorities?: boolean;
  readonly clientCertificatePem?: string | undefined;
  readonly clientKeyPem?: Secret | undefined;
  readonly insecureSkipTlsVerify: boolean;
}

/** How one kind of server is verified, and what we show it. */
export interface Trust {
  readonly verify: boolean;
  /**
   * `full` holds Node's roots, the system's and the given ones. Loading and parsing the system's
   * takes 30-50 ms, as long as all the rest of a call, so that is done only after `quick`, a part
   * of them, did not know the issuer. Which certificates are accepted is what `full` says.
   */
  context(reach: 'quick' | 'full'): SecureContext;
  /** Whether `full` exists already, so that trying `quick` first would gain nothing. */
  readonly fullIsLoaded: boolean;
}

/** The trust by everything in the settings, and the trust by the CAs alone. */
export interface TrustByPeer {
  readonly given: Trust;
  readonly others: Trust;
}

/**
 * Builds nothing yet: a call over plain HTTP never pays for TLS. The contexts throw
 * `setting_invalid` for a PEM that cannot be used.
 */
export function createTrust(settings: TrustSettings): TrustByPeer {
  const given = once(() => settings.certificateAuthorityPem.flatMap(readAuthorities));
  // Debian's store names each certificate twice (bundle and hash links): half the parsing.
  const all = once(() => {
    if (settings.onlyGivenAuthorities && given().length > 0) return [...given()];
    return [
      ...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...given()]),
    ];
  });
  // A CA that is given is Dex's more often than not; the identity provider is often public.
  const forDex = () => (given().length > 0 ? { ca: given() } : {});
  const forOthers = () =>
    given().length > 0 ? { ca: [...getCACertificates('default'), ...given()] } : {};
  const full = () => ({ ca: all() });
  const client = () => readClientCertificate(settings);
  return {
    given: trust(!settings.insecureSkipTlsVerify, forDex, full, client),
    others: trust(true, forOthers, full, () => ({})),
  };
}

type Options = () => SecureContextOptions;

function trust(verify: boolean, quick: Options, full: Options, client: Options): Trust {
  const context = (roots: Options) =>
    createContext({
      minVersion: 'TLSv1.2',
      // As Go verifies: a CA that is given is trusted though it is not a root.
      allowPartialTrustChain: true,
      ...client(),
      ...roots(),
    });
  const quickContext = once(() => context(quick));
  let fullContext: SecureContext | undefined;
  return {
    verify,
    context(reach) {
      if (reach === 'quick') return quickContext();
      fullContext ??= context(full);
      return fullContext;
    },
    get fullIsLoaded() {
      return fullContext !== undefined;
    },
  };
}

function createContext(options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options);
  } catch (cause) {
    if (options.cert === undefined) throw cause;
    // The CAs were read before, so it is the client's own pair.
    throw new DexchangeError(
      'setting_invalid',
      'client-certificate and client-key cannot be used together',
      { hint: 'they must be a PEM certificate and its own unencrypted PEM key', cause },
    );
  }
}

function readAuthorities(pem: string): string[] {
  const blocks =
    pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? ([] as string[]);
  if (blocks.length === 0) {
    throw new DexchangeError('setting_invalid', 'certificate-authority holds no certificate', {
      hint: 'it must be PEM text that begins with -----BEGIN CERTIFICATE-----',
    });
  }
  for (const [index, block] of blocks.entries()) {
    // createSecureContext says nothing of a certificate it cannot read.
    try {
      new X509Certificate(block);
    } catch (cause) {
      throw new DexchangeError(
        'setting_invalid',
        `certificate-authority: certificate ${index + 1} of ${blocks.length} cannot be read`,
        { hint: 'compare it with the original: it may have been cut or re-wrapped', cause },
      );
    }
  }
  return blocks;
}

function readClientCertificate(settings: TrustSettings): SecureContextOptions {
  const { clientCertificatePem: cert, clientKeyPem: key } = settings;
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) {
    const missing = cert === undefined ? 'client-certificate' : 'client-key';
    const present = cert === undefined ? 'client-key' : 'client-certificate';
    throw new DexchangeError('setting_invalid', `${present} is set without ${missing}`, {
      hint: `set both, or neither`,
    });
  }
  return { cert, key: key.reveal() };
}

/**
 * tls.connect, verified as its options say: NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect on
 * `rejectUnauthorized: true`, but tls.connect would still warn of it on stderr.
 */
export function connectTls(options: ConnectionOptions): TLSSocket {
  const variable = 'NODE_TLS_REJECT_UNAUTHORIZED';
  const value = process.env[variable];
  if (value !== '0') return connect(options);
  delete process.env[variable];
  try {
    return connect(options);
  } finally {
    process.env[variable] = value;
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
