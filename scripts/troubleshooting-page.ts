import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { apiRules } from '../src/explain/rules/api.ts';
import { apiIdentityRules } from '../src/explain/rules/api-identity.ts';
import { configurationRules } from '../src/explain/rules/configuration.ts';
import { dexAudienceRules } from '../src/explain/rules/dex-audience.ts';
import { dexClientRules } from '../src/explain/rules/dex-client.ts';
import { dexSubjectTokenRules } from '../src/explain/rules/dex-subject-token.ts';
import { identityRules } from '../src/explain/rules/identity.ts';
import { placeholders } from '../src/explain/rules/names.ts';
import { networkRules } from '../src/explain/rules/network.ts';
import { permissionRules } from '../src/explain/rules/permissions.ts';
import { type Rule, textOf } from '../src/explain/rules/rule.ts';
import { tlsRules } from '../src/explain/rules/tls.ts';
import { doesNotStart } from './does-not-start.ts';
import { symptomsPart } from './symptoms/page.ts';

// Generates docs/troubleshooting.md from the words of other programs and from the rules of --explain.

const intro = `# Troubleshooting

English | [Русский](ru/troubleshooting.md)

<!-- generated from scripts/symptoms and src/explain/rules by npm run docs -->

Run \`dexchange get-token --explain\` with the arguments, variables and kubeconfig of the call that
fails: it finds the problem and its likely causes, see [explain.md](explain.md). \`dexchange doctor\` also checks
what is around the call: tools, the plugin in PATH, groups, permissions, the cache and proxies.

- You only have an error message of kubectl, another client or the shell:
  [find it by what you see](#by-symptom).
- You have a report of --explain, or look for all causes of a problem: [all problems](#all-problems) that
  --explain and doctor know. Each has a symptom, and causes with a check that distinguishes them, the log line
  to look for, and a fix.

Dex does not tell its client why it rejects a token, but its log contains the reason:

\`\`\`shell
d8 k -n d8-user-authn logs -l app=dex --since=10m | grep -i error
\`\`\`
`;

const allProblems = `## All problems

<a id="all-problems"></a>
`;

const chapters: readonly (readonly [string, readonly Rule[]])[] = [
  ['Before the first request', configurationRules],
  ['The identity token and its IdP', identityRules],
  ['The network', [...tlsRules, ...networkRules]],
  ['Dex: client and connector', dexClientRules],
  ['Dex: the subject token', dexSubjectTokenRules],
  ['Dex: the audience and the issued token', dexAudienceRules],
  ['The Kubernetes API', [...apiRules, ...apiIdentityRules]],
  ['Permissions', permissionRules],
];

/** Returns docs/troubleshooting.md: the words of programs, then a section for each rule. */
export function troubleshootingPage(): string {
  const parts = [intro, symptomsPart(), allProblems, contents(), doesNotStart];
  for (const [title, rules] of chapters) parts.push(`## ${title}\n`, ...rules.map(section));
  return parts.join('\n');
}

function contents(): string {
  const lines = chapters.flatMap(([title, rules]) => [
    `- ${title}`,
    ...rules.map((rule) => `  - [${titleOf(rule)}](#${rule.id})`),
  ]);
  return `- [dexchange does not start](#does-not-start): Alpine, PATH\n${lines.join('\n')}\n`;
}

function titleOf(rule: Rule): string {
  return rule.heading ?? textOf(rule.title, placeholders);
}

function section(rule: Rule): string {
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
    lines.push(`  - check: ${textOf(cause.check, placeholders)}`);
    if (cause.log !== undefined) lines.push(`  - log: ${cause.log}`);
    lines.push(`  - fix: ${textOf(cause.fix, placeholders)}`);
  }
  return `${lines.join('\n')}\n`;
}

if (import.meta.main) {
  const path = resolve(import.meta.dirname, '../docs/troubleshooting.md');
  writeFileSync(path, troubleshootingPage());
}
