import { DexchangeError } from '../errors.ts';
import type { Settings } from './resolve.ts';
import { ownVariable } from './setting.ts';
import { type SettingName, table } from './table.ts';

/**
 * A setting that the command cannot do without.
 * @throws DexchangeError setting_missing
 */
export function requireSetting(
  settings: Settings,
  name:
    | 'dex-url'
    | 'namespace'
    | 'service-account'
    | 'provider'
    | 'idp-issuer-url'
    | 'idp-client-id'
    | 'server'
    | 'username'
    | 'connector-id',
): string {
  const value = settings.value(name);
  if (value !== undefined) return value;
  const row: (typeof table)[SettingName] = table[name];
  throw new DexchangeError('setting_missing', `not set: --${name}`, {
    hint: `--${name} ${row.placeholder}, or variable ${ownVariable(name)}: ${row.help}`,
  });
}
