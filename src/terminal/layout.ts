/** The width of a text in a log or a pipe, in columns. */
export const logColumns = 80;

/** A labelled value, on one line if it fits; otherwise the value wraps. */
export type Row = readonly [label: string, value: string];

/**
 * Formats rows with aligned values.
 * @param indent spaces before each line
 * @param width columns of a line
 */
export function rows(table: readonly Row[], indent: number, width: number): readonly string[] {
  const labelWidth = table.reduce(
    (widest, [label]) => Math.min(28, Math.max(widest, columns(label))),
    0,
  );
  return table.flatMap(([label, value]) => {
    const padding = ' '.repeat(Math.max(0, labelWidth - columns(label)));
    const head = `${' '.repeat(indent)}${label}${padding}  `;
    return wrapped(value, [head, ' '.repeat(indent + labelWidth + 2)], width);
  });
}

/**
 * Wraps a text at spaces. A command between backticks stays on one line, so that it can be copied,
 * even if that line is too long.
 * @param starts the start of the first line, and of every other line
 * @param width columns of a line
 */
export function wrapped(
  text: string,
  [first, next]: readonly [first: string, next: string],
  width: number,
): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let used = columns(first);
  let empty = true;
  for (const word of wordsOf(text, width - Math.max(columns(first), columns(next)))) {
    const more = columns(word);
    if (!empty && used + 1 + more > width) {
      lines.push(line);
      line = next;
      used = columns(next);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    used += empty ? more : 1 + more;
    empty = false;
  }
  return [...lines, line].map((each) => withoutCommand(each.trimEnd()));
}

/**
 * A line that begins like a command of GitHub Actions (`::name::`) with a blank between its colons:
 * a text from a server or a token must not command the runner whose log it goes to.
 */
function withoutCommand(line: string): string {
  return line.replace(/^(\s*):(?=:.*::)/, '$1: ');
}

/** The parts of a text that stay on one line: commands between backticks, and pieces of words. */
function wordsOf(text: string, width: number): readonly string[] {
  const words: string[] = [];
  let command: string[] = [];
  for (const word of text.split(' ')) {
    const ticks = word.split('`').length - 1;
    if (command.length > 0) {
      command.push(word);
      if (ticks % 2 === 1) words.push(command.splice(0).join(' '));
    } else if (ticks % 2 === 1) command = [word];
    else words.push(...(ticks === 0 ? pieces(word, width) : [word]));
  }
  // Without a second backtick it is not a command.
  return [...words, ...command.flatMap((word) => pieces(word, width))];
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
 * Breaks a line of a shell command that is longer than `width` columns. It breaks inside single
 * quotes: to a shell, `'one'\` followed by `'two'` on the next line is one word, so the command can
 * still be copied.
 */
export function shellLines(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  let used = 0;
  let inQuotes = false;
  let escaped = false;
  for (const point of line) {
    // Leave room for the closing quote and the backslash.
    const more = columns(point);
    if (inQuotes && used + more > width - 2 && point !== "'") {
      lines.push(`${current}'\\`);
      current = "'";
      used = 1;
    }
    current += point;
    used += more;
    if (escaped) escaped = false;
    else if (point === "'") inQuotes = !inQuotes;
    else if (point === '\\' && !inQuotes) escaped = true;
  }
  return [...lines, current];
}
