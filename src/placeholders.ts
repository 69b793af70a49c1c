import { DexchangeError } from './errors.ts';
import { sanitize } from './sanitize.ts';

/**
 * Rejects a text that is literally `$NAME` or `${NAME}`: GitLab leaves a variable unexpanded if it
 * is undefined or protected (gitlab-org/gitlab 350747), where a shell would substitute an empty
 * text.
 * @param origin where the text comes from, named in the error
 * @param secret true if the error must not contain the text
 * @throws DexchangeError setting_not_expanded
 */
export function rejectPlaceholder(text: string, origin: string, secret: boolean): void {
  if (!text.startsWith('$') || !/^\$(?:\{[A-Za-z_]\w*\}|[A-Za-z_]\w*)$/.test(text)) return;
  throw new DexchangeError(
    'setting_not_expanded',
    secret
      ? `${origin} holds the literal name of a variable instead of its value`
      : `${origin} is literally ${sanitize(text)}`,
    {
      hint: 'define the variable for this job, or, if it is protected, protect the branch or tag: the CI system did not expand it',
    },
  );
}
