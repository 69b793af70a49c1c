import { formatDuration } from '../../duration.ts';
import type { ClockFacts } from '../report.ts';
import { clockToleranceSeconds } from '../rules/api.ts';
import { ok, skipped, warning } from './check.ts';
import type { DoctorCheck } from './report.ts';

/** Compares the clocks of the servers with the one of this machine. */
export function clockCheck(clocks: readonly ClockFacts[]): DoctorCheck {
  if (clocks.length === 0) return skipped('clock', 'no server has told its time');
  const texts = clocks.map(({ server, aheadSeconds }) => {
    const gap = formatDuration(aheadSeconds * 1000);
    return Math.abs(aheadSeconds) <= 1
      ? `${server} agrees with this machine`
      : `${server} is ${gap} ${aheadSeconds > 0 ? 'ahead of' : 'behind'} this machine`;
  });
  const isFar = clocks.some(({ aheadSeconds }) => Math.abs(aheadSeconds) >= clockToleranceSeconds);
  if (!isFar) return ok('clock', texts.join(', '));
  return warning('clock', texts.join(', '), 'synchronize the clocks by NTP, this machine first');
}
