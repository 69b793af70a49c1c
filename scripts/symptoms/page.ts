import { apiSymptoms } from './api.ts';
import { dexSymptoms } from './dex.ts';
import { kubeconfigSymptoms } from './kubeconfig.ts';
import { networkSymptoms } from './network.ts';
import { pluginSymptoms } from './plugin.ts';
import { startingSymptoms } from './starting.ts';
import { type Message, type Program, type Symptom, wordsOf } from './symptom.ts';

// The part of docs/troubleshooting.md that leads from what other programs print to cause and fix.

/** The entries of the page, in the order of a call. */
export const symptoms: readonly Symptom[] = [
  ...startingSymptoms,
  ...kubeconfigSymptoms,
  ...pluginSymptoms,
  ...networkSymptoms,
  ...apiSymptoms,
  ...dexSymptoms,
];

/** The tables by which readers find an entry: each has the messages of some programs. */
const tables: readonly (readonly [title: string, programs: readonly Program[]])[] = [
  ['kubectl, helm, Flux and other Go programs', ['kubectl', 'helm', 'Flux']],
  ['The shell and the loader', ['bash', 'sh (dash)', 'sh (BusyBox)', 'the loader']],
  ['OpenTofu and Terraform', ['OpenTofu', 'an OpenTofu provider']],
  ['Python and Ansible', ['Python', 'Ansible']],
  ['JavaScript', ['JavaScript']],
  ['Dex and the IdP', ['Dex', "Dex's log", 'Keycloak', 'curl']],
];

const intro = `## Find it by what you see

<a id="by-symptom"></a>

Search this page for the words that kubectl, another client or the shell printed, and follow the link. \`…\`
replaces text that varies, and \`/usr/local/bin\` replaces the folder of dexchange. Other Go programs print the same
words as kubectl, but begin differently: helm begins with \`Error: Kubernetes cluster unreachable:\` and often
\`Get "https://…":\` instead of \`Unable to connect to the server:\`. A line that begins with \`dexchange:\` ends with
a code in parentheses: look up the code in [errors.md](errors.md).

Tests check that the programs print these words. Only a message with * is quoted from documentation.
`;

/** Returns the tables of what programs print, and the entries to which they lead. */
export function symptomsPart(): string {
  const found = tables
    .map(([title, programs]) => [title, rowsOf(programs)] as const)
    .filter(([, rows]) => rows.length > 0)
    .map(
      ([title, rows]) =>
        `### ${title}\n\n| what you see | what it means |\n| --- | --- |\n${rows.join('\n')}\n`,
    );
  return [intro, ...found, '## What it means, and what to do\n', ...symptoms.map(entry)].join('\n');
}

function rowsOf(programs: readonly Program[]): readonly string[] {
  return symptoms.flatMap(({ id, title, messages }) =>
    messages
      .map((message) => [message, programs.find((one) => message.by.includes(one))] as const)
      .filter((pair): pair is readonly [Message, Program] => pair[1] !== undefined)
      .map(([message, program]) => {
        const code = quoted(wordsOf(message, program), message.isDocumented);
        return `| ${code} | [${title}](#${id}) |`;
      }),
  );
}

/** A message as code; a backtick in it needs longer delimiters, and a pipe would end the cell. */
function quoted(text: string, isDocumented?: true): string {
  const code = text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``;
  return `${code.replaceAll('|', '\\|')}${isDocumented === true ? ' *' : ''}`;
}

function entry({ id, title, messages, cause, fix, more = [] }: Symptom): string {
  const said = messages.map(
    ({ by, text, isDocumented }) => `- ${by.join(', ')}: ${quoted(text, isDocumented)}`,
  );
  const links = more.map(([anchor, text]) => `[${text}](#${anchor})`);
  return [
    `<a id="${id}"></a>`,
    '',
    `### ${title}`,
    '',
    ...said,
    '',
    `**Cause:** ${cause}.`,
    '',
    `**Fix:** ${fix}.`,
    ...(links.length === 0 ? [] : ['', `More: ${links.join('; ')}`]),
    '',
  ].join('\n');
}
