import { inCommand, ownVariables } from '../../config/setting.ts';
import { settings } from '../../config/table.ts';
import { ambientSystems } from '../../identity/select-ambient.ts';
import type { Row } from '../../terminal/layout.ts';
import { clause } from '../help.ts';
import { type HelpTopic, paragraph, table } from './help-topic.ts';

/** A job has the secrets in variables, although they are no flags of a usual call. */
const secrets: readonly string[] = ['client-secret', 'idp-client-secret'];

/** The settings that most calls need, with the variable of each. */
const common: readonly Row[] = settings
  .filter(([name, row]) => row.common?.includes('get-token') || secrets.includes(name))
  .filter(([, row]) => row.topic !== 'Output')
  .filter(([, row]) => !row.flagOnly)
  .map(([name, row]) => {
    const setting = inCommand(row, 'get-token');
    return [ownVariables(name, row)[0] ?? '', setting.brief ?? clause(setting.help)];
  });

/** The variables of other tools, by the flag that each of them sets. */
const borrowed: readonly Row[] = settings.flatMap(([name, row]): readonly Row[] => {
  const variables = row.borrowed?.map(({ variable }) => variable) ?? [];
  return variables.length === 0 ? [] : [[`--${name}`, variables.join(', ')]];
});

/** The variables by which a CI system is recognized. */
const systems: readonly Row[] = ambientSystems.map(({ title, detectVariable, variables }) => [
  title,
  [...(detectVariable === undefined ? [] : [detectVariable]), ...variables].join(', '),
]);

export const environment: HelpTopic = {
  name: 'environment',
  summary: 'the variables that dexchange reads',
  parts: [
    paragraph(`Most flags can also be set as variables, such as DEXCHANGE_TIMEOUT for --timeout. In order
of precedence, a setting comes from its flag, its variable, the cluster's extension in the kubeconfig, the
variables of other tools, or the default. An empty variable counts as unset. A value that the CI system did
not expand, such as a literal $NAME, is an error.`),
    table('Variables that most calls need', common),
    table('Variables of other tools, by flag', borrowed),
    table('Variables of CI systems, from which the identity token comes', systems),
    table('Variables of the machine', [
      ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'proxies, as for kubectl'],
      ['SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS', 'more CAs to trust'],
      ['KUBECONFIG', 'the kubeconfig, as for kubectl'],
      ['XDG_CACHE_HOME, XDG_DATA_HOME', 'folders of the cache and of its key'],
      ['XDG_RUNTIME_DIR', 'folder of the token files of exec and agent'],
      ['NO_COLOR, FORCE_COLOR', 'colors of reports'],
    ]),
    table('To see what happens inside kubectl', [
      ['DEXCHANGE_VERBOSE=true', 'log each step to stderr'],
      ['DEXCHANGE_EXPLAIN=1', 'explain the call step by step'],
    ]),
  ],
};
