import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { splitWords } from '../../../src/config/command-words.ts';
import { runInProcess } from '../../support/in-process.ts';
import {
  documentsIn,
  gitlab,
  gitlabCom,
  keycloak,
  withoutRandom,
} from '../../support/printed-manifests.ts';
import { files, textOf } from '../support/sources.ts';

const github = [
  '--provider=github',
  '--idp-issuer-url=https://token.actions.githubusercontent.com',
];
test.each([
  [
    'the group of a self-managed GitLab gets access, and nobody is denied',
    [...gitlab, '--group=my-group', '--access-level=User'],
    { claimMapping: { email: 'user_email', groups: 'namespace_path' }, allowedGroups: undefined },
  ],
  [
    'a project of a self-managed GitLab',
    [...gitlab, '--group=g/p', '--access-level=User', '--groups-claim=project_path'],
    { claimMapping: { email: 'user_email', groups: 'project_path' }, allowedGroups: undefined },
  ],
  [
    'gitlab.com keeps strangers out by --group',
    [...gitlabCom, '--group=my-group', '--access-level=User'],
    {
      issuer: 'https://gitlab.com',
      claimMapping: { email: 'user_email', groups: 'namespace_path' },
      allowedGroups: ['my-group'],
    },
  ],
  [
    'gitlab.com keeps strangers out by --allowed-group, with the issuer as in the tokens',
    [
      ...['--provider=gitlab', '--idp-issuer-url=https://GitLab.com/', '--allowed-group=a'],
      ...['--allowed-group=b', '--group=b', '--access-level=User', '--user=x@example.com'],
    ],
    { issuer: 'https://gitlab.com', allowedGroups: ['b', 'a'] },
  ],
  [
    'github.com',
    [...github, '--allowed-group=octo-org'],
    {
      claimMapping: { email: 'sub', groups: 'repository_owner' },
      allowedGroups: ['octo-org'],
    },
  ],
  [
    'the issuer of one enterprise on github.com',
    ['--provider=github', '--idp-issuer-url=https://token.actions.githubusercontent.com/acme'],
    { claimMapping: { email: 'sub' }, allowedGroups: undefined },
  ],
  [
    'the issuer of one enterprise on GHE.com, with the issuer as in the tokens',
    ['--provider=oidc', '--idp-issuer-url=https://token.actions.OctoCorp.ghe.com/'],
    {
      issuer: 'https://token.actions.octocorp.ghe.com',
      claimMapping: { email: 'sub' },
      userNameKey: 'sub',
      allowedGroups: undefined,
    },
  ],
  [
    'any project on gitlab.com',
    [...gitlabCom, '--allow-any-project'],
    { claimMapping: { email: 'user_email' }, allowedGroups: undefined },
  ],
  [
    'allowed groups with any issuer',
    [...keycloak, '--groups-claim=groups', '--allowed-group=/deployers'],
    { claimMapping: { groups: 'groups' }, allowedGroups: ['/deployers'] },
  ],
  [
    'Buildkite, with the claims that its tokens have',
    [
      ...['--provider=oidc', '--idp-issuer-url=https://agent.buildkite.com'],
      ...['--groups-claim=organization_slug', '--allowed-group=acme-inc'],
    ],
    {
      userNameKey: 'pipeline_slug',
      claimMapping: { email: 'pipeline_slug', groups: 'organization_slug' },
      allowedGroups: ['acme-inc'],
    },
  ],
])('the DexProvider of %s', async (_what, args, oidc) => {
  const ended = await runInProcess(['manifests', 'token-exchange', ...args]);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const provider = documentsIn(ended.stdout).find(({ kind }) => kind === 'DexProvider');
  expect({ allowedGroups: undefined, ...provider?.spec.oidc }).toMatchObject(oidc);
  const warned = ended.stdout.includes('# WARNING: --allow-any-project');
  expect(warned).toBe(args.includes('--allow-any-project'));
});

describe('refuses', () => {
  const noIssuer = ['gitlab', 'github', 'keycloak', 'oidc'].map(
    (kind) => [[`--provider=${kind}`], [`--provider ${kind}`], ['--idp-issuer-url']] as const,
  );
  const shared = [
    ['https://gitlab.com', 'namespace_path', 'every project on gitlab.com'],
    ['https://token.actions.githubusercontent.com/', 'repository_owner', 'every repository on git'],
    ['https://agent.buildkite.com', 'organization_slug', 'every organization on Buildkite'],
    ['https://app.terraform.io', 'terraform_organization_name', 'every organization on HCP'],
    ['https://app.eu.terraform.io/', 'terraform_organization_name', 'every organization on HCP'],
    ['https://accounts.google.com', 'email', 'every Google account'],
    ['https://oidc.codefresh.io', 'account_id', 'every account on Codefresh'],
    ['https://login.app.env0.com', 'organizationId', 'every organization on env zero'],
    ['https://codeberg.org/api/actions', 'repository_owner', 'every repository on codeberg.org'],
    ['https://login.microsoftonline.com/44444444-5555-4666-8777-888888888888/v2.0', 'sub', 'Entra'],
  ].map(
    ([issuer, claim, who = '']) =>
      [
        ['--provider=oidc', `--idp-issuer-url=${issuer}`],
        ['nothing keeps strangers out', who],
        ['--allowed-group', `--groups-claim ${claim}`, '--allow-any-project'],
      ] as const,
  );
  const needProvider = ['groups-claim=x', 'allowed-group=x', 'allow-any-project'].map(
    (flag) => [[`--${flag}`], [`--${flag.replace('=x', '')}`], ['--provider']] as const,
  );
  const clusterLevels = ['ClusterEditor', 'ClusterAdmin', 'SuperAdmin'].map(
    (level) =>
      [
        ['--user=a', `--access-level=${level}`, '--namespaced', '-n', 'x'],
        [`--access-level ${level}`, '--namespaced'],
        ['User, PrivilegedUser, Editor, Admin'],
      ] as const,
  );

  test.each<
    readonly [args: readonly string[], message: readonly string[], hint: readonly string[]]
  >([
    ...noIssuer,
    [['--provider=gitlab'], [], ['--idp-issuer-url https://gitlab.com']],
    [['--provider=github'], [], [`--idp-issuer-url ${github[1]?.split('=')[1]}`]],
    [[...gitlab, '--idp-client-id=x'], ['--idp-client-secret-file'], []],
    [[...gitlab, '--idp-client-secret=idp-s3cret'], ['--idp-client-id'], []],
    [
      [...gitlabCom, '--user=a', '--access-level=User'],
      ['every project on gitlab.com'],
      ['--allowed-group', 'namespace_path', '--group', '--allow-any-project'],
    ],
    [github, ['every repository on github.com'], ['--allowed-group', 'repository_owner']],
    ...shared,
    [
      [...github, '--groups-claim=environment', '--allowed-group=prod'],
      ['--groups-claim environment', 'github.com'],
      ['repository_owner', '--allow-any-project'],
    ],
    [
      [...gitlabCom, '--allowed-group=a', '--allow-any-project'],
      ['--allowed-group', '--allow-any-project'],
      [],
    ],
    [
      [...keycloak, '--group=a', '--access-level=User'],
      ['--groups-claim'],
      ['--groups-claim groups', 'Group Membership', 'userinfo'],
    ],
    [
      ['--provider=oidc', '--idp-issuer-url=https://idp', '--group=a', '--access-level=User'],
      ['--groups-claim'],
      ['--groups-claim CLAIM'],
    ],
    [
      ['--provider=oidc', '--idp-issuer-url=https://agent.buildkite.com', '--allowed-group=a'],
      ['--groups-claim'],
      ['--groups-claim organization_slug'],
    ],
    [[...gitlab, '--allowed-group=system:masters'], ['--allowed-group', 'system:masters'], []],
    ...['--user=repo:my-org/*', '--group=*', '--allowed-group=my-org/*'].map(
      (flag) =>
        [
          [...gitlab, flag, '--access-level=User'],
          [flag.split('=')[1] ?? ''],
          ['--group'],
        ] as const,
    ),
    ...needProvider,
    ...clusterLevels,
    [
      ['--user=a', '--access-level=User', '--namespaced'],
      ['--namespace'],
      ['add --namespace NAMESPACE'],
    ],
    [
      ['--namespaced', '-n', 'x'],
      ['--namespaced', 'access'],
      ['--access-level', '--clusterrole'],
    ],
    [['-n', 'x'], ['--namespace', '--namespaced'], ['--namespaced']],
    [['--context=x'], ['--context', '--diff'], ['--diff']],
    [['--kubeconfig=x'], ['--kubeconfig', '--diff'], ['--diff']],
  ])('token-exchange %j', async (args, message, hint) => {
    const ended = await runInProcess(['manifests', 'token-exchange', ...args]);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    const [first = '', second = ''] = ended.stderr.split('\n');
    for (const part of message) expect(first).toContain(part);
    for (const part of hint) expect(second).toContain(part);
    expect(ended.stderr).not.toContain('idp-s3cret');
  });

  test.each([
    [['basic-auth', ...keycloak], '--idp-client-id'],
    [['basic-auth', ...keycloak, '--idp-client-id=x'], '--idp-client-secret-file'],
    [
      [
        'service-account',
        '-nx',
        '--service-account=y',
        '--namespaced',
        '--access-level=SuperAdmin',
      ],
      '--namespaced',
    ],
  ])('%j', async (args, message) => {
    const ended = await runInProcess(['manifests', ...args]);
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });
});

test.each([
  ['http://idp.example.com', 1],
  ['HTTP://idp.example.com', 1],
  ['https://idp.example.com', 0],
])('an issuer %s gets %i warnings about http', async (issuer, count) => {
  const args = ['manifests', 'token-exchange', '--provider=oidc', `--idp-issuer-url=${issuer}`];
  const { code, stdout } = await runInProcess(args);
  expect(code).toBe(0);
  expect(stdout.match(/# WARNING: with http/g) ?? []).toHaveLength(count);
  const json = await runInProcess([...args, '-o', 'json']);
  expect(json.stderr.match(/^warning: .*issuer: with http/gm) ?? []).toHaveLength(count);
});

test('YAML and JSON hold the same resources, whatever the flags are', async () => {
  const client = ['--idp-client-id=dex', '--idp-client-secret=idp-s3cret'];
  const providers: readonly (readonly string[])[] = [
    ...[gitlab, keycloak, ['--provider=oidc', '--idp-issuer-url=https://idp/']].flatMap((args) => [
      args,
      [...args, ...client, '--display-name=on', '--connector-id=null'],
      [...args, '--groups-claim=groups_direct'],
      [...args, '--groups-claim=constructor', '--allowed-group=yes', '--allowed-group=1e3'],
    ]),
    [...gitlabCom, '--allowed-group=~'],
    [...gitlabCom, '--allow-any-project'],
    [...github, '--allowed-group=octo-org', '--groups-claim=repository_owner'],
  ];
  const access: readonly (readonly string[])[] = [
    [],
    ['--user=on', '--group=0x1', '--access-level=Admin', '--port-forwarding', '--groups-claim=g'],
    ['--user=x@example.com', '--clusterrole=edit', '--namespaced', '-n', 'shop'],
    ['--user=x@example.com', '--access-level=User', '--namespaced', '-n', 'shop'],
  ];
  const account = ['service-account', '-n', 'ci', '--service-account=deploy'];
  const lines = [
    ...['token-exchange', 'basic-auth'].flatMap((method) =>
      providers.flatMap((provider) => access.map((more) => [method, ...provider, ...more])),
    ),
    ...[[], ['--clusterrole=edit'], ['--access-level=User', '--namespaced']].flatMap((more) => [
      [...account, ...more],
      [...account, ...more, '--token-secret'],
    ]),
  ];
  let printed = 0;
  for (const line of lines) {
    const yaml = await runInProcess(['manifests', ...line]);
    const json = await runInProcess(['manifests', ...line, '-o', 'json']);
    expect(json.code, yaml.stderr).toBe(yaml.code);
    if (yaml.code !== 0) continue;
    printed += 1;
    expect(yaml.stderr).toBe('');
    const { items, ...list } = JSON.parse(withoutRandom(json.stdout));
    expect(list).toEqual({ apiVersion: 'v1', kind: 'List' });
    for (const version of ['1.1', '1.2'] as const) {
      const documents = parseAllDocuments(withoutRandom(yaml.stdout), { version });
      expect(documents.map((document) => document.toJS())).toEqual(items);
    }
    const warnings = yaml.stdout.match(/# WARNING: /g) ?? [];
    expect(json.stderr.match(/^warning: /gm)).toHaveLength(warnings.length);
  }
  expect(printed).toBeGreaterThan(50);
});

const root = resolve(import.meta.dirname, '../../..');

/** Each `dexchange manifests` in the pages, the help and the hints, up to its pipe. */
const printedCommands = [
  ...['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
    .filter((path) => path.endsWith('.md'))
    .map((path) => [path, readFileSync(join(root, path), 'utf8')] as const),
  ...files.map((file) => [file, textOf(file)] as const),
].flatMap(([path, text]) => {
  const joined = text
    .replaceAll(/\\+\n\s*/g, '')
    .replaceAll(/\$\{level\}/g, 'User')
    .replaceAll(/\$\{[^}]*\}/g, 'x');
  const found = joined.matchAll(
    /\bdexchange (manifests (?:token-exchange|service-account|basic-auth)(?:[^|>`'"()\n]| - )*)/g,
  );
  return [...found].map(([, line = '']) => [path, line.trim()] as const);
});

describe('each manifests command that a text prints works as printed', () => {
  test('there are some of each kind', () => {
    const paths = new Set(printedCommands.map(([path]) => path));
    for (const path of [
      'README.md',
      'docs/guide.md',
      'cli/help-texts.ts',
      'usecases/discover/rules.ts',
    ]) {
      expect([...paths]).toContain(path);
    }
    expect(printedCommands.length).toBeGreaterThan(15);
  });

  test.each(printedCommands)('%s: dexchange %s', async (_path, line) => {
    const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const secretFile = join(folder, 'dex.secret');
    writeFileSync(secretFile, 'idp-s3cret\n');
    const words = splitWords(line) ?? [];
    const args = words
      // The guide's end-to-end test runs --diff with a cluster.
      .filter((word) => word !== '--diff')
      .map((word) => word.replace('dex.secret', secretFile).replace(/^[A-Z]{3,}(?=-|$)/, 'name'));
    const ended = await runInProcess(args);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });
});
