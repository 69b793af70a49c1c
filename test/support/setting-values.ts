import type { Setting } from '../../src/config/setting.ts';
import type { SettingName } from '../../src/config/table.ts';
import { canary, deadUrl, goodClaims, type HostileWorld, unsignedJwt } from './hostile-world.ts';

/** The values that tests give to a setting: those that it accepts, and those that it should not. */
export interface SettingValues {
  readonly good: readonly string[];
  readonly bad: readonly string[];
}

/** Texts that are wrong, or at least odd, for every setting. */
const hostileTexts: readonly string[] = [
  '',
  ' ',
  'x'.repeat(70_000),
  'two\nlines\u001b[31m\u0007',
  '\u202edrow\u200b\ufeff',
  'ünïcödé\u{1f680}',
  '\u2014dash',
  '$NOT_EXPANDED',
  '$\u007b{ secrets.NAME }}',
  '[MASKED]',
  '{"a":1}',
  '-1',
  '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----',
  '__proto__',
  'constructor',
  '*',
  '%2e%2e%2f',
  "'; echo hi #",
];

const badByType: Partial<Readonly<Record<Setting['type'], readonly string[]>>> = {
  url: [
    deadUrl,
    'https://127.0.0.1:1',
    'http://127.0.0.1:99999/',
    'https://user:pass@127.0.0.1/',
    'https://127.0.0.1:1/?q#f',
    'ftp://127.0.0.1/',
    'https://',
    'https://[::1/',
    `https://127.0.0.1:1/${'a'.repeat(3000)}`,
    '127.0.0.1:1',
  ],
  duration: ['0', '1ms', '-5s', '1e9', '9999999999999999999h', '1h30', '0.0001s'],
  switch: ['maybe', '2', 'TRUE', 'off'],
  command: ['"', 'printf "%s"', '\\', `/missing/program ${canary}`],
  list: ['novalue', '=', 'a=b\nc=d', 'scope=x', 'grant_type=x', `k=${canary}`],
  variable: ['NOT_SET', 'a b', '$X', 'PATH', '__proto__'],
};

const goodTexts: Partial<Readonly<Record<SettingName, readonly string[]>>> = {
  'client-id': ['dex-client-ci@ns'],
  'connector-id': ['gitlab'],
  audience: ['kubernetes'],
  scope: ['openid email'],
  namespace: ['ns'],
  'service-account': ['deployer'],
  'rule-name': ['ci-access'],
  'client-name': ['ci'],
  'client-namespace': ['d8-user-authn'],
  clusterrole: ['d8:manage:all:manager'],
  'display-name': ['GitLab'],
  user: ['a@example.com'],
  group: ['devs'],
  'exec-command': ['dexchange', '/usr/bin/dexchange', './dexchange'],
  'can-i': ['get pods', 'get'],
  'idp-param': ['resource=x'],
  'azure-service-connection-id': ['0000'],
  context: ['ci', 'plugin', 'basic'],
  'token-env': ['TOKEN'],
  output: ['json', 'token', 'text', 'yaml', 'table', 'shell'],
};

/** The values of a setting in tests. */
export function valuesOf(name: SettingName, setting: Setting, world: HostileWorld): SettingValues {
  const bad = [...hostileTexts, ...(badByType[setting.type] ?? [])];
  switch (setting.type) {
    case 'path':
      return { good: [goodPath(name, world)], bad: [...bad, ...world.badPaths] };
    case 'choice':
      return { good: Object.keys(setting.choices ?? {}), bad };
    case 'switch':
      return { good: ['true', 'false'], bad };
    case 'duration':
      return { good: ['600', '10m'], bad };
    case 'url':
      return { good: [deadUrl, 'https://127.0.0.1:1/'], bad };
    case 'command':
      return { good: ['print-secret'], bad };
    case 'variable':
      return { good: ['TOKEN'], bad };
    default:
      if (setting.secret === true && setting.type === 'text')
        return { good: [name.includes('token') ? unsignedJwt(goodClaims()) : canary], bad };
      if (name === 'dex-certificate-authority-data')
        return {
          good: [
            Buffer.from('-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n').toString(
              'base64',
            ),
          ],
          bad,
        };
      return { good: goodTexts[name] ?? ['name'], bad };
  }
}

function goodPath(name: SettingName, world: HostileWorld): string {
  if (name === 'kubeconfig') return world.kubeconfig;
  if (name === 'cache-dir') return `${world.folder}/cache`;
  if (name === 'write-to') return `${world.folder}/written`;
  if (name.includes('key')) return world.keyFile;
  if (name.includes('token')) return world.tokenFile;
  return name.includes('cert') ? world.caFile : world.secretFile;
}

/** The command lines that have settings, with the flags that make each of them succeed. */
export function commandLines(world: HostileWorld): Readonly<Record<string, readonly string[]>> {
  const exchange = ['--client-id=x', '--connector-id=m', `--dex-url=${deadUrl}`];
  const api = [`--kubeconfig=${world.kubeconfig}`];
  const account = ['--namespace=ns', '--service-account=sa'];
  const server = '--server=https://127.0.0.1:1';
  return {
    'get-token': [...exchange, `--client-secret-file=${world.secretFile}`],
    'kubeconfig token-exchange': ['--connector-id=m', `--dex-url=${deadUrl}`, server],
    'kubeconfig service-account': [...account, server, `--token-file=${world.tokenFile}`],
    'kubeconfig identity': ['--identity-audience=a', server],
    'kubeconfig basic-auth': ['--username=u', server, `--password-file=${world.secretFile}`],
    'manifests token-exchange': [],
    'manifests service-account': account,
    'manifests basic-auth': [
      ...['--provider=keycloak', '--idp-issuer-url=https://127.0.0.1:1/', '--idp-client-id=dex'],
      `--idp-client-secret-file=${world.secretFile}`,
    ],
    discover: api,
    doctor: [...exchange, `--client-secret-file=${world.secretFile}`],
    'cache list': [],
    'cache prune': [],
    'cache clear': [],
    'cache path': [],
    'completion bash': [],
    decode: [world.tokenFile],
    whoami: api,
    version: [],
    help: [],
  };
}
