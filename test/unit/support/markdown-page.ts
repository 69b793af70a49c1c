/** A part of a page: a paragraph, a list item, a table, a code block, or HTML. */
export type Part =
  | { readonly kind: 'text'; readonly place: string; readonly text: string }
  | { readonly kind: 'table'; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'code'; readonly language: string; readonly lines: readonly string[] }
  | { readonly kind: 'html'; readonly tags: readonly string[] };

/** A heading with everything up to the next heading. */
export interface Section {
  readonly level: number;
  readonly heading: string;
  /** The ids of `<a id="…">` directly before the heading, and of those in the section. */
  readonly ids: readonly string[];
  /** The anchor that GitHub gives to the heading. */
  readonly slug: string;
  readonly parts: readonly Part[];
}

type Line =
  | { readonly kind: 'blank' | 'comment' }
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'fence'; readonly mark: string; readonly language: string }
  | { readonly kind: 'anchor'; readonly id: string }
  | { readonly kind: 'heading'; readonly level: number; readonly heading: string }
  | { readonly kind: 'row'; readonly cells: readonly string[] }
  | { readonly kind: 'html'; readonly tags: readonly string[] }
  | { readonly kind: 'start'; readonly place: string; readonly text: string };

/** Returns the sections of a Markdown page. What precedes the first heading is not a section. */
export function sectionsOf(markdown: string): readonly Section[] {
  const sections: (Section & { ids: string[]; parts: Part[] })[] = [];
  const slugs = new Map<string, number>();
  let ids: string[] = [];
  let code: { mark: string; language: string; lines: string[] } | undefined;
  let previous: Line['kind'] = 'blank';

  for (const text of markdown.split('\n')) {
    const section = sections.at(-1);
    if (code !== undefined) {
      if (text.trim() !== code.mark) code.lines.push(text);
      else {
        section?.parts.push({ kind: 'code', language: code.language, lines: code.lines });
        code = undefined;
      }
      continue;
    }
    const line = readLine(text);
    if (line.kind === 'fence') code = { ...line, lines: [] };
    if (line.kind === 'anchor') ids.push(line.id);
    else if (line.kind === 'heading') {
      sections.push({ ...line, slug: slugOf(line.heading, slugs), ids, parts: [] });
      ids = [];
    } else if (line.kind !== 'blank') {
      section?.ids.push(...ids);
      ids = [];
      addPart(section?.parts ?? [], line, previous);
    }
    previous = line.kind;
  }
  return sections;
}

/** Adds what a line begins, or continues the last part with it. */
function addPart(parts: Part[], line: Line, previous: Line['kind']): void {
  const last = parts.at(-1);
  if (line.kind === 'plain') {
    if (last?.kind === 'text' && (previous === 'plain' || previous === 'start')) {
      parts.splice(-1, 1, { ...last, text: `${last.text} ${line.text}` });
    } else parts.push({ kind: 'text', place: 'paragraph', text: line.text });
  } else if (line.kind === 'start') {
    parts.push({ kind: 'text', place: line.place, text: line.text });
  } else if (line.kind === 'row') {
    if (last?.kind === 'table' && previous === 'row') {
      parts.splice(-1, 1, { ...last, rows: [...last.rows, line.cells] });
    } else parts.push({ kind: 'table', rows: [line.cells] });
  } else if (line.kind === 'html') parts.push({ kind: 'html', tags: line.tags });
}

function readLine(line: string): Line {
  if (line.trim() === '') return { kind: 'blank' };
  if (/^ *<!--.*-->$/.test(line)) return { kind: 'comment' };
  const fence = /^ *(`{3,}|~{3,})(.*)$/.exec(line);
  if (fence) return { kind: 'fence', mark: fence[1] ?? '', language: (fence[2] ?? '').trim() };
  const anchor = /^<a id="([^"]+)"><\/a>$/.exec(line);
  if (anchor) return { kind: 'anchor', id: anchor[1] ?? '' };
  const heading = /^(#{1,6}) +(.+)$/.exec(line);
  if (heading)
    return { kind: 'heading', level: heading[1]?.length ?? 0, heading: heading[2] ?? '' };
  if (/^ *\|/.test(line)) return { kind: 'row', cells: cellsOf(line) };
  if (/^ *<\/?[a-z]/.test(line)) {
    return { kind: 'html', tags: [...line.matchAll(/<\/?[a-z]\w*/g)].map(([tag]) => tag) };
  }
  const start = /^( *)([-*]|\d+\.|>) +(.*)$/.exec(line);
  if (start) return { kind: 'start', place: `${start[1]}${start[2]}`, text: start[3] ?? '' };
  return { kind: 'plain', text: line.trim() };
}

function cellsOf(row: string): readonly string[] {
  return row
    .trim()
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function slugOf(heading: string, used: Map<string, number>): string {
  const slug = heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
  const times = used.get(slug) ?? 0;
  used.set(slug, times + 1);
  return times === 0 ? slug : `${slug}-${times}`;
}

/** Returns the code spans of a text, without their backticks. */
export function codeSpansOf(text: string): readonly string[] {
  return [...text.matchAll(/(?<!`)(`+)(?!`)(.*?[^`])\1(?!`)/g)].map(([, , span = '']) =>
    span.trim(),
  );
}

/** Returns the targets of the links and images in a text. */
export function linksOf(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target);
}
