import { belongsTo } from '../../src/config/setting.ts';
import { type SettingName, table } from '../../src/config/table.ts';

/** The flags that a hint tells the user to set and that the command does not have. */
export function foreignFlags(hint: string, command: string): readonly string[] {
  // A command line in a hint has its own flags, up to the end of the clause.
  const own = hint.replaceAll(/\b(?:dexchange|kubectl|d8 k|curl) [^;]*/g, '');
  return [...own.matchAll(/--([a-z][a-z-]*[a-z])(?!…|-…)/g)].flatMap(([, name = '']) => {
    if (name === 'help' || !Object.hasOwn(table, name)) return [];
    return belongsTo(table[name as SettingName], command) ? [] : [`--${name}`];
  });
}
