import { Document, isNode, isPair, type Node, type Pair, visit } from 'yaml';
import { wrapped } from '../../terminal/layout.ts';
import { styleNewTexts } from '../yaml-style.ts';
import { checkYamlTexts } from '../yaml-text.ts';
import { manifestTitle, type Note, type NotedManifest } from './manifest.ts';

/**
 * Formats resources as YAML documents, with each note as a comment above its field.
 * @throws DexchangeError setting_invalid for a text that YAML cannot carry
 */
export function manifestsAsYaml(manifests: readonly NotedManifest[]): string {
  return manifests.map(asYaml).join('---\n');
}

/** Formats resources as a List in JSON, as `kubectl get -o json` prints it. */
export function manifestsAsJson(manifests: readonly NotedManifest[]): string {
  const items = manifests.map(({ manifest }) => manifest);
  return `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 2)}\n`;
}

/** The warnings among the notes, for output without comments: one line each. */
export function warningLines(manifests: readonly NotedManifest[]): readonly string[] {
  return manifests.flatMap(({ manifest, notes }) =>
    notes
      .filter(({ warning }) => warning)
      .map(({ at, text }) => {
        const field = at.length === 0 ? '' : ` ${at.join('.')}`;
        return `warning: ${manifestTitle(manifest)}${field}: ${text}`;
      }),
  );
}

function asYaml({ manifest, notes }: NotedManifest): string {
  // kubectl reads YAML 1.1, in which an unquoted on, 012 or 1_0 is not a text.
  const document = new Document(manifest, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  checkYamlTexts(manifest, `the manifest of ${String(manifest['kind'])}`);
  styleNewTexts(document);
  for (const note of notes) addComment(document, note);
  return document.toString({ lineWidth: 0 });
}

const commentWidth = 92;

function addComment(document: Document, { at, text, warning }: Note): void {
  const comment = wrapped(warning ? `WARNING: ${text}` : text, [' ', ' '], commentWidth).join('\n');
  const parent = at.length === 0 ? undefined : document.getIn(at.slice(0, -1), true);
  let done = false;
  const comments = (key: Node): void => {
    // A field can have several notes.
    key.commentBefore = key.commentBefore ? `${key.commentBefore}\n${comment}` : comment;
    done = true;
  };
  if (parent !== undefined) {
    visit(parent as Node, {
      Pair(_key, pair: Pair) {
        if (done || !isNode(pair.key) || String(pair.key) !== String(at.at(-1))) return;
        comments(pair.key);
      },
    });
  } else {
    const [first] = (document.contents as { items?: readonly unknown[] } | null)?.items ?? [];
    if (isPair(first) && isNode(first.key)) comments(first.key);
    done = true;
  }
  if (!done) throw new Error(`no field ${at.join('.')} to comment on`);
}
