import { type HelpTopic, paragraph, table } from './help-topic.ts';

export const security: HelpTopic = {
  name: 'security',
  summary: 'how to pass secrets, and what dexchange protects',
  parts: [
    table('Where a secret can come from, best first', [
      ['a variable', 'DEXCHANGE_CLIENT_SECRET, masked in the CI system'],
      ['a file', '--client-secret-file, such as a mounted secret'],
      ['a command', '--client-secret-command, which runs without a shell'],
      ['a flag', '--client-secret: other users of the machine can read command lines'],
    ]),
    table('What is protected', [
      ['secrets', 'never in errors, logs, reports or --explain, even if a server repeats them'],
      ['connections', 'https only, with verified certificates and without redirects'],
      ['the cache', 'encrypted; closed to other users'],
      ['the log of a job', 'text from servers cannot run commands of the CI runner'],
      [
        'the cluster entry',
        'its author can set the address of Dex, but no secret, file or command',
      ],
    ]),
    table('What is not protected', [
      ['the same user', 'processes of the same user can read memory, variables and files'],
      ['the credential', 'a bearer token: anyone who has it can act as the user until it expires'],
      ['token files', 'those of exec and agent are not encrypted, because clients read them'],
      ['--allow-http', 'and --dex-insecure-skip-tls-verify: secrets can be intercepted'],
    ]),
    paragraph(`Tokens of all projects on gitlab.com have the same issuer, and so do tokens of all repositories
on github.com: restrict the DexProvider to your groups, as dexchange manifests does with --group and
--allowed-group.`),
  ],
};
