/** The Russian of English texts. */
export type Phrases = Readonly<Record<string, string>>;

/** A page in Russian, with the English texts that it took from the phrases or did not find there. */
export interface TranslatedPage {
  readonly markdown: string;
  readonly used: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
}

/** The words before a text, and what they are in Russian. */
const labels: readonly (readonly [english: string, russian: string])[] = [
  ['check: ', 'проверка: '],
  ['log: ', 'в логе: '],
  ['fix: ', 'решение: '],
  ['**Symptom:** ', '**Симптом:** '],
  ['**Cause:** ', '**Причина:** '],
  ['**Fix:** ', '**Решение:** '],
  ['More: ', 'Подробнее: '],
];

/** Names in texts that need no translation. What is between backticks or quotes does not either. */
const names =
  /^(?:\w+_\w+|Ansible|bash|BusyBox|dash|Dex|err|error|Flux|helm|JavaScript|Keycloak|kube-apiserver|kubectl|OpenTofu|Python|sh|type)$/;

const lineWidth = 110;

/**
 * Translates a page: its headings, paragraphs, list items and cells of tables, each as a whole. Code
 * blocks and anchors stay. A heading keeps the anchor of the original. A text without a phrase stays
 * English, and is reported as missing.
 */
export function translatePage(markdown: string, phrases: Phrases): TranslatedPage {
  const used = new Set<string>();
  const missing = new Set<string>();
  const translated = (text: string): string => {
    const russian = phrases[text];
    if (russian === undefined) {
      if (!isName(text)) missing.add(text);
      return text;
    }
    used.add(text);
    return russian;
  };
  const blocks = blocksOf(markdown).flatMap((block, index, all) =>
    russianBlock(block, {
      before: all[index - 1] ?? '',
      after: all[index + 1] ?? '',
      heading: headingBefore(all, index),
      translated,
    }),
  );
  return { markdown: `${blocks.join('\n\n')}\n`, used, missing };
}

/** What is between blank lines, but a code block is one block. */
function blocksOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^```[\s\S]*?^```$|^(?!```).+(?:\n(?!```).+)*/gm)].map(
    ([block]) => block,
  );
}

function headingBefore(blocks: readonly string[], index: number): string {
  return blocks.slice(0, index).findLast((block) => /^#+ /.test(block)) ?? '';
}

interface Surroundings {
  /** The block before and the one after, which can be the anchor of a heading. */
  readonly before: string;
  readonly after: string;
  /** The last heading before, in English. */
  readonly heading: string;
  readonly translated: (text: string) => string;
}

function russianBlock(block: string, around: Surroundings): readonly string[] {
  const { before, after, heading, translated } = around;
  if (/^(?:```|<a id=)/.test(block)) return [block];
  if (block.startsWith('<!-- generated from ')) {
    return ['<!-- generated from the English page and scripts/russian by npm run docs -->'];
  }
  const title = /^(#+) (.+)$/.exec(block);
  if (title) {
    const [, level = '', text = ''] = title;
    const russian = capitalized(translated(text));
    const anchor = `<a id="${slugOf(text)}"></a>`;
    const isAnchored =
      level === '#' ||
      before.startsWith('<a id=') ||
      after === anchor ||
      slugOf(russian) === slugOf(text);
    return [...(isAnchored ? [] : [anchor]), `${level} ${russian}`];
  }
  if (block.startsWith('|'))
    return [block.replaceAll(/^\| .* \|$/gm, (row) => russianRow(row, translated))];
  if (/^ *[-*] /.test(block)) return [russianList(block, translated)];
  const rule = /^Rule (`[^`]+`)(?:; errors (.+))?\.$/.exec(block);
  if (rule) {
    const [, id = '', errors] = rule;
    const kind = errors?.includes(',') ? 'ошибки' : 'ошибка';
    const codes = errors === undefined ? '' : `; ${kind} ${errors}`;
    return [`Правило ${id}${codes}. В отчёте: «${heading.replace(/^#+ /, '')}».`];
  }
  const isWrapped = block.includes('\n');
  const text = russianText(block.replaceAll('\n', ' '), translated);
  return [isWrapped ? wrapped(text) : text];
}

function russianRow(row: string, translated: (text: string) => string): string {
  const cells = row.slice(2, -2).split(/(?<!\\) \| /);
  return `| ${cells.map((cell) => (/^-+$/.test(cell) ? cell : russianText(cell, translated))).join(' | ')} |`;
}

function russianList(list: string, translated: (text: string) => string): string {
  return list
    .split(/\n(?= *[-*] )/)
    .map((item) => {
      const [, start = '', text = ''] = /^( *[-*] )([\s\S]*)$/.exec(item) ?? [];
      return `${start}${russianText(text.replaceAll(/\n */g, ' '), translated)}`;
    })
    .join('\n');
}

/**
 * A text with its label. The links to sections, what is bold, and the programs that print a message are
 * texts of their own.
 */
function russianText(text: string, translated: (text: string) => string): string {
  const label = labels.find(([english]) => text.startsWith(english));
  if (label) {
    const rest = text.slice(label[0].length);
    const isSentence = label[0].startsWith('*') && rest.endsWith('.');
    const russian = russianText(isSentence ? rest.slice(0, -1) : rest, translated);
    return `${label[1]}${russian}${isSentence ? '.' : ''}`;
  }
  const bold = /^\*\*([^*]+)\*\*$/.exec(text);
  if (bold) return `**${uncapitalized(translated(bold[1] ?? ''))}**`;
  if (/^\[[^\]]+\]\(#[^)]+\)(?:, \[[^\]]+\]\(#[^)]+\))*$/.test(text)) {
    return text.replaceAll(/\[([^\]]+)\](?=\()/g, (_, words: string) => `[${translated(words)}]`);
  }
  const message = /^([^:`]+)(: `[^`].*[^`]`| *: ``.*``)( \*)?$/.exec(text);
  if (message) {
    const [, programs = '', said = '', star = ''] = message;
    return `${programs.split(', ').map(translated).join(', ')}${said}${star}`;
  }
  return translated(text);
}

/** Whether nothing in a text is to be translated: names, code, and messages in quotes. */
function isName(text: string): boolean {
  const words = text
    .replaceAll(/(`+)(?!`).*?[^`]\1(?!`)/g, '')
    .replaceAll(/"(?:\\"|[^"])*"/g, '')
    .split(/[^\p{L}_-]+/u);
  return words.every((word) => word === '' || names.test(word));
}

/** Headings begin with a capital letter, but not with that of a program, such as kubectl. */
function capitalized(text: string): string {
  return text.replace(/^\p{sc=Cyrl}/u, (letter) => letter.toUpperCase());
}

/** A cause can be the title of another problem. */
function uncapitalized(text: string): string {
  return text.replace(/^\p{sc=Cyrl}/u, (letter) => letter.toLowerCase());
}

function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** Breaks a text into lines, but not within code spans or links. */
function wrapped(text: string): string {
  const pieces = text.match(/(?:`[^`]*`|\[[^\]]*\]\([^)]*\)|\S)+/g) ?? [];
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + piece.length < lineWidth) {
      lines.splice(-1, 1, `${last} ${piece}`);
    } else lines.push(piece);
  }
  return lines.join('\n');
}
