import { DexchangeError } from '../errors.ts';
import { isRecord } from '../json.ts';
import { camelCase, type Origin, ownVariable, type Setting } from './setting.ts';
import type { SettingName } from './table.ts';

/** A text that the cluster's extension sets, and where. */
export interface ClusterText {
  readonly origin: Origin;
  readonly texts: readonly string[];
}

/**
 * The settings in the cluster's extension client.authentication.k8s.io/exec.
 * @param config `spec.cluster.config` of KUBERNETES_EXEC_INFO, not validated
 * @throws DexchangeError setting_invalid, setting_conflict, setting_not_from_cluster
 */
export function clusterTexts(
  config: unknown,
  settings: readonly (readonly [SettingName, Setting])[],
): ReadonlyMap<SettingName, ClusterText> {
  const texts = new Map<SettingName, ClusterText>();
  if (config === undefined || config === null) return texts;
  if (!isRecord(config)) {
    throw new DexchangeError(
      'setting_invalid',
      "the cluster's extension client.authentication.k8s.io/exec is not a mapping",
      { hint: 'write the settings as keys of a mapping, such as dexUrl and clientId' },
    );
  }
  for (const [name, setting] of settings) {
    const names = [name, ...(setting.formerNames ?? [])];
    const keys = [...new Set(names.flatMap((each) => [each, camelCase(each)]))].filter((key) =>
      Object.hasOwn(config, key),
    );
    const [key, twin] = keys;
    if (key === undefined) continue;
    const origin: Origin = { level: 'cluster', name: `${key} in the cluster's extension` };
    if (!setting.fromCluster) {
      throw new DexchangeError(
        'setting_not_from_cluster',
        `${key} must not be set in the cluster's extension`,
        {
          hint: `set --${name} in args${setting.flagOnly ? '' : ` or ${ownVariable(name)} in env`} of the user's exec entry: it is a decision of the user, not of the author of the cluster entry`,
        },
      );
    }
    if (twin !== undefined && config[key] !== config[twin]) {
      throw new DexchangeError(
        'setting_conflict',
        `${key} and ${twin} in the cluster's extension disagree`,
        { hint: 'keep one of them' },
      );
    }
    const text = clusterText(setting, config[key], origin);
    if (text !== '') texts.set(name, { origin, texts: [text] });
  }
  return texts;
}

function clusterText(setting: Setting, value: unknown, origin: Origin): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (setting.type === 'duration' && typeof value === 'number') return String(value);
  if (setting.type === 'switch' && typeof value === 'boolean') return String(value);
  const expected = { duration: 'a number or text', switch: 'true or false' } as const;
  throw new DexchangeError(
    'setting_invalid',
    `${origin.name} is ${describe(value)}, not ${setting.type in expected ? expected[setting.type as keyof typeof expected] : 'text'}`,
    {
      hint: 'correct it in the extension client.authentication.k8s.io/exec of the cluster entry; numbers and switches that are meant as text need quotes',
    },
  );
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return `a ${typeof value}`;
}
