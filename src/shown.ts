import { sanitize } from './sanitize.ts';

/**
 * A text of the user's, fit to be repeated in a message: cleaned and bounded, and left out where it
 * looks as if a secret stood in the wrong place (a JWT as a file's name, a token as a choice).
 */
export function shown(text: string, maxChars = 100): string {
  return looksSecret(text) ? '(not shown: it looks like a secret)' : sanitize(text, { maxChars });
}

// A JWT; the prefixes by which GitLab, GitHub and others mark their tokens; and, with no folder and
// no extension in it, any long run of letters and digits, as random secrets are.
function looksSecret(text: string): boolean {
  return (
    /eyJ[\w-]{8,}\.[\w-]+/.test(text) ||
    /^(?:gl[a-z]{2,6}-|gh[a-z]_|github_pat_|xox[a-z]-|AKIA|hv[sb]\.)/.test(text) ||
    (/^[\w+=-]{20,}$/.test(text) && /\d/.test(text) && /[A-Za-z]/.test(text))
  );
}
