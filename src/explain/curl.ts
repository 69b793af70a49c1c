import type { OutgoingRequest } from '../http/message.ts';
import { quoteId, sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { shellQuoted } from '../shell-word.ts';
import { displayUrl, reportTextLimit } from './display.ts';

/** How a request verifies the server, and what it sends, for curl's options. */
export interface CurlTrust {
  readonly caFile?: string | undefined;
  /** What prints the CA as base64, in parts to be joined by spaces, if it is in no file. */
  readonly caSource?: readonly string[] | undefined;
  readonly insecure?: boolean;
  /** The variable of a bearer token, if it is not the usual one of the server. */
  readonly bearer?: string;
}

/**
 * Formats a request as a curl command, in parts to be joined by spaces, with shell variables in place
 * of secrets. A Basic header becomes form fields: Dex accepts both, but `curl -u` does not form-encode
 * the secret as RFC 6749, section 2.3.1 requires, so Dex would decode a different secret.
 */
export function curlCommand(request: OutgoingRequest, trust: CurlTrust): readonly string[] {
  const pieces = [...caLine(trust), 'curl -q -sS'];
  if (request.method !== 'GET') pieces.push(`-X ${request.method}`);
  if (trust.insecure) pieces.push('--insecure');
  else if (trust.caFile !== undefined) pieces.push(`--cacert ${quoted(trust.caFile)}`);
  else if (trust.caSource !== undefined) pieces.push('--cacert ca.crt');
  pieces.push(quoted(displayUrl(request.url)));
  const variable = variables[request.peer];
  let basic = false;
  for (const [name, value] of request.headers) {
    if (name === 'authorization' && value instanceof Secret) {
      if (/^Basic /.test(value.reveal()) && request.form !== undefined) basic = true;
      else
        pieces.push(`-H "Authorization: ${schemeOf(value)} $${trust.bearer ?? variable.bearer}"`);
    } else if (value instanceof Secret) {
      pieces.push(`-H "${headerName(name)}: $HEADER"`);
    } else {
      pieces.push(`-H ${quoted(`${headerName(name)}: ${value}`)}`);
    }
  }
  if (basic) {
    pieces.push(
      `--data-urlencode "client_id=$${variable.clientId}"`,
      `--data-urlencode "client_secret=$${variable.clientSecret}"`,
    );
  }
  for (const [name, value] of request.form ?? []) {
    const fieldName = clean(name);
    pieces.push(
      value instanceof Secret || hasMisplacedSecret(value)
        ? `--data-urlencode "${fieldName}=$${placeholder(name, variable)}"`
        : `--data-urlencode ${quoted(`${fieldName}=${value}`)}`,
    );
  }
  if (request.json !== undefined) {
    const json = JSON.stringify(request.json);
    pieces.push(
      "-H 'Content-Type: application/json'",
      `-d ${hasMisplacedSecret(json) ? '"$BODY"' : quoted(json)}`,
    );
  }
  return pieces;
}

/** Writes the CA to a file first, because curl does not take it as a value. */
function caLine({ insecure, caFile, caSource }: CurlTrust): readonly string[] {
  if (insecure || caFile !== undefined || caSource === undefined) return [];
  return [...caSource, '| base64 -d > ca.crt &&'];
}

/** Whether a part of a value looks like a secret, as if two settings were swapped. */
function hasMisplacedSecret(value: string): boolean {
  return value
    .split(/[\s":,[\]{}]+/)
    .some((part) => quoteId(part, reportTextLimit) !== clean(part));
}

interface Variables {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly bearer: string;
}

const variables: Readonly<Record<OutgoingRequest['peer'], Variables>> = {
  dex: { clientId: 'DEX_CLIENT_ID', clientSecret: 'DEX_CLIENT_SECRET', bearer: 'DEX_TOKEN' },
  idp: { clientId: 'IDP_CLIENT_ID', clientSecret: 'IDP_CLIENT_SECRET', bearer: 'IDP_TOKEN' },
  ci: { clientId: 'CLIENT_ID', clientSecret: 'CLIENT_SECRET', bearer: 'CI_REQUEST_TOKEN' },
  kubernetes: { clientId: 'K8S_USER', clientSecret: 'K8S_PASSWORD', bearer: 'DEX_TOKEN' },
};

function placeholder(name: string, variable: Variables): string {
  if (name === 'client_secret') return variable.clientSecret;
  // The variable name that the DKP guide *Access for CI/CD* uses.
  if (name === 'subject_token') return 'IDP_TOKEN';
  return name.toUpperCase().replace(/[^A-Z0-9]/g, '_');
}

function schemeOf(value: Secret): string {
  return /^([A-Za-z]+) /.exec(value.reveal())?.[1] ?? '';
}

function headerName(name: string): string {
  return clean(name);
}

function quoted(text: string): string {
  return shellQuoted(clean(text));
}

function clean(text: string): string {
  return sanitize(text, { maxChars: reportTextLimit });
}
