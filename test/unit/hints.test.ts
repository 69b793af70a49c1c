import { expect, test } from 'vitest';
import { files, textOf } from './support/sources.ts';

// Every error has a hint by its type; these tests read the hints as they are written in the sources.

const literal = /'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`|"([^"\n]*)"/.source;
const pattern = new RegExp(`\\bhint:\\s*(?:\\([^)]*\\)\\s*=>\\s*)?(?:${literal})`, 'g');

/** The literals that follow `hint:`, with their files; expressions in them become `X`. */
const hints = files.flatMap((file) =>
  [...textOf(file).matchAll(pattern)]
    .map(([, single, template, double]) => ({
      file,
      hint: (single ?? template ?? double ?? '').replaceAll(/\$\{(?:[^{}]|\{[^}]*\})*\}/g, 'X'),
    }))
    // The label of the hint, in code that prints or reads hints.
    .filter(({ hint }) => /^\w/.test(hint)),
);

/** How a hint begins: with what to do. */
const verbs = new Set(
  `add allow apply ask change check choose close compare copy correct create decode define drop encode extract
  follow free get grant include install issue keep log lower name omit pass pipe provide put quote raise remove rename
  renew repeat replace report request restart run save select separate set start try type unset update upgrade use
  wait write`.split(/\s+/),
);

/** The beginning of a command in a text. */
const commands =
  /\b(?:dexchange (?:--help|[a-z]+-token|whoami|decode|help|discover|manifests|cache|kubeconfig)\b|kubectl (?:config|get|apply|auth|create) |d8 k |jq -|base64 -|openssl [a-z])/;

test('the hints are found', () => {
  expect(hints.length).toBeGreaterThan(120);
});

test.each(hints)('$file: $hint', ({ hint }) => {
  expect(hint.length).toBeLessThanOrEqual(300);
  expect(hint).not.toMatch(/\bundefined\b|\[object|\.$|\n/);
  // A report keeps what is between backticks on one line, so that it can be copied.
  const words = hint.replaceAll(/\\`|`/g, '`').replaceAll(/`[^`]*`/g, '');
  expect(words).not.toMatch(commands);
  const [first = ''] = hint.split(/[\s:;,]/);
  // The rest of a hint that begins with an expression is written elsewhere.
  if (first !== 'X') expect([...verbs]).toContain(first);
});
