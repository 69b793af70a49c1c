/** The maximum width of a report. */
export const maxColumns = 100;

/** A labelled value, on one line if it fits; otherwise the value wraps. */
export type Row = readonly [label: string, value: string];

/** Formats rows with aligned values, each line indented by `indent` spaces. */
export function rows(table: readonly Row[], indent: number): readonly string[] {
  const width = table.reduce(
    (widest, [label]) => Math.min(28, Math.max(widest, columns(label))),
    0,
  );
  return table.flatMap(([label, value]) => {
    const head = `${' '.repeat(indent)}${label}${' '.repeat(Math.max(0, width - columns(label)))}  `;
    return wrapped(value, head, ' '.repeat(indent + width + 2));
  });
}

/** Wraps a text at spaces; the first line begins with `first`, the others with `next`. */
export function wrapped(text: string, first: string, next: string): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let used = columns(first);
  let empty = true;
  for (const word of text.split(' ').flatMap((each) => pieces(each, maxColumns - next.length))) {
    const width = columns(word);
    if (!empty && used + 1 + width > maxColumns) {
      lines.push(line);
      line = next;
      used = columns(next);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    used += empty ? width : 1 + width;
    empty = false;
  }
  return [...lines, line].map((each) => each.trimEnd());
}

/** Splits a word that is wider than a line, such as a URL. */
function pieces(word: string, width: number): readonly string[] {
  if (columns(word) <= width) return [word];
  const parts: string[] = [];
  let part = '';
  let used = 0;
  for (const point of word) {
    const more = columns(point);
    if (used + more > width) {
      parts.push(part);
      part = '';
      used = 0;
    }
    part += point;
    used += more;
  }
  return [...parts, part];
}

/** How many columns a text takes in a terminal: wide East Asian characters and emoji take two. */
export function columns(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let count = 0;
  for (const point of text) {
    if (/\p{Mark}/u.test(point)) continue;
    count += wide.test(point) ? 2 : 1;
  }
  return count;
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;

/** Formats a list in one line: all items, or the first `most` and the number of the others. */
export function listed(items: readonly string[], most = 12): string {
  if (items.length === 0) return 'none';
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}

/**
 * Breaks a line of a shell command that is longer than a report's lines. It breaks inside single
 * quotes: to a shell, `'one'\` followed by `'two'` on the next line is one word, so the command can
 * still be copied.
 */
export function shellLines(line: string): readonly string[] {
  const lines: string[] = [];
  let current = '';
  let used = 0;
  let inQuotes = false;
  let escaped = false;
  for (const point of line) {
    // Leave room for the closing quote and the backslash.
    const width = columns(point);
    if (inQuotes && used + width > maxColumns - 2 && point !== "'") {
      lines.push(`${current}'\\`);
      current = "'";
      used = 1;
    }
    current += point;
    used += width;
    if (escaped) escaped = false;
    else if (point === "'") inQuotes = !inQuotes;
    else if (point === '\\' && !inQuotes) escaped = true;
  }
  return [...lines, current];
}
