import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import { quoteInput } from '../sanitize.ts';

/**
 * The form in which a command prints, by `-o`; the first of those it has is the default.
 * @throws DexchangeError setting_invalid naming the forms it has
 */
export function outputForm<F extends string>(settings: Settings, forms: readonly [F, ...F[]]): F {
  const wanted = settings.value('output');
  if (wanted === undefined) return forms[0];
  const form = forms.find((candidate) => candidate === wanted);
  if (form !== undefined) return form;
  throw new DexchangeError(
    'setting_invalid',
    `--output is ${quoteInput(wanted, 60)}, not one of ${forms.join(', ')}`,
  );
}
