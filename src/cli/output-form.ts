import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import { quoteInput } from '../sanitize.ts';

/**
 * The output format that `-o` selects; the first of the command's formats is the default.
 * @throws DexchangeError setting_invalid that names the command's formats
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
