import { DexchangeError } from '../errors.ts';
import { oddityOf } from '../odd-secret.ts';
import { rejectPlaceholder } from '../placeholders.ts';
import { Secret } from '../secret.ts';

/**
 * Checks a token and strips the line end that files and commands add. Rejects text that cannot be a
 * token: empty, several lines or words, JSON, or an unexpanded `$NAME`.
 * @param origin where the token came from, named in the error; the error never contains the token
 * @throws DexchangeError subject_token_invalid, setting_not_expanded
 */
export function cleanToken(raw: Secret, origin: string): Secret {
  const text = raw.reveal().trim();
  if (text === '') {
    throw new DexchangeError(
      'subject_token_invalid',
      `the identity token from ${origin} is empty`,
      {
        hint: 'check that the step that provides the token ran, and ran in this job',
      },
    );
  }
  rejectPlaceholder(text, origin, 'identity-token');
  const odd = oddityOf(text);
  if (odd !== undefined) {
    throw new DexchangeError(
      'subject_token_invalid',
      `the identity token from ${origin} ${odd.what}`,
      { hint: odd.hint },
    );
  }
  const wrapped = wrapping(text);
  if (wrapped !== undefined) {
    throw new DexchangeError(
      'subject_token_invalid',
      `the identity token from ${origin} ${wrapped.what}`,
      { hint: wrapped.hint },
    );
  }
  // RFC 6750, section 2.1 defines the characters of a bearer token; all of them are in this range.
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new DexchangeError(
      'subject_token_invalid',
      `the identity token from ${origin} contains spaces, line breaks or other characters that are not valid in a token`,
      { hint: 'provide the bare token, without any JSON or log lines around it' },
    );
  }
  if (/^[[{"]/.test(text)) {
    throw new DexchangeError(
      'subject_token_invalid',
      `the identity token from ${origin} is JSON, not a token`,
      { hint: 'extract the token, for example with `jq -r .access_token` or `jq -r .id_token`' },
    );
  }
  return new Secret(text);
}

/** What is around a JWT: its three parts have neither quotes nor a percent sign. */
function wrapping(text: string): { what: string; hint: string } | undefined {
  if (/^(["'`]).*\1$/.test(text) && !/\s/.test(text)) {
    return { what: 'is in quotes', hint: 'remove the quotes' };
  }
  if (/^ZXlK[\w+/-]+=*$/.test(text)) {
    return { what: 'is a token in base64', hint: 'decode it with `base64 -d`' };
  }
  if (/^eyJ[\w.-]+%$/.test(text)) {
    return {
      what: 'ends with %, which zsh prints after an output without a line break',
      hint: 'remove the %',
    };
  }
  return undefined;
}
