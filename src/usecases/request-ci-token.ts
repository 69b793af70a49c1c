import { DexchangeError } from '../errors.ts';
import { describeBody, isHtml, jsonObject, textField } from '../http/json-body.ts';
import type { IncomingResponse, OutgoingRequest, Send } from '../http/message.ts';
import { secretsIn } from '../http/request-secrets.ts';
import type { CiAccount, CiTokenRequest } from '../identity/ci-token-request.ts';
import { cleanToken } from '../identity/clean-token.ts';
import { decodeJwt } from '../jwt.ts';
import { redactionOf } from '../redaction.ts';
import { sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';

/**
 * Requests an identity token for this job from a CI system.
 * @throws DexchangeError identity_refused with the system's own hint, server_*, proxy_failed,
 *   url_insecure, setting_invalid, subject_token_invalid
 */
export async function requestCiToken(
  request: CiTokenRequest,
  deps: { readonly send: Send },
): Promise<Secret> {
  const { method, url, headers, json } = request;
  const outgoing: OutgoingRequest = {
    peer: 'ci',
    method,
    url,
    headers,
    ...(json === undefined ? {} : { json }),
  };
  let response: IncomingResponse;
  try {
    response = await deps.send(outgoing);
  } catch (error) {
    throw withSystemHint(error, request);
  }
  return readToken(response, request, secretsIn(outgoing));
}

/**
 * Requests an identity token, and tells whose it is.
 * @throws DexchangeError as requestCiToken
 */
export async function requestCiAccount(
  request: CiTokenRequest,
  deps: { readonly send: Send },
): Promise<CiAccount> {
  const token = await requestCiToken(request, deps);
  const subject = decodeJwt(token.reveal())?.claims['sub'];
  const hasSubject = typeof subject === 'string' && subject !== '';
  return { token, id: hasSubject ? subject : token.reveal() };
}

const unreachableCodes = new Set(['server_unreachable', 'server_timeout']);

function withSystemHint(error: unknown, request: CiTokenRequest): unknown {
  if (!(error instanceof DexchangeError)) return error;
  const { code, message, retryAfterMs } = error;
  let { hint } = error;
  // A redirect leads to a sign-in page: the system did not accept the credential.
  if (code === 'server_redirect') hint = request.remedy;
  if (unreachableCodes.has(code)) hint = request.unreachable ?? hint;
  return new DexchangeError(code, `${request.title} issued no identity token: ${message}`, {
    hint,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause: error,
  });
}

function readToken(
  response: IncomingResponse,
  request: CiTokenRequest,
  sent: readonly Secret[],
): Secret {
  const { title, field, remedy, answerHeader } = request;
  const { status } = response;
  // Azure DevOps returns its sign-in page with status 203.
  if (status === 203 || (status >= 400 && status < 500)) {
    throw new DexchangeError(
      'identity_refused',
      `${title} denied an identity token (${status}${reasonIn(response, sent)})`,
      { hint: remedy },
    );
  }
  const isFromSystem =
    answerHeader === undefined || response.headers[answerHeader[0]] === answerHeader[1];
  const text = tokenText(response, field);
  if (status >= 200 && status < 300 && isFromSystem && text !== undefined) {
    return cleanToken(new Secret(text), title);
  }
  throw new DexchangeError(
    'server_nonsense',
    `${title} answered ${status} with ${isFromSystem ? describeToken(response, field, sent) : 'a response from another server'}`,
    { hint: `check that no proxy or login page answers instead; otherwise ${remedy}` },
  );
}

/** The JWT in a response; undefined if there is none. */
function tokenText(response: IncomingResponse, field: string | undefined): string | undefined {
  const body = jsonObject(response);
  const text = field === undefined ? response.body.trim() : body && textField(body, field);
  return text === undefined || decodeJwt(text) === undefined ? undefined : text;
}

function describeToken(
  response: IncomingResponse,
  field: string | undefined,
  sent: readonly Secret[],
): string {
  const body = jsonObject(response);
  if (field === undefined || body === undefined) return describeBody(response, sent);
  if (textField(body, field) === undefined) return `JSON without ${field}`;
  return `a ${field} that is not a JWT`;
}

function reasonIn(response: IncomingResponse, secrets: readonly Secret[]): string {
  if (isHtml(response.body)) return `, with ${describeBody(response, secrets)}`;
  const body = jsonObject(response);
  const reason =
    (body && (textField(body, 'message') ?? textField(body, 'error'))) ?? response.body;
  const text = sanitize(reason, { redaction: redactionOf(secrets) });
  return text === '' ? '' : `: ${text}`;
}
