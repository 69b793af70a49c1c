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
import { pemCertificates } from '../../pem.ts';
import type { Secret } from '../../secret.ts';
import type { MachineRoots } from './machine-roots.ts';

/** The settings that decide which servers are trusted; certificates as PEM. */
export interface TrustSettings {
  readonly certificateAuthorityPem: readonly string[];
  /** Trust only the given CAs, if there are any, as kubectl does with the CA of a cluster. */
  readonly onlyGivenAuthorities?: boolean;
  readonly clientCertificatePem?: string | undefined;
  readonly clientKeyPem?: Secret | undefined;
  readonly insecureSkipTlsVerify: boolean;
}

/** How to verify a server, and which client certificate to send. */
export interface Trust {
  readonly verify: boolean;
  /**
   * `full` contains the CAs of Node, of the system and of the settings. Loading those of the system
   * takes 30-50 ms, as long as the rest of a call, so connect with the subset `quick` first, and
   * with `full` only if the issuer is unknown to `quick`.
   */
  context(scope: 'quick' | 'full'): SecureContext;
  /** Whether `full` is already loaded, so that `quick` has no advantage. */
  readonly isFullLoaded: boolean;
}

/** The trust for each kind of peer; only Dex and Kubernetes get a client certificate. */
export interface TrustByPeer {
  readonly dexAndKubernetes: Trust;
  readonly others: Trust;
}

/**
 * Creates the trust of the settings. Nothing is loaded until a context is requested, because plain
 * HTTP does not need it. Requesting a context throws `setting_invalid` for an invalid PEM.
 */
export function createTrust(settings: TrustSettings, machine: MachineRoots): TrustByPeer {
  const extra = once(() => machine.extra());
  const given = once(() =>
    settings.certificateAuthorityPem.flatMap((pem) =>
      readAuthorities(pem, settings.onlyGivenAuthorities === true),
    ),
  );
  // A set, because Debian's store lists each certificate twice (bundle and hash links).
  const all = once(() => {
    if (settings.onlyGivenAuthorities && given().length > 0) return [...given()];
    return [
      ...new Set([...getCACertificates('default'), ...machine.system(), ...extra(), ...given()]),
    ];
  });
  // The CA of the settings is usually that of Dex, while the IdP often has a public CA.
  const quickForDex = () => (given().length > 0 ? { ca: given() } : quickForOthers());
  const quickForOthers = () => {
    const more = [...extra(), ...given()];
    return more.length > 0 ? { ca: [...getCACertificates('default'), ...more] } : {};
  };
  const full = () => ({ ca: all() });
  const client = () => readClientCertificate(settings);
  return {
    dexAndKubernetes: trust(!settings.insecureSkipTlsVerify, quickForDex, full, client),
    others: trust(true, quickForOthers, full, () => ({})),
  };
}

type Options = () => SecureContextOptions;

function trust(verify: boolean, quick: Options, full: Options, client: Options): Trust {
  const context = (roots: Options) =>
    createContext({
      minVersion: 'TLSv1.2',
      // As in Go, trust a given CA even if it is not a root. This applies to the system's CAs too, where
      // an administrator has put the certificate for that purpose.
      allowPartialTrustChain: true,
      ...client(),
      ...roots(),
    });
  const quickContext = once(() => context(quick));
  let fullContext: SecureContext | undefined;
  return {
    verify,
    context(scope) {
      if (scope === 'quick') return quickContext();
      fullContext ??= context(full);
      return fullContext;
    },
    get isFullLoaded() {
      return fullContext !== undefined;
    },
  };
}

function createContext(options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options);
  } catch (cause) {
    if (options.cert === undefined) throw cause;
    // The CAs have been checked before, so the client certificate or its key is invalid.
    throw new DexchangeError(
      'setting_invalid',
      'client-certificate and client-key do not belong together',
      { hint: 'set them to a PEM certificate and its unencrypted PEM key', cause },
    );
  }
}

/**
 * The certificates in a PEM text.
 * @param skipsInvalid whether one valid certificate is enough, as in client-go for the CA of a
 *   cluster (crypto/x509, AppendCertsFromPEM)
 */
function readAuthorities(pem: string, skipsInvalid: boolean): readonly string[] {
  const blocks = pemCertificates(pem);
  if (blocks.length === 0) {
    throw new DexchangeError('setting_invalid', 'certificate-authority contains no certificate', {
      hint: 'set it to PEM text that begins with -----BEGIN CERTIFICATE-----',
    });
  }
  const valid: string[] = [];
  for (const [index, block] of blocks.entries()) {
    // createSecureContext ignores invalid certificates.
    try {
      new X509Certificate(block);
      valid.push(block);
    } catch (cause) {
      if (skipsInvalid && (valid.length > 0 || index < blocks.length - 1)) continue;
      throw new DexchangeError(
        'setting_invalid',
        `certificate-authority: certificate ${index + 1} of ${blocks.length} is invalid`,
        { hint: 'compare it with the original: it may be truncated or wrapped differently', cause },
      );
    }
  }
  return valid;
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
 * tls.connect without the warning of an unchanged Node about NODE_TLS_REJECT_UNAUTHORIZED=0 on stderr.
 * The variable has no effect, because the options always contain `rejectUnauthorized`.
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

function once<T>(create: () => T): () => T {
  let created: { value: T } | undefined;
  return () => {
    created ??= { value: create() };
    return created.value;
  };
}
