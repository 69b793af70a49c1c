import { type FlagText, resolveSettings, type Settings } from '../../../src/config/resolve.ts';
import type { SettingName } from '../../../src/config/table.ts';

export interface Given {
  /** Default: as if there were one command that has all settings. */
  readonly command?: string;
  readonly flags?: Partial<Record<SettingName, string | readonly string[]>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cluster?: unknown;
}

/** The settings of a call with these flags, variables and extension of the cluster. */
export function settingsOf({ command, flags = {}, env = {}, cluster }: Given): Settings {
  const texts = new Map<SettingName, FlagText[]>();
  for (const [name, given] of Object.entries(flags)) {
    const list = typeof given === 'string' ? [given] : given;
    texts.set(
      name as SettingName,
      list.map((text) => ({ flag: name, text })),
    );
  }
  return resolveSettings({ command, flags: texts, env, clusterConfig: cluster });
}
