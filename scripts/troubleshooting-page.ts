import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { apiRules } from '../src/explain/rules/api.ts';
import { configurationRules } from '../src/explain/rules/configuration.ts';
import { dexAudienceRules } from '../src/explain/rules/dex-audience.ts';
import { dexClientRules } from '../src/explain/rules/dex-client.ts';
import { dexSubjectTokenRules } from '../src/explain/rules/dex-subject-token.ts';
import { identityRules } from '../src/explain/rules/identity.ts';
import { placeholders } from '../src/explain/rules/names.ts';
import { networkRules } from '../src/explain/rules/network.ts';
import { type Rule, textOf } from '../src/explain/rules/rule.ts';

// Writes docs/troubleshooting.md from the table that --explain judges by.

const intro = `# Troubleshooting

<!-- made from src/explain/rules by npm run docs -->

\`dexchange get-token --explain\` with the arguments, variables and kubeconfig of the call that fails
does all of this by itself, and names what applies; see [explain.md](explain.md). This page is the
table it judges by: each case with its symptom, the causes, the check that tells one from the other,
the line to look for in a log, and what to do.

Dex does not tell its client why it refuses a token. Its log does:

\`\`\`shell
d8 k -n d8-user-authn logs -l app=dex --since=10m | grep -i error
\`\`\`
`;

const chapters: readonly (readonly [string, readonly Rule[]])[] = [
  ['Before anybody is asked', configurationRules],
  ['The identity token and its IdP', identityRules],
  ['The network', networkRules],
  ['Dex: client and connector', dexClientRules],
  ['Dex: the subject token', dexSubjectTokenRules],
  ["Dex: the audience, and Dex's token", dexAudienceRules],
  ['The Kubernetes API', apiRules],
];

/** The page, with a paragraph for each rule and a row for each cause. */
export function troubleshootingPage(): string {
  const parts = [intro, '## Contents\n', contents()];
  for (const [title, rules] of chapters) parts.push(`## ${title}\n`, ...rules.map(paragraph));
  return parts.join('\n');
}

function contents(): string {
  const lines = chapters.flatMap(([title, rules]) => [
    `- ${title}`,
    ...rules.map((rule) => `  - [${titleOf(rule)}](#${rule.id})`),
  ]);
  return `${lines.join('\n')}\n`;
}

function titleOf(rule: Rule): string {
  return rule.heading ?? textOf(rule.title, placeholders);
}

function paragraph(rule: Rule): string {
  const errors = (rule.codes ?? []).map((code) => `\`${code}\``).join(', ');
  const lines = [
    `<a id="${rule.id}"></a>`,
    '',
    `### ${titleOf(rule)}`,
    '',
    `Rule \`${rule.id}\`${errors === '' ? '' : `; errors ${errors}`}.`,
    '',
    `**Symptom:** ${rule.symptom}.`,
  ];
  for (const cause of rule.causes) {
    lines.push('', `- **${textOf(cause.cause, placeholders)}**`);
    lines.push(`  - how to tell: ${textOf(cause.check, placeholders)}`);
    if (cause.log !== undefined) lines.push(`  - in the log: ${cause.log}`);
    lines.push(`  - what to do: ${textOf(cause.fix, placeholders)}`);
  }
  return `${lines.join('\n')}\n`;
}

if (import.meta.main) {
  const path = resolve(import.meta.dirname, '../docs/troubleshooting.md');
  writeFileSync(path, troubleshootingPage());
}
