import { sanitize } from '../sanitize.ts';
import { ownVariable } from './setting.ts';
import { settings } from './table.ts';

/**
 * The names of variables that start with `DEXCHANGE_` but set nothing, most likely misspelt; at
 * most 5.
 */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = new Set(settings.map(([name]) => ownVariable(name)));
  return Object.keys(env)
    .filter((name) => name.startsWith('DEXCHANGE_') && !known.has(name) && env[name] !== '')
    .slice(0, 5)
    .map((name) => sanitize(name, { maxChars: 60 }));
}
