/** A duration in words of at most two units, such as `4 min 3 s` or `2 days 1 h`; never negative. */
export function durationWords(milliseconds: number): string {
  const ms = Math.abs(milliseconds);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  let rest = Math.floor(ms / 1000);
  const parts: string[] = [];
  for (const [name, seconds] of units) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) parts.push(`${count} ${name === 'day' && count !== 1 ? 'days' : name}`);
    // A unit that is followed by nothing of the next needs no smaller ones.
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

const units = [
  ['day', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** A moment in UTC to the second, as kubectl and Dex write it; for one outside of years 0-9999 its number. */
export function utc(secondsSinceEpoch: number): string {
  if (!(Math.abs(secondsSinceEpoch) < 253_402_300_800)) return String(secondsSinceEpoch);
  return new Date(Math.floor(secondsSinceEpoch) * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}
