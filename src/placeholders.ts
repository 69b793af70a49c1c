import { DexchangeError } from './errors.ts';
import { sanitize } from './sanitize.ts';

/**
 * Refuses a text that is literally `$NAME` or `${NAME}`: what GitLab leaves of a variable that is
 * undefined or protected (gitlab-org/gitlab 350747), and a shell never would.
 * @param origin where the text stands, to name it in the error
 * @param secret true if the text must not be repeated
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
      hint: 'the CI system left a variable unexpanded: it is undefined here, or protected while this branch or tag is not',
    },
  );
}
