import type { ParsedArguments } from '../config/parse-arguments.ts';
import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import { decodeFacts, decodeReport } from '../explain/decode-report.ts';
import { tokenFacts } from '../explain/token-facts.ts';
import { isRecord, parseJsonObject } from '../json.ts';
import { decodeJwt } from '../jwt.ts';
import { dataText } from '../kubernetes/data-text.ts';
import { idTokenHint } from '../placeholders.ts';
import { looksSecret, quoteId, quotePath } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { styleFor } from '../terminal/style.ts';
import type { CommandRuntime } from './command-runtime.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './commands.ts';

/**
 * `dexchange decode [FILE]`: formats a JWT from a file, from the variable of `--token-env`, or from
 * stdin. Finds the token in JSON too (the response of a token endpoint, an ExecCredential).
 * @throws DexchangeError usage_argument, decode_unreadable, decode_not_jwt; messages never contain
 * the input
 */
export async function runDecode(parsed: ParsedArguments, runtime: CommandRuntime): Promise<string> {
  const settings = commandSettings('decode', parsed, runtime);
  const form = outputForm(settings, ['text', 'json', 'yaml']);
  const { text, origin } = await input(parsed, settings, runtime);
  const token = bareToken(text);
  const facts = tokenFacts(new Secret(token), runtime.now().wallMs);
  if (facts.form === 'opaque') throw notJwt(token, origin);
  if (form !== 'text') return dataText(decodeFacts(facts), form);
  const { width } = styleFor(runtime.terminal(1), runtime.env);
  return decodeReport(facts, width);
}

async function input(
  parsed: ParsedArguments,
  settings: Settings,
  runtime: CommandRuntime,
): Promise<{ text: string; origin: string }> {
  const [, file] = parsed.positionals;
  const variable = parsed.flags.get('token-env')?.at(-1)?.text;
  if (variable !== undefined) {
    const origin = /^[A-Za-z_]\w*$/.test(variable)
      ? `variable ${quoteId(variable)}`
      : 'the variable of --token-env';
    if (file !== undefined) {
      throw new DexchangeError('usage_argument', 'decode takes a file or --token-env, not both', {
        hint: 'remove one of them',
      });
    }
    const text = runtime.env[variable];
    if (text) return { text, origin };
    throw new DexchangeError(
      'decode_unreadable',
      `${origin} is ${text === undefined ? 'not set' : 'empty'}`,
      { hint: 'set --token-env to the name of the variable that contains the token, without a $' },
    );
  }
  if (file !== undefined && looksLikeToken(file)) {
    throw new DexchangeError('usage_argument', 'decode takes a file name, not a token', {
      hint: 'pipe the token to stdin, or set --token-env to the name of its variable: other users can read the command line',
    });
  }
  const fromStdin = file === undefined || file === '-';
  const origin = fromStdin ? 'stdin' : quotePath(file, true);
  const timeoutMs = settings.value('timeout');
  try {
    const text = fromStdin
      ? await runtime.readStdin(timeoutMs)
      : runtime.readTextFile(file, timeoutMs);
    return { text, origin };
  } catch (error) {
    const { message, hint } = error as Error & { readonly hint?: string };
    throw new DexchangeError('decode_unreadable', `${origin} ${message}`, {
      hint: hint ?? 'name a file that contains a JWT, or pipe the token to stdin',
    });
  }
}

function looksLikeToken(word: string): boolean {
  return word.length > 100 || looksSecret(word) || decodeJwt(word) !== undefined;
}

/** Extracts the token from common forms: quoted, after `Bearer`, or in the JSON of a server. */
function bareToken(text: string): string {
  const trimmed = text.replace(/^\ufeff/, '').trim();
  if (trimmed.startsWith('{')) return tokenInJson(trimmed) ?? trimmed;
  return trimmed.replace(/^(?:authorization:\s*)?bearer\s+/i, '').replace(/^(["'])(.*)\1$/s, '$2');
}

function tokenInJson(text: string): string | undefined {
  const object = parseJsonObject(text) ?? {};
  const { status } = object;
  const values = [
    isRecord(status) ? status['token'] : undefined,
    ...['access_token', 'id_token', 'token', 'value'].map((name) => object[name]),
  ];
  return values.filter((value) => typeof value === 'string').find((value) => value !== '');
}

function notJwt(token: string, origin: string): DexchangeError {
  const error = (what: string, hint: string): DexchangeError =>
    new DexchangeError('decode_not_jwt', `${origin} ${what}`, { hint });
  if (token === '')
    return error('is empty', 'check that the command before the pipe prints a token');
  const [, variable] = /^\$\{?(\w+)\}?$/.exec(token) ?? [];
  if (variable !== undefined) {
    return error('contains the name of a variable instead of its value', idTokenHint(variable));
  }
  if (token.startsWith('{')) {
    return error('is JSON without a token', 'check whether it is the error of a token endpoint');
  }
  if (/^eyJ[\w-]*(\.[\w-]*){4}$/.test(token)) {
    return error(
      'is an encrypted JWT',
      'pass a signed JWT; only the recipient can decrypt this one',
    );
  }
  if (/^eyJ[\w-]*\.[\w-]*\.?$/.test(token)) {
    return error('is a JWT without its signature', 'copy the whole token, with its three parts');
  }
  return error('is not a JWT', 'pass a JWT; an opaque token has no claims to show');
}
