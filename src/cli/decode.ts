import type { ParsedArguments } from '../config/parse-arguments.ts';
import { DexchangeError } from '../errors.ts';
import { decodeReport } from '../explain/decode-report.ts';
import { decodeJwt } from '../jwt.ts';
import { sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import type { CommandRuntime } from './run-command.ts';

/** Long enough for whatever feeds a pipe to mint a token first, in milliseconds. */
const maxWaitMs = 60_000;

/**
 * `dexchange decode [FILE]`: what a JWT says, from a file, from `--token-env`, or from stdin. JSON
 * around a token (a token endpoint's answer, an ExecCredential) is looked through for it.
 * @throws DexchangeError decode_unreadable, decode_not_jwt; the input is never repeated
 */
export function runDecode(parsed: ParsedArguments, runtime: CommandRuntime): string {
  const { text, origin } = input(parsed, runtime);
  const token = bareToken(text);
  const jwt = decodeJwt(token);
  if (jwt === undefined) throw noJwt(token, origin);
  return decodeReport(new Secret(token), jwt, runtime.now().wallMs);
}

function input(parsed: ParsedArguments, runtime: CommandRuntime): { text: string; origin: string } {
  const [, file] = parsed.positionals;
  const variable = parsed.flags.get('token-env')?.at(-1)?.text;
  if (variable !== undefined) {
    const origin = `variable ${sanitize(variable, { maxChars: 80 })}`;
    if (file !== undefined) {
      throw new DexchangeError('usage_argument', 'both a file and --token-env are given', {
        hint: 'keep one of them',
      });
    }
    const text = runtime.env[variable];
    if (text) return { text, origin };
    throw new DexchangeError(
      'decode_unreadable',
      `${origin} is ${text === undefined ? 'not set' : 'empty'}`,
    );
  }
  if (file !== undefined && looksLikeToken(file)) {
    throw new DexchangeError('usage_argument', 'a token is given where a file name belongs', {
      hint: 'other users can read a command line: pipe the token in, or name its variable by --token-env',
    });
  }
  const fromStdin = file === undefined || file === '-';
  const origin = fromStdin ? 'stdin' : sanitize(file);
  try {
    return {
      text: fromStdin ? runtime.readStdin(maxWaitMs) : runtime.readTextFile(file, maxWaitMs),
      origin,
    };
  } catch (error) {
    throw new DexchangeError('decode_unreadable', `${origin} ${(error as Error).message}`);
  }
}

function looksLikeToken(word: string): boolean {
  return word.length > 100 || decodeJwt(word) !== undefined;
}

/** The token in what people have at hand: quoted, behind `Bearer`, or in a server's JSON. */
function bareToken(text: string): string {
  const trimmed = text.replace(/^\ufeff/, '').trim();
  if (trimmed.startsWith('{')) return tokenInJson(trimmed) ?? trimmed;
  return trimmed.replace(/^(?:authorization:\s*)?bearer\s+/i, '').replace(/^(["'])(.*)\1$/s, '$2');
}

function tokenInJson(text: string): string | undefined {
  try {
    const answer = JSON.parse(text) as Record<string, unknown>;
    const { status } = answer;
    const places = [
      ...(typeof status === 'object' && status !== null
        ? [(status as { token?: unknown }).token]
        : []),
      ...['access_token', 'id_token', 'token', 'value'].map((name) => answer[name]),
    ];
    return places.find((place) => typeof place === 'string' && place !== '') as string | undefined;
  } catch {
    return undefined;
  }
}

function noJwt(token: string, origin: string): DexchangeError {
  const fail = (what: string, hint: string): DexchangeError =>
    new DexchangeError('decode_not_jwt', `${origin} ${what}`, { hint });
  if (token === '') return fail('is empty', 'see whether the command before it printed a token');
  if (/^\$\{?\w+\}?$/.test(token)) {
    return fail(
      'holds the literal name of a variable instead of its value',
      'the CI system left a variable unexpanded: it is undefined here, or protected while this branch or tag is not',
    );
  }
  if (token.startsWith('{')) {
    return fail('is JSON without a token', 'a token endpoint answers an error in that form');
  }
  if (/^eyJ[\w-]*(\.[\w-]*){4}$/.test(token)) {
    return fail('is an encrypted JWT', 'only its audience can read it');
  }
  if (/^eyJ[\w-]*\.[\w-]*\.?$/.test(token)) {
    return fail('is a JWT without its signature', 'it may have been cut when it was copied');
  }
  return fail(
    'is no JWT',
    'an opaque token says nothing by itself; Kubernetes takes none, and Dex only as an access_token',
  );
}
