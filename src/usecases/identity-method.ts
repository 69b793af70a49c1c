import type { KeyInput } from '../cache/key.ts';
import { requireTtl } from '../cache/minimum-ttl.ts';
import { formatDuration } from '../duration.ts';
import { DexchangeError } from '../errors.ts';
import { parseHttpDate } from '../http/date.ts';
import { selectIdentity } from '../identity/select.ts';
import type { IdentitySource } from '../identity/source.ts';
import type { IdentityCredentialInput } from '../inputs/identity-credential.ts';
import { audiences, decodeJwt } from '../jwt.ts';
import { type TokenLife, tokenLife } from '../oauth/token-life.ts';
import type { Instant } from '../ports.ts';
import { quoteId, sanitize } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import type { CredentialMethod } from './get-token.ts';
import type { Trace } from './trace-event.ts';

/** What the method needs from the runtime. */
export interface IdentityMethodPorts {
  readonly now: () => Instant;
  readonly trace: Trace;
  /** The last response of a server in this call; undefined if there was none. */
  lastResponse(): DatedResponse | undefined;
}

/** When a response arrived by the local clock, and its `Date` header. */
export interface DatedResponse {
  readonly receivedMs: number;
  readonly date: string | undefined;
}

/**
 * Creates the method for an API server that trusts the issuer of the identity token (Kubernetes,
 * AuthenticationConfiguration): the identity token itself is the credential. A requested token is cached
 * until it expires. A token that every call already has is not cached, because that would only add a copy
 * on disk. Sends nothing before `prepare`.
 * @throws DexchangeError setting_*, identity_*, subject_token_*
 */
export async function identityMethod(
  { identity: options, audience, minTtlMs, trust }: IdentityCredentialInput,
  ports: IdentityMethodPorts,
): Promise<CredentialMethod> {
  const { now, trace } = ports;
  trace({ kind: 'identity-options', options });
  const identity = selectIdentity(options);
  trace({ kind: 'identity', source: identity, subjectTokenType: undefined });
  return {
    keyInputs: identityKeyInputs(identity, audience, trust),
    label: { dex: identity.origin, connector: 'identity' },
    ...(identity.isAtHand
      ? { needsNoCache: `${identity.name} provides the credential in every call` }
      : {}),
    prepare: async () => async () => {
      const requestedAt = now();
      const token = await identity.obtain();
      trace({ kind: 'subject-token', token });
      const life = credentialLife(token, { identity, audience }, ports);
      trace({ kind: 'identity-credential', remainingMs: life.remainingMs });
      if (identity.isAtHand) requireTtl({ lifeMs: life.remainingMs }, minTtlMs);
      return { token, remainingMs: life.remainingMs, requestedAt };
    },
  };
}

/** Every input that can change the credential. */
function identityKeyInputs(
  identity: IdentitySource,
  audience: string | undefined,
  trust: readonly KeyInput[],
): readonly KeyInput[] {
  return [
    ['method', 'identity'],
    ...identity.keyInputs.map((input): KeyInput => ['identity', input]),
    // The audience does not change the token, but a cached token was checked for this audience only.
    ...(audience === undefined ? [] : [['audience', audience] as const]),
    ...trust,
  ];
}

/** What a token is checked against. */
interface Expected {
  readonly identity: IdentitySource;
  readonly audience: string | undefined;
}

/**
 * How long an identity token is valid as a credential. If a server has just issued the token, that
 * server's clock decides, otherwise the local clock.
 * @throws DexchangeError subject_token_invalid
 */
function credentialLife(
  token: Secret,
  { identity, audience }: Expected,
  { now, lastResponse }: IdentityMethodPorts,
): TokenLife {
  const named = `the identity token from ${identity.origin}`;
  const jwt = decodeJwt(token.reveal());
  if (jwt === undefined) {
    throw invalid(
      `${named} is not a JWT`,
      identity.name === 'client-credentials'
        ? 'set --subject-token-type id_token, or let the IdP issue JWTs: kube-apiserver accepts nothing else'
        : 'provide a JWT: kube-apiserver accepts nothing else from an issuer',
    );
  }
  const { alg } = jwt.header;
  if (typeof alg !== 'string' || /^none$/i.test(alg)) {
    throw invalid(`${named} is not signed`, 'provide a signed JWT');
  }
  const response = lastResponse();
  const serverMs = parseHttpDate(response?.date ?? '');
  const aheadMs =
    response === undefined || serverMs === undefined ? 0 : serverMs - response.receivedMs;
  const life = tokenLife(jwt.claims, now().wallMs + aheadMs);
  if (life === undefined) {
    throw invalid(
      `${named} has no exp claim that is a time in seconds`,
      'provide a token that expires: dexchange prints no credential without an expiry time',
    );
  }
  checkAudience(audiences(jwt.claims), audience, named);
  if (life.remainingMs > 0) return life;
  if (life.aheadMs > 0) {
    throw invalid(`${named} expires before its own iat`, 'check the clock of its issuer');
  }
  const isNew = response !== undefined;
  throw invalid(
    `${named} expired ${formatDuration(-life.aheadMs)} ago by ${serverMs === undefined ? "this machine's clock" : 'the clock of its server'}`,
    isNew
      ? 'check the clocks of this machine and of the server, which has just issued the token'
      : identity.whenExpired,
  );
}

function checkAudience(actual: readonly string[], wanted: string | undefined, named: string): void {
  if (wanted === undefined || actual.includes(wanted)) return;
  const has = actual.length === 0 ? 'no audience' : `audience ${sanitize(actual.join(', '))}`;
  throw invalid(
    `${named} has ${has}, not ${quoteId(wanted)}`,
    'request the token for the audience of --audience (with --identity-audience where dexchange requests it), or correct --audience',
  );
}

function invalid(message: string, hint: string): DexchangeError {
  return new DexchangeError('subject_token_invalid', message, { hint });
}
