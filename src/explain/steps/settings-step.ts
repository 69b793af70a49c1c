import { settings as rows } from '../../config/table.ts';
import { displaySetting } from '../display.ts';
import { failingStep } from '../failing-step.ts';
import type { DisplayedSetting, SettingsStep } from '../report.ts';
import { type RunRecord, usesIdentityMethod } from '../run-record.ts';

/** Lists the settings of the run with their origins, without unset switches and lists. */
export function settingsStep(record: RunRecord, kubeconfig: string | undefined): SettingsStep {
  const shown = displayedSettings(record);
  const set = shown.filter(({ from }) => from !== 'default').length;
  const failed = failingStep(record) === 'settings';
  return {
    name: 'settings',
    status: failed ? 'failed' : 'ok',
    summary: failed
      ? (record.error?.message ?? '')
      : `${set} set, ${shown.length - set} with default values`,
    kubeconfig: kubeconfig ?? null,
    settings: shown,
  };
}

function displayedSettings(record: RunRecord): readonly DisplayedSetting[] {
  const { settings, identity } = record;
  if (settings === undefined) return [];
  return rows.flatMap(([name, row]) => {
    const found = settings.found(name);
    if (found === undefined || name === 'explain' || name === 'output') return [];
    const isUnset = found.origin.level === 'default';
    if (isUnset && (row.type === 'switch' || row.type === 'list')) return [];
    const isForGrant = row.topic === 'Client credentials';
    // Method identity reads no setting of Dex.
    if (isUnset && row.topic === 'Dex' && usesIdentityMethod(record)) return [];
    if (isUnset && isForGrant && identity?.name !== 'client-credentials') return [];
    return [
      {
        name,
        value: displaySetting(row, found),
        from: found.origin.name,
        overrode: found.overrode.map((origin) => origin.name),
      },
    ];
  });
}
