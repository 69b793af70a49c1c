import { type Row, rows, wrapped } from '../../terminal/layout.ts';

/** A part of a topic of the help. */
export type TopicPart =
  | { readonly kind: 'paragraph'; readonly text: string }
  | { readonly kind: 'table'; readonly title: string; readonly rows: readonly Row[] }
  /** Lines to copy, which are not wrapped; each has at most 78 characters. */
  | { readonly kind: 'lines'; readonly title: string; readonly text: string };

/** A subject about which `dexchange help NAME` tells, beyond the commands. */
export interface HelpTopic {
  readonly name: string;
  readonly summary: string;
  readonly parts: readonly TopicPart[];
}

/** Makes a paragraph, whose line breaks are those of the sources only. */
export function paragraph(text: string): TopicPart {
  return { kind: 'paragraph', text: text.trim().replaceAll(/\s+/g, ' ') };
}

/** Makes a table with a title. */
export function table(title: string, lines: readonly Row[]): TopicPart {
  return { kind: 'table', title, rows: lines };
}

/** Makes a block of lines to copy, with a title. */
export function lines(title: string, text: string): TopicPart {
  return { kind: 'lines', title, text };
}

/**
 * Formats a topic.
 * @param width columns of a line
 */
export function topicText({ name, summary, parts }: HelpTopic, width: number): string {
  const title = `${name}: ${summary}`;
  return [
    wrapped(title, ['', '  '], width).join('\n'),
    ...parts.map((part) => partText(part, width)),
  ]
    .map((part) => `${part}\n`)
    .join('\n');
}

function partText(part: TopicPart, width: number): string {
  switch (part.kind) {
    case 'paragraph':
      return wrapped(part.text, ['', ''], width).join('\n');
    case 'table':
      return [...titleLines(part.title, width), ...rows(part.rows, 2, width)].join('\n');
    case 'lines':
      return [...titleLines(part.title, width), ...indented(part.text)].join('\n');
  }
}

function titleLines(title: string, width: number): readonly string[] {
  return wrapped(`${title}:`, ['', '  '], width);
}

function indented(text: string): readonly string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`));
}
