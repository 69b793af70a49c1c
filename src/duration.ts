/** The units of Go, in milliseconds, largest first. */
const goUnits = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

/**
 * Formats a duration as a setting, as people write it: `1h`, `90s`, `10m`, `5m30s`, `1500ms`.
 * @param milliseconds a whole number, at least 0
 */
export function goDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  const [unit, size] = goUnits.find(([, each]) => milliseconds % each === 0) ?? ['ms', 1];
  const count = milliseconds / size;
  // 90s is easy to read; 330s and 5400s are not.
  if (count < 100 || unit === 'ms') return `${count}${unit}`;
  let rest = milliseconds;
  return goUnits
    .flatMap(([name, each]) => {
      const whole = Math.floor(rest / each);
      rest -= whole * each;
      return whole === 0 ? [] : [`${whole}${name}`];
    })
    .join('');
}

const units = [
  ['day', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/**
 * Formats a duration for people, in at most two units and rounded down: `300 ms`, `1.5 s`, `30 s`,
 * `4 min 58 s`, `2 h`, `2 days 1 h`. The sign is dropped, so the caller adds `in` or `ago`.
 */
export function formatDuration(milliseconds: number): string {
  const ms = Math.floor(Math.abs(milliseconds));
  if (ms < 1000) return `${ms} ms`;
  if (ms < 10_000) return `${Math.floor(ms / 100) / 10} s`;
  let rest = Math.floor(ms / 1000);
  const parts: string[] = [];
  for (const [unit, seconds] of units) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count} ${unit === 'day' && count > 1 ? 'days' : unit}`);
    // Only neighbouring units are combined: `1 h`, not `1 h 5 s`.
    if (parts.length === 2 || (count === 0 && parts.length > 0)) break;
  }
  return parts.join(' ');
}
