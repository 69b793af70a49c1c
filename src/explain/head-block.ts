import { columns, wrapped } from '../terminal/layout.ts';
import type { Style } from '../terminal/style.ts';

/** The most lines of a head block, so that it fits into the part of a CI log that people read. */
export const headLines = 12;

/** What a report says first: the verdict, the likeliest cause, and what to do. */
export interface Head {
  readonly status: 'ok' | 'warning' | 'failed';
  readonly summary: string;
  /** The error code, if there is one. */
  readonly code?: string | undefined;
  /** Most likely first. */
  readonly causes: readonly HeadCause[];
  /** A command that prints more about it. */
  readonly more?: string | undefined;
}

export interface HeadCause {
  readonly likelihood: 'certain' | 'likely' | 'possible';
  /** Undefined if the summary says it. */
  readonly cause: string | undefined;
  /** What to run or change, in the imperative; commands stand between backticks. */
  readonly fix: string | undefined;
}

const words = { ok: 'OK', warning: 'WARNING', failed: 'FAILED' } as const;
const labels = {
  certain: 'cause: ',
  likely: 'likely cause: ',
  possible: 'possible cause: ',
} as const;

/**
 * Formats a head block: at most 12 lines, of which only commands are longer than the width. Commands
 * of a fix have a line of their own, without backticks, so that they can be selected and pasted. A
 * text that is too long is shortened, but never in the middle of a command.
 */
export function headBlock(head: Head, style: Style): readonly string[] {
  const { colors } = style;
  const { causes, more } = head;
  const [first, ...others] = causes;
  const top = headline(head, style);
  if (first?.cause !== undefined) {
    top.push(...labelled(labels[first.likelihood], first.cause, 3, style));
  }
  const bottom =
    more === undefined ? [] : [`${colors.bold('read more:')} run`, `    ${colors.bold(more)}`];
  const lines = [...top, ...fixLines(first?.fix, headLines - top.length - bottom.length, style)];
  for (const { cause, fix, likelihood } of others) {
    if (first?.likelihood !== 'likely' || likelihood !== 'likely' || cause === undefined) break;
    const other = [
      ...labelled('or: ', cause, headLines, style),
      ...fixLines(fix, headLines, style),
    ];
    if (lines.length + other.length + bottom.length > headLines) break;
    lines.push(...other);
  }
  return [...lines, ...bottom];
}

/** Formats the verdict alone, in at most three lines. */
export function headline({ status, summary, code }: Head, { width, colors }: Style): string[] {
  const end = code === undefined ? '' : ` (${code})`;
  return fitted(summary, `${words[status]}: `, width, 3, end).map(colors[status]);
}

/** A part of a fix: a command, or the words around it. */
interface Segment {
  readonly isCommand: boolean;
  readonly text: string;
}

function fixLines(fix: string | undefined, most: number, style: Style): readonly string[] {
  if (fix === undefined || fix === '') return [];
  const segments = segmentsOf(fix);
  const firstCommand = segments.findIndex(({ isCommand }) => isCommand);
  for (let count = segments.length; count > Math.max(1, firstCommand + 1); count--) {
    const lines = segmentLines(segments.slice(0, count), most, style);
    if (lines.length <= most) return lines;
  }
  // The words before the first command are shortened rather than the command left out.
  const kept = segments.slice(0, Math.max(1, firstCommand + 1));
  const commands = kept.filter(({ isCommand }) => isCommand).length;
  return segmentLines(kept, Math.max(1, most - commands), style);
}

/** @param mostOfText the lines of each part that is not a command */
function segmentLines(
  segments: readonly Segment[],
  mostOfText: number,
  style: Style,
): readonly string[] {
  return segments.flatMap(({ isCommand, text }, index) => {
    if (isCommand) return [`    ${style.colors.bold(text)}`];
    return index === 0
      ? labelled('fix: ', text, mostOfText, style)
      : fitted(text, '  ', style.width, mostOfText);
  });
}

/** The programs that a text between backticks can run; anything else there is a value or a name. */
const program = /^(?:curl|d8|date|dexchange|getent|git|kubectl|ls|openssl|unset) /;

function segmentsOf(fix: string): readonly Segment[] {
  const segments: Segment[] = [];
  let text = '';
  const endText = () => {
    const words = text.replace(/^[\s,;:.)]+|[\s(]+$/g, '');
    if (words !== '') segments.push({ isCommand: false, text: words });
    text = '';
  };
  for (const [index, part] of fix.split('`').entries()) {
    const isCommand = index % 2 === 1 && program.test(part);
    if (!isCommand) {
      text += index % 2 === 1 ? `\`${part}\`` : part;
      continue;
    }
    endText();
    if (segments.length === 0) segments.push({ isCommand: false, text: 'run' });
    segments.push({ isCommand, text: part });
  }
  endText();
  return segments;
}

function labelled(label: string, text: string, most: number, { width, colors }: Style): string[] {
  return fitted(text, label, width, most).map((line, index) =>
    index === 0 && line.startsWith(label.trimEnd())
      ? `${colors.bold(label.trimEnd())}${line.slice(label.trimEnd().length)}`
      : line,
  );
}

/** Longer words, such as URLs, are shortened first if a text does not fit. */
const longestWord = 40;

/** Wraps a text into at most `most` lines; leaves out its last words if it does not fit. */
function fitted(text: string, start: string, width: number, most: number, end = ''): string[] {
  const wrap = (each: string) => [...wrapped(`${each}${end}`, [start, '  '], width)];
  const whole = wrap(text);
  if (whole.length <= most) return whole;
  const units = (text.match(/(?:`[^`]*`|\S)+/g) ?? []).map((unit) =>
    unit.includes('`') ? unit : elided(unit),
  );
  for (let count = units.length; count > 0; count--) {
    const rest = count < units.length ? ' …' : '';
    const lines = wrap(`${units.slice(0, count).join(' ')}${rest}`);
    if (lines.length <= most) return lines;
  }
  return wrap('…');
}

function elided(word: string): string {
  if (columns(word) <= longestWord) return word;
  const points = [...word];
  return `${points.slice(0, 14).join('')}…${points.slice(-5).join('')}`;
}
