import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { targets, thisSystem } from '../../../scripts/package/targets.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import { dexchange } from '../../support/dexchange.ts';
import { expectFailure } from '../../support/expect-failure.ts';

const flagList = ['dexchange --help'];

describe('a wrong command line exits with 2 and says what to write instead', () => {
  test.each<[ErrorCode, string[], string[], string[]]>([
    ['usage_unknown_command', ['get-tokn'], ['get-tokn'], ['get-token']],
    ['usage_unknown_command', ['xyz'], ['xyz'], flagList],
    ['usage_unknown_command', ['\u001b[31mred'], ['command'], flagList],
    [
      'usage_unknown_flag',
      ['get-token', '--conector-id', 's3cret'],
      ['--conector-id'],
      ['--connector-id'],
    ],
    [
      'usage_unknown_flag',
      ['get-token', '--client-sekret=s3cret'],
      ['--client-sekret'],
      ['--client-secret'],
    ],
    ['usage_unknown_flag', ['get-token', '-ps3cret'], ['-p'], flagList],
    ['usage_flag_value', ['get-token', '--client-id'], ['--client-id'], ['--client-id=VALUE']],
    [
      'usage_flag_value',
      ['get-token', '--client-id', '--connector-id', 'x'],
      ['--client-id'],
      ['--client-id=VALUE'],
    ],
    ['usage_argument', ['get-token', 's3cret', 'another'], ['get-token', '2'], ['quote']],
    [
      'setting_conflict',
      ['get-token', '--client-secret=s3cret', '--client-secret-file=b'],
      ['--client-secret', '--client-secret-file'],
      ['one of'],
    ],
    [
      'setting_conflict',
      ['get-token', '--dex-url=https://a/', '--dex-url=https://b/'],
      ['--dex-url', 'twice'],
      ['one of'],
    ],
    [
      'setting_invalid',
      ['get-token', '--dex-url=dex.example.com'],
      ['--dex-url', 'URL'],
      ['https://dex.example.com/'],
    ],
    [
      'setting_invalid',
      ['get-token', '--timeout=soon'],
      ['--timeout', 'soon', 'duration'],
      ['5s', '10m', '1h30m'],
    ],
    ['setting_invalid', ['get-token', '-o', 'xml'], ['--output', 'xml', 'json', 'token'], ['-o']],
    [
      'setting_invalid',
      ['get-token', '--request-timeout=0'],
      ['--request-timeout', '1 ms'],
      ['30s'],
    ],
    [
      'setting_not_expanded',
      ['get-token', '--client-id=$DEX_CLIENT_ID'],
      ['--client-id', '$DEX_CLIENT_ID'],
      ['variable', 'protected'],
    ],
  ])('%s: %j', async (code, args, names, hint) => {
    const secrets = ['s3cret', '\u001b'];
    const expected = { exitCode: 2, names, hint, secrets };
    expectFailure(await dexchange(args), expected);
    const [command = '', ...more] = args;
    expectFailure(await dexchange([command, '-v', ...more]), { ...expected, code });
  });
});

test('one message names every missing setting', async () => {
  expectFailure(await dexchange(['get-token', '-v']), {
    exitCode: 2,
    code: 'setting_missing',
    names: ['--dex-url', '--client-id', '--connector-id', 'the client secret'],
    hint: [
      'DEXCHANGE_DEX_URL, DEXCHANGE_CLIENT_ID, DEXCHANGE_CONNECTOR_ID, DEXCHANGE_CLIENT_SECRET',
      '--dex-url, --client-id, --connector-id, --client-secret-file',
      'kubeconfig',
    ],
  });
});

test('without a command it prints help, but tells a client what its kubeconfig lacks', async () => {
  const byHand = await dexchange([]);
  expect(byHand).toMatchObject({ code: 0, stderr: '' });
  expect(byHand.stdout).toContain('dexchange COMMAND [flags]');
  const byClient = await dexchange([], { env: { KUBERNETES_EXEC_INFO: '{}' } });
  expectFailure(byClient, { exitCode: 2, hint: ['get-token', 'args', 'kubeconfig'] });
});

test.each([
  [['--help'], 'Commands:'],
  [['-h'], 'Commands:'],
  [['help'], 'Commands:'],
  [['help', 'get-token'], 'Common flags:'],
  [['get-token', '--help'], 'Common flags:'],
  [['help', 'get-token', '--all'], 'Client credentials:'],
  [['get-token', '--help', '--all'], 'Client credentials:'],
])('%j prints help', async (args, part) => {
  const ended = await dexchange(args);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toContain(part);
});

test.each([[['version']], [['--version']]])('%j prints one line', async (args) => {
  const ended = await dexchange(args);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout).toMatch(/^dexchange \S+\n$/);
});

test('version -o json and yaml also print the build', async () => {
  const ended = await dexchange(['version', '-o', 'json']);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const facts = JSON.parse(ended.stdout) as Record<string, string | null>;
  expect(Object.keys(facts)).toEqual(['version', 'commit', 'target', 'node']);
  expect(facts['node']).toMatch(/^24\.\d+\.\d+$/);
  const isBuilt = facts['version'] !== 'dev';
  // test:targets runs this with the binaries of other targets.
  const known = targets.map(({ name }) => String(name));
  expect([...known, `${thisSystem()}-${process.arch}`, null]).toContain(facts['target']);
  expect(facts['target'] === null).toBe(!isBuilt);
  // Without git the commit is unknown.
  if (isBuilt) expect(facts['commit'] ?? '').toMatch(/^(?:[0-9a-f]{40}(?:-dirty)?)?$/);
  else expect(facts['commit']).toBeNull();
  const yaml = await dexchange(['version', '-o', 'yaml']);
  expect(parse(yaml.stdout)).toEqual(facts);
  expect(await dexchange(['version', '-o', 'text'])).toEqual(await dexchange(['version']));
});

test('version has no other format', async () => {
  const ended = await dexchange(['version', '-o', 'shell']);
  expectFailure(ended, { exitCode: 2, code: 'setting_invalid', names: ['--output'] });
});

test.each([
  'subjectTokenCommand',
  'client-secret',
  'insecureSkipTlsVerify',
  'cacheDir',
  'audience',
  'scope',
])("the cluster's extension must not set %s", async (key) => {
  const ended = await dexchange(['get-token', '-v'], {
    env: {
      KUBERNETES_EXEC_INFO: JSON.stringify({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        spec: { interactive: false, cluster: { config: { [key]: 's3cret' } } },
      }),
    },
  });
  expectFailure(ended, {
    exitCode: 2,
    code: 'setting_not_from_cluster',
    names: [key, "cluster's extension"],
    hint: ['in args', "user's exec entry"],
    secrets: ['s3cret'],
  });
});
