import { belongsTo, ownVariable, type Setting, type Topic, topics } from '../config/setting.ts';
import { type SettingName, settings } from '../config/table.ts';
import { type CommandName, commands } from './commands.ts';

/** The help of the program, or of one command, at most 100 columns wide. */
export function helpText(command: CommandName | undefined): string {
  if (command === 'get-token') return getTokenHelp();
  if (command === 'cache') return cacheHelp();
  if (command === 'decode') return decodeHelp();
  if (command === 'whoami') return whoAmIHelp();
  if (command === 'version') return 'Prints the version.\n\nUsage:\n  dexchange version\n';
  const width = Math.max(...commands.map(({ name }) => name.length));
  return `dexchange exchanges the identity token of a CI job at Dex for a Kubernetes credential.

Usage:
  dexchange COMMAND [flags]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

Examples:
${examples}
dexchange help COMMAND lists the flags of a command.
`;
}

const examples = `  # as kubectl runs it: users[].user.exec of a kubeconfig
  command: dexchange
  args: [get-token, --dex-url=https://dex.example.com/, --connector-id=gitlab,
         --client-id=dex-client-ci-token-exchange@d8-user-authn]

  # by hand, with a GitLab id_token and the client secret in variables
  export DEXCHANGE_CLIENT_SECRET=...
  dexchange get-token --dex-url https://dex.example.com/ --connector-id gitlab \\
    --client-id dex-client-ci-token-exchange@d8-user-authn --subject-token-env GITLAB_OIDC_TOKEN

  # without a kubeconfig
  export KUBE_TOKEN=$(dexchange get-token -o token)
`;

function getTokenHelp(): string {
  return `Prints a credential for the Kubernetes API as an ExecCredential: takes an identity token,
exchanges it at Dex (RFC 8693), and keeps the result in a cache until shortly before it expires.

Usage:
  dexchange get-token [flags]

Examples:
${examples}
  # a client of Keycloak (client credentials)
  dexchange get-token --dex-url https://dex.example.com/ --connector-id keycloak \\
    --client-id dex-client-ci-token-exchange@d8-user-authn --client-secret-file /run/secrets/dex \\
    --idp-issuer-url https://keycloak.example.com/realms/ci --idp-client-id ci \\
    --idp-client-secret-file /run/secrets/keycloak

${topics.map((topic) => topicHelp(topic, 'get-token')).join('\n')}
Each flag but -o has a variable, such as ${ownVariable('dex-url')} for --dex-url. Precedence: flag,
variable, the cluster's extension client.authentication.k8s.io/exec, then the variables in
parentheses, which other tools use too. Durations are seconds or such as 90s, 10m, 1h30m.
`;
}

function cacheHelp(): string {
  return `Looks after the cache; never shows a token.

Usage:
  dexchange cache list            what is cached, by Dex and connector (-o json for programs)
  dexchange cache prune           remove what has expired, and what killed processes left
  dexchange cache clear [KEY...]  remove every entry, or those whose key begins with KEY
  dexchange cache path            print the folder

${topics.map((topic) => topicHelp(topic, 'cache')).join('')}`;
}

function whoAmIHelp(): string {
  return `Asks the API server who a kubeconfig context is, with whatever credential its user has: a plugin,
a token, a token file, a user name and password, a client certificate. What 401 and 403 mean is said
with what to do.

Usage:
  dexchange whoami [flags]

Examples:
  dexchange whoami
  dexchange whoami --kubeconfig ci.kubeconfig --context ci -o json

${topics.map((topic) => topicHelp(topic, 'whoami')).join('')}`;
}

function decodeHelp(): string {
  return `Says what a JWT holds: header, claims, times in words and whether they hold now, and whom
kube-apiserver would take its bearer for. The signature is neither shown nor checked.

Usage:
  dexchange decode [FILE] [flags]

FILE or stdin (-) may hold the bare token, an answer of a token endpoint or an ExecCredential.

Examples:
  dexchange get-token -o token | dexchange decode
  dexchange decode --token-env GITLAB_OIDC_TOKEN

${topics.map((topic) => topicHelp(topic, 'decode')).join('')}`;
}

function topicHelp(topic: Topic, command: CommandName): string {
  const rows = settings.filter(
    ([, setting]) => setting.topic === topic && belongsTo(setting, command),
  );
  if (rows.length === 0) return '';
  const lines = rows.map(([name, setting]) => flagHelp(name, setting));
  if (topic === 'Output') lines.push(entry('  -h, --help', 'print this'));
  return `${topic}:\n${lines.join('\n')}\n`;
}

const indent = ' '.repeat(8);

function flagHelp(name: SettingName, setting: Setting): string {
  const short = setting.short === undefined ? '    ' : `-${setting.short}, `;
  const gap = setting.bareValue === undefined ? ' ' : '';
  const value = setting.placeholder === undefined ? '' : `${gap}${setting.placeholder}`;
  const aliases = (setting.flagAliases ?? []).map((alias) => `, --${alias}`).join('');
  const notes: string[] = [];
  const preset = setting.default ?? setting.defaultNote;
  if (preset !== undefined) notes.push(`default: ${preset}`);
  const borrowed = (setting.borrowed ?? []).map(({ variable }) => variable);
  if (borrowed.length > 0) notes.push(borrowed.join(', '));
  const help = notes.length === 0 ? setting.help : `${setting.help} (${notes.join('; ')})`;
  return entry(`  ${short}--${name}${value}${aliases}`, help);
}

function entry(flag: string, help: string): string {
  return `${flag}\n${wrap(help)}`;
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line !== indent && line.length + 1 + word.length > 100) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}
