import { columns, maxColumns } from './layout.ts';

/**
 * A line of a shell command, broken within its single quotes where it is longer than a report's
 * lines are: `'one'\` and `'two'` at the start of the next line are one word to a shell, so the
 * command can still be copied.
 */
export function brokenForShell(line: string): readonly string[] {
  const lines: string[] = [];
  let current = '';
  let inQuotes = false;
  let escaped = false;
  for (const point of line) {
    // Room for the closing quote and the backslash.
    if (inQuotes && columns(current) + columns(point) > maxColumns - 2 && point !== "'") {
      lines.push(`${current}'\\`);
      current = "'";
    }
    current += point;
    if (escaped) escaped = false;
    else if (point === "'") inQuotes = !inQuotes;
    else if (point === '\\' && !inQuotes) escaped = true;
  }
  return [...lines, current];
}
