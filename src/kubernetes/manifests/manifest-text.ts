import { Document, isNode, isPair, type Node, type Pair, visit } from 'yaml';
import { checkYamlTexts, quoteAmbiguous } from '../yaml-text.ts';
import type { Note, NotedManifest } from './manifest.ts';

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

function asYaml({ manifest, notes }: NotedManifest): string {
  // kubectl reads YAML 1.1, in which an unquoted on, 012 or 1_0 is not a text.
  const document = new Document(manifest, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  checkYamlTexts(manifest, `the manifest of ${String(manifest['kind'])}`);
  visit(document, { Scalar: (_key, scalar) => quoteAmbiguous(scalar) });
  for (const note of notes) addComment(document, note);
  return document.toString({ lineWidth: 0 });
}

function addComment(document: Document, { at, text }: Note): void {
  const comment = wrapped(text)
    .map((line) => ` ${line}`)
    .join('\n');
  const parent = at.length === 0 ? undefined : document.getIn(at.slice(0, -1), true);
  let done = false;
  if (parent !== undefined) {
    visit(parent as Node, {
      Pair(_key, pair: Pair) {
        if (done || !isNode(pair.key) || String(pair.key) !== String(at.at(-1))) return;
        pair.key.commentBefore = comment;
        done = true;
      },
    });
  } else {
    const [first] = (document.contents as { items?: readonly unknown[] } | null)?.items ?? [];
    if (isPair(first) && isNode(first.key)) first.key.commentBefore = comment;
    done = true;
  }
  if (!done) throw new Error(`no field ${at.join('.')} to comment on`);
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > 90) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line];
}
