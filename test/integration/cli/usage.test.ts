import { describe, expect, test } from 'vitest';
import { dexchange } from '../../support/dexchange.ts';

/** The two lines of an error; everything on stderr, and nothing on stdout. */
function report(message: string, hint?: string): { stdout: string; stderr: string } {
  const lines = [`dexchange: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
  return { stdout: '', stderr: `${lines.join('\n')}\n` };
}

describe('a command line that is wrong ends with exit code 2 and says what is meant', () => {
  test.each([
    [['get-tokn'], 'unknown command get-tokn', 'did you mean get-token?'],
    [['xyz'], 'unknown command xyz', 'run dexchange --help for the commands'],
    [['\u001b[31mred'], 'unknown command', 'run dexchange --help for the commands'],
    [
      ['get-token', '--conector-id', 's3cret'],
      'unknown flag --conector-id',
      'did you mean --connector-id?',
    ],
    [
      ['get-token', '--client-sekret=s3cret'],
      'unknown flag --client-sekret',
      'did you mean --client-secret?',
    ],
    [['get-token', '-ps3cret'], 'unknown flag -p', 'run dexchange --help for a list of flags'],
    [['get-token', '--client-id'], '--client-id needs a value', undefined],
    [
      ['get-token', '--client-id', '--connector-id', 'x'],
      '--client-id needs a value, but the next argument is a flag',
      'write --client-id=VALUE if the value starts with a dash',
    ],
    [
      ['get-token', 's3cret', 'another'],
      'get-token takes no arguments, but got 2',
      'write each value after its flag, and quote values with spaces',
    ],
    [
      ['get-token', '--client-secret=a', '--client-secret-file=b'],
      '--client-secret and --client-secret-file cannot be used together',
      'keep one of them',
    ],
    [
      ['get-token', '--dex-url=https://a/', '--dex-url=https://b/'],
      '--dex-url is set twice, with different values',
      'keep one of them',
    ],
    [
      ['get-token', '--dex-url=dex.example.com'],
      '--dex-url is not a URL',
      'include the scheme, such as https://dex.example.com/',
    ],
    [
      ['get-token', '--timeout=soon'],
      '--timeout is soon, not a valid duration',
      'write seconds or units, such as 5, 5s, 10m or 1h30m',
    ],
    [['get-token', '-o', 'yaml'], '--output is yaml, not one of json, token', undefined],
    [
      ['get-token', '--client-id=$DEX_CLIENT_ID'],
      '--client-id is literally $DEX_CLIENT_ID',
      'the CI system did not expand the variable: define it for this job, or, if it is protected, protect the branch or tag',
    ],
  ])('%j', async (args, message, hint) => {
    const ended = await dexchange(args);
    expect(ended).toEqual({ code: 2, ...report(message, hint) });
    expect(ended.stderr).not.toContain('s3cret');
  });
});

test('names all that is missing at once', async () => {
  const ended = await dexchange(['get-token']);
  expect(ended).toEqual({
    code: 2,
    ...report(
      'not set: --dex-url, --client-id, --connector-id, the client secret',
      "set DEXCHANGE_DEX_URL, DEXCHANGE_CLIENT_ID, DEXCHANGE_CONNECTOR_ID, DEXCHANGE_CLIENT_SECRET in the job, or --dex-url, --client-id, --connector-id, --client-secret-file in args of the kubeconfig's exec entry",
    ),
  });
});

test('without a command it helps a person, and tells a client what its kubeconfig lacks', async () => {
  const byHand = await dexchange([]);
  expect(byHand).toMatchObject({ code: 0, stderr: '' });
  expect(byHand.stdout).toContain('dexchange COMMAND [flags]');
  const byClient = await dexchange([], { env: { KUBERNETES_EXEC_INFO: '{}' } });
  expect(byClient).toMatchObject({ code: 2, stdout: '' });
  expect(byClient.stderr).toContain(
    "hint: write get-token as the first of args in the kubeconfig's",
  );
});

test.each([
  [['--help'], 'Commands:'],
  [['-h'], 'Commands:'],
  [['help'], 'Commands:'],
  [['help', 'get-token'], 'Client credentials:'],
  [['get-token', '--help'], 'Client credentials:'],
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

test('secrets, commands and trust cannot come from the cluster entry', async () => {
  for (const key of ['subjectTokenCommand', 'client-secret', 'insecureSkipTlsVerify', 'cacheDir']) {
    const ended = await dexchange(['get-token'], {
      env: {
        KUBERNETES_EXEC_INFO: JSON.stringify({
          apiVersion: 'client.authentication.k8s.io/v1',
          kind: 'ExecCredential',
          spec: { interactive: false, cluster: { config: { [key]: 's3cret' } } },
        }),
      },
    });
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(`${key} must not be set in the cluster's extension`);
    expect(ended.stderr).not.toContain('s3cret');
  }
});
