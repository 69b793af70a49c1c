import { basename } from 'node:path';
import type { ExecEntry } from '../kubeconfig/context.ts';

/**
 * Whether an exec entry runs `dexchange get-token`, by the name of its program: `dexchange`,
 * `dexchange.exe`, `dexchange-0.2`. Decides about hints and about whose settings are read; that a
 * plugin calls itself is recognized whatever its name (see childEnvironment).
 */
export function isDexchangeEntry({ command, args }: Pick<ExecEntry, 'command' | 'args'>): boolean {
  return /dexchange/i.test(basename(command)) && args.includes('get-token');
}

/** Whether the exec entry runs dexchange with method service-account, by a flag or a variable. */
export function usesServiceAccountMethod(
  entry: Pick<ExecEntry, 'command' | 'args' | 'env'>,
): boolean {
  return (
    isDexchangeEntry(entry) &&
    (entry.env['DEXCHANGE_METHOD'] === 'service-account' ||
      entry.args.some((arg) => /^(?:--method=)?service-account$/.test(arg)))
  );
}
