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
  | { readonly kind: 'blank' | 'comment' | 'plain' }
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
  let open: 'paragraph' | 'table' | undefined;

  for (const line of markdown.split('\n')) {
    const section = sections.at(-1);
    const last = section?.parts.at(-1);
    if (code !== undefined) {
      if (line.trim() === code.mark) {
        section?.parts.push({ kind: 'code', language: code.language, lines: code.lines });
        code = undefined;
      } else code.lines.push(line);
      continue;
    }
    const read = readLine(line);
    if (read.kind === 'anchor') ids.push(read.id);
    else if (read.kind === 'heading') {
      sections.push({ ...read, slug: slugOf(read.heading, slugs), ids, parts: [] });
      ids = [];
    } else if (read.kind !== 'blank' && ids.length > 0) {
      section?.ids.push(...ids);
      ids = [];
    }
    if (read.kind === 'plain' && open === 'paragraph' && last?.kind === 'text') {
      section?.parts.splice(-1, 1, { ...last, text: `${last.text} ${line.trim()}` });
    } else if (read.kind === 'plain') {
      section?.parts.push({ kind: 'text', place: 'paragraph', text: line.trim() });
    } else if (read.kind === 'start') {
      section?.parts.push({ kind: 'text', place: read.place, text: read.text });
    } else if (read.kind === 'row' && open === 'table' && last?.kind === 'table') {
      section?.parts.splice(-1, 1, { ...last, rows: [...last.rows, read.cells] });
    } else if (read.kind === 'row') {
      section?.parts.push({ kind: 'table', rows: [read.cells] });
    } else if (read.kind === 'html') {
      section?.parts.push({ kind: 'html', tags: read.tags });
    } else if (read.kind === 'fence') {
      code = { ...read, lines: [] };
    }
    open =
      read.kind === 'row'
        ? 'table'
        : read.kind === 'plain' || read.kind === 'start'
          ? 'paragraph'
          : undefined;
  }
  return sections;
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
  return { kind: 'plain' };
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
