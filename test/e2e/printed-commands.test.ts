import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { files, root, textOf } from '../unit/support/sources.ts';
import { startAdministeredCluster } from './deckhouse/administrator.ts';
import type { DeckhouseCluster } from './deckhouse/cluster.ts';
import { blocksOf } from './deckhouse/guide.ts';
import { installTools } from './deckhouse/tools.ts';
import { connectServers, type Ran, run } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';

// Readers copy what stands between backticks in a message or a page, so each of these commands must
// do what the text around it says.

const servers = connectServers(inject('servers'));

let cluster: DeckhouseCluster;
let folder: string;
let env: Record<string, string | undefined>;

beforeAll(async () => {
  const started = await startAdministeredCluster(servers, 'reader');
  ({ cluster, folder } = started);
  await installTools(folder, servers.kubectls.built);
  await symlink(join(folder, 'dexchange'), join(folder, 'kubectl-dexchange'));
  // What a reader of the pages would have.
  for (const name of ['deploy.sh', 'terraform', 'tofu', 'ansible-playbook']) {
    await writeFile(join(folder, name), '#!/bin/sh\nexec kubectl get ns\n', { mode: 0o755 });
  }
  env = {
    ...started.env,
    HOME: folder,
    PATH: `${folder}:${process.env['PATH']}`,
    GITLAB_OIDC_TOKEN: await servers.mint({ claims: { namespace_path: 'my-group' } }),
    KUBERNETES_TOKEN: await servers.mint(),
    DEX_CLIENT_SECRET: dexClients.ci.secret,
    CURL_CA_BUNDLE: started.env['DEXCHANGE_DEX_CERTIFICATE_AUTHORITY'],
    SSL_CERT_FILE: started.env['DEXCHANGE_DEX_CERTIFICATE_AUTHORITY'],
  };
  await prepare();
});
afterAll(async () => {
  await cluster.stop();
  await servers.stop();
});

/** What the commands name: resources in the cluster, and files in the reader's folder. */
async function prepare(): Promise<void> {
  await writeFile(join(folder, 'ca.crt'), cluster.caPem);
  for (const line of [
    `dexchange manifests token-exchange --provider gitlab --idp-issuer-url ${servers.gitlab.issuer} \
       --group my-group --access-level User | d8 k apply -f -`,
    'dexchange manifests service-account -n ci-deploy --service-account deploy | d8 k apply -f -',
    'd8 k create secret generic job --from-literal=key=value',
    `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ci \
       -keyout key.pem -out cert.pem && \
     openssl pkcs12 -export -in cert.pem -inkey key.pem -passout pass: -out both.p12`,
  ]) {
    expect(await runLine(line), line).toMatchObject({ code: 0 });
  }
  await cluster.reconcile();
  for (const line of [
    `dexchange kubeconfig token-exchange --discover --connector-id gitlab --context-name ci \
       --subject-token-env GITLAB_OIDC_TOKEN --write-to ci.kubeconfig`,
    'cp ci.kubeconfig script && d8 k --kubeconfig ci.kubeconfig get ns',
    'dexchange get-token --kubeconfig ci.kubeconfig -o token > token.txt',
  ]) {
    expect(await runLine(line), line).toMatchObject({ code: 0 });
  }
}

async function runLine(line: string, stdin = ''): Promise<Ran> {
  // A job has the kubeconfig of the pipeline, not the administrator's.
  const inJob =
    /^(?:dexchange (?:get-token|whoami|doctor|exec|agent)|kubectl dexchange)\b(?!.*(?:--for admin|--method))/;
  const job = {
    KUBECONFIG: join(folder, 'ci.kubeconfig'),
    DEXCHANGE_DEX_URL: `https://${cluster.dexHost}/`,
    DEXCHANGE_CLIENT_ID: dexClients.ci.id,
    DEXCHANGE_CONNECTOR_ID: 'gitlab',
    GITHUB_ENV: join(folder, 'github-env'),
  };
  return await run('bash', ['-eo', 'pipefail', '-c', line], {
    env: inJob.test(line) ? { ...env, ...job } : env,
    cwd: folder,
    stdin,
  });
}

interface Printed {
  readonly file: string;
  readonly line: string;
}

/** The commands between backticks in the literals of the sources; expressions become `{…}`. */
const fromSources: readonly Printed[] = files.flatMap((file) => {
  const code = textOf(file).replace(/^\s*(?:\/\/|\*|\/\*\*).*$/gm, '');
  const literals = code.matchAll(
    /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g,
  );
  return [...literals].flatMap(([, single, double, template]) =>
    commandsIn(
      (single ?? double ?? template ?? '')
        .replaceAll(/\$\{((?:[^{}]|\{[^}]*\})*)\}/g, '{$1}')
        .replaceAll(/\\([`'"\\])/g, '$1'),
    ).map((line) => ({ file, line })),
  );
});

/** Pages whose blocks belong together, and have a test of their own. */
const runElsewhere: readonly string[] = ['docs/guide.md', 'docs/migrate.md'];

/** The commands in the pages, in sentences and in blocks. */
async function fromPages(): Promise<readonly Printed[]> {
  const names = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  const pages = ['README.md', 'SECURITY.md', ...names.map((name) => `docs/${name}`)];
  const found = await Promise.all(
    pages.map(async (file) => {
      const text = await readFile(join(root, file), 'utf8');
      const blocks = runElsewhere.includes(file) ? [] : blocksOf(text);
      return [
        ...commandsIn(text.replaceAll(/^```[\s\S]*?^```$/gm, '').replaceAll('\\|', '|')),
        ...blocks.flatMap(({ lines }) =>
          lines
            .replaceAll(/\\\n\s*/g, '')
            .split('\n')
            .map((line) => line.replace(/\s+#.*/, '').trim())
            .filter((line) => /^(?:[A-Z_]+=\S+ )?(?:dexchange|kubectl|d8) /.test(line)),
        ),
      ].map((line) => ({ file, line }));
    }),
  );
  return found.flat();
}

function commandsIn(text: string): readonly string[] {
  const programs = 'dexchange|kubectl|d8|curl|openssl|jq|base64|chmod';
  return [...text.matchAll(new RegExp(`\`((?:${programs}) [^\`]+)\``, 'g'))].map(
    ([, line = '']) => line,
  );
}

/** What stands for what the reader, or the program, fills in. */
const values = (): readonly (readonly [RegExp, string])[] => {
  const context = ' --kubeconfig ci.kubeconfig --context ci';
  const dex = servers.dex.issuer;
  return [
    [/ ?\{(?:contextFlags(?:\(context\))?|selectionFlags\(.*?\))\}/g, context],
    [/ --kubeconfig FILE --context NAME/g, context],
    [/\{fileFlag\(\[?paths?\]?\)\}/g, ' --kubeconfig ci.kubeconfig'],
    [/ --kubeconfig \{shellWord\(name\)\}/g, ' --kubeconfig ci.kubeconfig'],
    [/\{flag\}/g, ' --cache-dir cache'],
    [/\{shellWord\((?:path|notExecutable\.path)\)\}/g, 'script'],
    [/\{(?:shellWord\()?connector\)?\}|\bCONNECTOR\b/g, 'gitlab'],
    [/dex-client-(?:\{clip\(name\)\}|NAME)/g, 'dex-client-ci-token-exchange'],
    [/dexclient (?:\{shellWord\(clientName\)\}|NAME)/g, 'dexclient ci-token-exchange'],
    [/(?<=--(?:client|rule)-name )(?:NAME|\{name\})/g, 'ci-token-exchange'],
    [/(?<=--client-namespace )\{namespace\}/g, 'd8-user-authn'],
    [
      /-n (?:\{(?:clip\(namespace\)|shellWord\(clientNamespace\))\}|NAMESPACE)/g,
      '-n d8-user-authn',
    ],
    [/--client-namespace NAMESPACE/g, '--client-namespace d8-user-authn'],
    [
      /-n \{namespace\} --service-account \{(?:name|account)\}/g,
      '-n ci-deploy --service-account deploy',
    ],
    [/secret NAME -o jsonpath='\{\.data\.KEY\}'/g, "secret job -o jsonpath='{.data.key}'"],
    [/\{field \?\? 'FIELD'\}/g, 'access_token'],
    [/(?<=--token-env )(?:NAME|VARIABLE)/g, 'GITLAB_OIDC_TOKEN'],
    [/(?<=decode )FILE/g, 'token.txt'],
    [/(?<=x509 -in )FILE/g, 'cert.pem'],
    [/(?<=pkey -in )FILE/g, 'key.pem'],
    [/(?<=pkcs12 -in )FILE/g, 'both.p12'],
    [/(?<=--(?:user|group|service-account) )\{word\}/g, 'deployer'],
    [/-n \{namespace\} --service-account deployer/g, '-n ci-deploy --service-account deployer'],
    [/(?<=--as )(?:\{shellWord\(email\)\}|EMAIL)|(?<=--user )EMAIL/g, 'deployer@example.com'],
    [/\{canI\}|VERB RESOURCE/g, 'get pods'],
    [/\bISSUER\b/g, servers.gitlab.issuer],
    [/https?:\/\/(?:\{host\}|HOST)\//g, `https://${new URL(dex).host}/`],
    [/\{host\}|\bHOST\b/g, new URL(dex).host],
    [/https:\/\/dex\.example\.com(?=\/)|\bURL$/g, dex.replace(/\/$/, '')],
    [/https:\/\/api\.example\.com/g, cluster.kubernetes.url],
    [/https:\/\/gitlab\.example\.com/g, servers.gitlab.issuer],
    [/(?<=help )CODE/g, 'setting_missing'],
    [/(?<=help )(?:RULE|\{ruleOf\(code\)\})/g, 'api-forbidden'],
    [/(?<=help )(?:COMMAND|\{(?:name|command|word|meant)\})/g, 'get-token'],
    [/ \[KEY\.\.\.\]/g, ''],
    [/(?<=nohup )COMMAND/g, './deploy.sh'],
    // It would run until a signal ends it.
    [/^dexchange agent run /g, 'dexchange agent run --once '],
    [/--token-file \/run\/dexchange\/token/g, '--token-file agent/token'],
  ];
};

/** What only names what a text is about, and plugins of kubectl and d8 that this machine lacks. */
const notToRun =
  /^(?:curl -u|curl -q -s .*|d8 login(?: token-exchange)?|d8 dist plugins .*|kubectl krew .*|kubectl config|dexchange get-token .*…|dexchange exec(?: -- COMMAND)?|dexchange agent(?: run)?|kubectl logs -f)$/;

/** What a command reads from a pipe that the text around it describes. */
async function stdinOf(line: string): Promise<string> {
  if (/^dexchange decode$/.test(line)) return await readFile(join(folder, 'token.txt'), 'utf8');
  if (line === 'openssl pkcs8 -topk8 -nocrypt') {
    return await readFile(join(folder, 'key.pem'), 'utf8');
  }
  if (line.startsWith('jq ')) return '{"access_token":"a","id_token":"b"}';
  return line === 'base64 -d' ? 'c2VjcmV0' : '';
}

/** Exit codes other than 0, and why they are right here. */
const expectedCodes: readonly (readonly [RegExp, number])[] = [
  // An agent ends with the shell of its line, so none runs in the next one.
  [/^dexchange agent status$/, 2],
  // Only the name of the command: the rest is for the reader to choose.
  [/^dexchange manifests(?: --diff)?$/, 2],
  // The kinds of cert-manager and of the Gateway API are not in this cluster.
  [/^d8 k (?:-n d8-user-authn )?get (?:certificate|httproute) /, 1],
  // Access level User does not grant it in this cluster.
  [/^kubectl get pods --kubeconfig|^d8 k auth can-i get pods /, 1],
  [/^dexchange doctor --can-i/, 6],
  // Asks for the password at the terminal.
  [/^openssl pkcs12 /, 1],
  // No pod of Dex runs in this cluster.
  [/^d8 k -n d8-user-authn logs .*grep/, 1],
];

test('each command that a text prints works as it is printed', async () => {
  const printed = [...fromSources, ...(await fromPages())];
  expect(printed.length).toBeGreaterThan(200);
  const lines = new Map<string, string>();
  for (const { file, line } of printed) {
    if (notToRun.test(line)) continue;
    const filled = values().reduce((text, [from, to]) => text.replaceAll(from, to), line);
    expect(filled).not.toMatch(/\{\w|\b(?:NAME|NAMESPACE|FILE|EMAIL|HOST)\b/);
    // Alternatives: `list|prune`.
    const [alternatives = ''] = /\S+(?:\|\S+)+/.exec(filled) ?? [];
    for (const one of alternatives.split('|')) {
      lines.set(filled.replace(alternatives, one), `${file}: ${line}`);
    }
  }
  const wrong: string[] = [];
  for (const [line, origin] of lines) {
    const [, code = 0] = expectedCodes.find(([pattern]) => pattern.test(line)) ?? [];
    const ran = await runLine(line, await stdinOf(line));
    if (ran.code !== code) {
      wrong.push(`${origin}\n  ${line}\n  exit code ${ran.code}: ${ran.stdout}${ran.stderr}`);
    }
  }
  expect(wrong.join('\n\n')).toBe('');
}, 300_000);
