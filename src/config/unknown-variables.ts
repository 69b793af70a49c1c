import { sanitize } from '../sanitize.ts';
import { ownVariable } from './setting.ts';
import { settings } from './table.ts';

/** Variables that are named as if they were settings of ours, but are none: most likely misspelt. */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = new Set(settings.map(([name]) => ownVariable(name)));
  return Object.keys(env)
    .filter((name) => name.startsWith('DEXCHANGE_') && !known.has(name) && env[name] !== '')
    .slice(0, 5)
    .map((name) => sanitize(name, { maxChars: 60 }));
}
