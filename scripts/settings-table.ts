import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { commands } from '../src/cli/commands.ts';
import { belongsTo, inCommand, ownVariable, type Setting, topics } from '../src/config/setting.ts';
import { settings } from '../src/config/table.ts';
import { ambientSystems } from '../src/identity/select-ambient.ts';
import { errorCodesTable, errorTexts } from './error-texts.ts';

// Generates the tables in docs/ from the code.

const begin = (name: string): string => `<!-- ${name}: made by npm run docs -->`;
const end = (name: string): string => `<!-- end of ${name} -->`;

/** The settings of a command as Markdown, one table per topic. */
export function settingsTable(command: string): string {
  return topics
    .map((topic) => {
      const rows = settings.filter(
        ([, setting]) => setting.topic === topic && belongsTo(setting, command),
      );
      if (rows.length === 0) return '';
      const lines = rows.map(([name, row]) => {
        const setting = inCommand(row, command);
        const help = `${setting.help}${methodsOf(row, command)}`;
        const cells = [flag(name, setting), help, preset(setting), alsoFrom(setting)];
        return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
      });
      return `**${topic}**\n\n| flag | what | default | also from |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
    })
    .filter((table) => table !== '')
    .join('\n');
}

/** The systems that issue identity tokens, as a Markdown table. */
export function systemsTable(): string {
  const rows = ambientSystems.map((system) => {
    const {
      name,
      title,
      detectVariable,
      variables,
      requestSummary,
      tokenLifetime,
      renewable,
      documentation,
    } = system;
    const detectedBy = [...(detectVariable === undefined ? [] : [detectVariable]), ...variables];
    const cells = [
      `\`${name}\``,
      `[${title}](${documentation})`,
      detectedBy.map((variable) => `\`${variable}\``).join(', '),
      requestSummary,
      tokenLifetime,
      renewable ? 'yes' : 'no',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return `| \`--identity\` | system | detected by | request | token lifetime | renewable in a job |\n| --- | --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function flag(name: string, setting: Setting): string {
  const others = [...(setting.flagAliases ?? []), ...(setting.formerNames ?? [])];
  const names = [name, ...others].map((each) => `\`--${each}\``);
  if (setting.short !== undefined) names.unshift(`\`-${setting.short}\``);
  return names.join(', ');
}

/** The methods that have a setting, unless all methods of the command have it. */
function methodsOf(setting: Setting, command: string): string {
  const methods = (setting.commands ?? [])
    .filter((owner) => owner.startsWith(`${command} `))
    .map((owner) => owner.slice(command.length + 1));
  return methods.length === 0 ? '' : ` (${methods.join(', ')})`;
}

function preset(setting: Setting): string {
  if (setting.default !== undefined) return `\`${setting.default}\``;
  return setting.defaultNote ?? '';
}

function alsoFrom(setting: Setting): string {
  const former = (setting.formerNames ?? []).map(ownVariable);
  const borrowed = (setting.borrowed ?? []).map(({ variable }) => variable);
  const sources = [...former, ...borrowed].map((variable) => `\`${variable}\``);
  if (setting.fromCluster) sources.unshift('cluster');
  return sources.join(', ');
}

/** Returns the text of a document with updated tables. */
export function renew(text: string): string {
  const parts: Readonly<Record<string, () => string>> = {
    settings: () => settingsTable('get-token'),
    systems: systemsTable,
    ...Object.fromEntries(
      commands.map(({ name }) => [`settings of ${name}`, () => settingsTable(name)]),
    ),
    'error codes': errorCodesTable,
    'error texts': errorTexts,
  };
  let renewed = text;
  for (const [name, make] of Object.entries(parts)) {
    const from = renewed.indexOf(begin(name));
    const to = renewed.indexOf(end(name));
    if (from < 0 || to < from) continue;
    renewed = `${renewed.slice(0, from)}${begin(name)}\n${make()}${renewed.slice(to)}`;
  }
  return renewed;
}

/** The documents with generated tables. */
export const documents = ['docs/ci-systems.md', 'docs/errors.md', 'docs/settings.md'];

if (import.meta.main) {
  for (const document of documents) {
    const path = resolve(import.meta.dirname, '..', document);
    const text = readFileSync(path, 'utf8');
    const renewed = renew(text);
    if (renewed !== text) writeFileSync(path, renewed);
  }
}
