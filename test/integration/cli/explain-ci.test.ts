import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Dex, dexClients, startDex } from '../../support/dex.ts';
import { dexchange, freshFolder } from '../../support/dexchange.ts';
import { parsedReport } from '../../support/report-schema.ts';

const [client] = dexClients;
let dex: Dex;
let hostile: Dex;
let home: string;

const esc = '\u001b';

/** What a server could write to command the runner of a job. */
const commands = [
  '::set-output name=x::y',
  '::stop-commands::abc',
  '##[add-mask]x',
  '##vso[task.setvariable variable=PATH]x',
  `section_start:1:x\r${esc}[0Kx`,
].join('\n');

beforeAll(async () => {
  dex = await startDex();
  hostile = await startDex({
    misbehave: () => ({
      kind: 'answer',
      status: 400,
      body: JSON.stringify({ error: 'surprise', error_description: `${commands} ${commands}` }),
    }),
  });
});
afterAll(async () => {
  await dex.close();
  await hostile.close();
});
beforeEach(() => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  home = folder.path;
});

const args = (url: string) => [
  ...['get-token', `--dex-url=${url}/`, `--client-id=${client.id}`, '--connector-id=mock'],
];

function call(url: string, more: readonly string[], env: Readonly<Record<string, string>>) {
  return dexchange([...args(url), ...more], {
    env: { HOME: home, DEXCHANGE_CLIENT_SECRET: client.secret, SUBJECT_TOKEN: 'any', ...env },
  });
}

const wrongSecret = { DEXCHANGE_CLIENT_SECRET: 'not-the-secret' };

describe('a report in the log of', () => {
  test('GitHub Actions has an annotation and groups, and begins with the block', async () => {
    const { stdout } = await call(dex.url, ['--explain'], {
      ...wrongSecret,
      GITHUB_ACTIONS: 'true',
    });
    const lines = stdout.split('\n');
    expect(lines[0]).toContain(`${esc}[31mFAILED: Dex does not authenticate client`);
    const annotation = lines.findIndex((line) => line.startsWith('::error title=dexchange::'));
    expect(annotation).toBeLessThanOrEqual(12);
    expect(lines[annotation]).toMatch(/\(dex_client_refused\)%0A.*%0Afix: /);
    expect(lines[annotation + 1]).toBe('::group::evidence and causes');
    expect(lines.filter((line) => line === '::endgroup::')).toHaveLength(2);
  });

  test('GitLab has collapsed sections', async () => {
    const { stdout } = await call(dex.url, ['--explain'], { ...wrongSecret, GITLAB_CI: 'true' });
    const [, marker] = /section_start:(\d+):dexchange_steps/.exec(stdout) ?? [];
    expect(stdout).toContain(
      `${esc}[0Ksection_start:${marker}:dexchange_steps[collapsed=true]\r${esc}[0Ksteps, `,
    );
    expect(stdout.match(/section_end:/g)).toHaveLength(2);
  });

  test('Azure Pipelines has an issue', async () => {
    const { stdout } = await call(dex.url, ['--explain'], { ...wrongSecret, TF_BUILD: 'True' });
    expect(stdout).toMatch(/^##vso\[task\.logissue type=error\]Dex does not authenticate client/m);
    expect(stdout).toMatch(/^##\[group\]steps/m);
  });

  test.each([
    ['with --no-ci-output', ['--explain', '--no-ci-output'], {}],
    ['with DEXCHANGE_NO_CI_OUTPUT', ['--explain'], { DEXCHANGE_NO_CI_OUTPUT: '1' }],
    ['if the settings are wrong', ['--explain', '--no-ci-output', '--timeout=soon'], {}],
  ])('any system is plain %s', async (_what, more, env) => {
    const { stdout } = await call(dex.url, more, {
      ...wrongSecret,
      ...env,
      GITHUB_ACTIONS: 'true',
    });
    expect(stdout).toMatch(/^FAILED: /);
    expect(stdout).not.toMatch(/^::/m);
    expect(stdout).not.toContain(esc);
  });

  test('any system is JSON with --explain=json', async () => {
    const { stdout } = await call(dex.url, ['--explain=json'], { GITHUB_ACTIONS: 'true' });
    expect(parsedReport(stdout).verdict.status).toBe('ok');
  });
});

test.each([
  ['GitHub Actions', { GITHUB_ACTIONS: 'true' }],
  ['GitLab', { GITLAB_CI: 'true' }],
  ['Azure Pipelines', { TF_BUILD: 'True' }],
])('what a server says is no command of %s', async (_what, env) => {
  for (const more of [[], ['--explain'], ['--explain=json']]) {
    const { stdout, stderr } = await call(hostile.url, ['--no-cache', ...more], env);
    const said = `${stdout}${stderr}`;
    expect(said).toContain('set-output');
    for (const line of said.split('\n')) {
      expect(line).not.toMatch(/^\s*::(?!error title|group::|endgroup::).*::/);
      if (!/^##(?:\[(?:group|endgroup)\]|vso\[task\.logissue type=error\])/.test(line)) {
        expect(line).not.toMatch(/##(?:\[|vso\[)/);
      }
      expect(line.slice(2)).not.toMatch(/##(?:\[|vso\[)/);
      expect(line).not.toMatch(/section_start:1:x\r/);
    }
  }
});

describe('the mask of GitHub Actions for a token that is printed', () => {
  const github = { GITHUB_ACTIONS: 'true' };

  test('is on stderr', async () => {
    const { stdout, stderr } = await call(dex.url, ['-o', 'token'], github);
    expect(stdout).toMatch(/^eyJ[\w.-]+\n$/);
    expect(stderr).toBe(`::add-mask::${stdout}`);
  });

  test.each([
    ['outside of GitHub Actions', ['-o', 'token'], { GITLAB_CI: 'true' }],
    ['for an ExecCredential', [], github],
    ['with --no-ci-output', ['-o', 'token', '--no-ci-output'], github],
    [
      'within a client',
      ['-o', 'token'],
      {
        ...github,
        KUBERNETES_EXEC_INFO:
          '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false}}',
      },
    ],
  ])('is not printed %s', async (_what, more, env) => {
    const { stdout, stderr } = await call(dex.url, more, env);
    expect(stdout).toContain('eyJ');
    expect(stderr).toBe('');
  });

  test.skipIf(process.platform === 'win32')(
    'gets neither into a file nor into stdout',
    async () => {
      const script =
        'token=$("$@" -o token 2>&1); "$@" -o token 2>"$HOME/log" >/dev/null; echo "$token"';
      const { stdout } = await dexchange(args(dex.url), {
        wrapper: ['sh', '-c', script, 'sh'],
        env: {
          ...{ HOME: home, DEXCHANGE_CLIENT_SECRET: client.secret, SUBJECT_TOKEN: 'any' },
          ...github,
        },
      });
      expect(stdout).toMatch(/^eyJ[\w.-]+\n$/);
      expect(readFileSync(join(home, 'log'), 'utf8')).toBe('');
    },
  );
});
