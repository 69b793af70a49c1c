import { DexchangeError } from '../errors.ts';
import { rejectPlaceholder } from '../placeholders.ts';
import { Secret } from '../secret.ts';

/**
 * A token as it is to be sent: without the line end that files and commands leave, and refused if
 * it can be no token at all (empty, of several lines or words, or an unexpanded `$NAME`).
 * @param origin where it came from, to name it in the error; the text is never repeated
 * @throws DexchangeError subject_token_invalid, setting_not_expanded
 */
export function cleanToken(raw: Secret, origin: string): Secret {
  const text = raw.reveal().trim();
  if (text === '') {
    throw new DexchangeError(
      'subject_token_invalid',
      `the identity token from ${origin} is empty`,
      {
        hint: 'see whether the step that should provide it ran, and in this job',
      },
    );
  }
  rejectPlaceholder(text, origin, true);
  // RFC 6750, 2.1: what a bearer token can consist of; Dex and IdPs issue nothing else.
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new DexchangeError(
      'subject_token_invalid',
      `the identity token from ${origin} holds spaces, line breaks or characters that no token has`,
      { hint: 'it should be the bare token: cut it out of any JSON or log lines around it' },
    );
  }
  if (/^[[{"]/.test(text)) {
    throw new DexchangeError(
      'subject_token_invalid',
      `the identity token from ${origin} is JSON, not a token`,
      { hint: 'cut the token out of it, as jq -r .access_token or .id_token would' },
    );
  }
  return new Secret(text);
}
