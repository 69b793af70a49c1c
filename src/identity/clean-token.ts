import { DexchangeError } from '../errors.ts';
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
  rejectPlaceholder(text, origin, true);
  // RFC 6750, section 2.1 defines the characters of a bearer token; all of them are in this range.
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new DexchangeError(
      'subject_token_invalid',
      `the identity token from ${origin} holds spaces, line breaks or other characters that are not valid in a token`,
      { hint: 'provide the bare token, without any JSON or log lines around it' },
    );
  }
  if (/^[[{"]/.test(text)) {
    throw new DexchangeError(
      'subject_token_invalid',
      `the identity token from ${origin} is JSON, not a token`,
      { hint: 'extract the token, for example with jq -r .access_token or jq -r .id_token' },
    );
  }
  return new Secret(text);
}
