import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { mintingSystems } from '../support/ci-systems.ts';
import { type Dex, startDex } from '../support/dex.ts';
import { freshFolder } from '../support/dexchange.ts';

const root = resolve(import.meta.dirname, '../..');

let dex: Dex;
beforeAll(async () => {
  dex = await startDex();
});
afterAll(() => dex.close());

interface Touches {
  readonly files: readonly string[];
  readonly processes: readonly string[];
  readonly connections: readonly number[];
}

/** Returns what a call touches outside of its home folder, even if the call fails. */
async function touches(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Touches> {
  const home = freshFolder();
  onTestFinished(home.remove);
  const out = join(home.path, 'touches.json');
  await new Promise<void>((done) => {
    execFile(
      process.execPath,
      [
        `--import=${pathToFileURL(join(root, 'test/support/record-touches.mjs')).href}`,
        join(root, 'src/main.ts'),
        ...['get-token', '--dex-url', dex.issuer, '--connector-id=mock', '--no-cache'],
        ...['--client-id=dex-client-ci-token-exchange@d8-user-authn', ...args],
      ],
      {
        env: {
          HOME: home.path,
          DEXCHANGE_CLIENT_SECRET: 's3cr+t%2F=&:x',
          DEXCHANGE_TEST_TOUCHES: out,
          ...env,
        },
      },
      () => done(),
    );
  });
  const seen = JSON.parse(readFileSync(out, 'utf8')) as Touches;
  return { ...seen, files: seen.files.filter((file) => !file.startsWith(home.path)) };
}

/** Whether a file is neither part of the program nor a clock of the cache. */
const foreign = (file: string) =>
  !file.startsWith(root) && !/^\/proc\/(?:sys\/kernel\/random\/boot_id|\d+\/stat)$/.test(file);

test('files, processes and connections are recorded', async () => {
  const google = await mintingSystems.google(() => Promise.resolve('a.b.c'));
  onTestFinished(google.close);
  const metadata = await touches(google.env);
  expect(metadata.files).toContain('/etc/machine-id');
  expect(metadata.connections).toEqual([google.requests.length > 0 ? portOf(google.env) : 0]);
  const command = await touches({}, ['--subject-token-command=printenv HOME']);
  expect(command.processes).toEqual(['printenv']);
  const pod = await touches({ KUBERNETES_SERVICE_HOST: '10.0.0.1' });
  expect(pod.files).toContain('/var/run/secrets/dexchange/token');
  const run = await touches({ TF_VAR_spacelift_run_id: '1' });
  expect(run.files).toContain('/mnt/workspace/spacelift.oidc');
});

test('no source is touched if its variables are missing', async () => {
  const seen = await touches({});
  expect(seen.files.filter(foreign)).toEqual([]);
  expect(seen.processes).toEqual([]);
  expect(seen.connections).toEqual([]);
});

test.each([
  ['GitHub’s URL without its credential', { ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:9/' }],
  [
    'URLs of Codefresh and Vela without their credentials',
    {
      CF_OIDC_REQUEST_URL: 'http://127.0.0.1:9/',
      VELA_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:9/',
    },
  ],
  ['Buildkite’s credential without a job', { BUILDKITE_AGENT_ACCESS_TOKEN: 'x' }],
  [
    'Azure’s URL and credential without a service connection',
    {
      SYSTEM_OIDCREQUESTURI: 'http://127.0.0.1:9/',
      SYSTEM_ACCESSTOKEN: 'x',
    },
  ],
  [
    'the variables that identify every system, without a token',
    {
      GITHUB_ACTIONS: 'true',
      GITLAB_CI: 'true',
      CIRCLECI: 'true',
      BUILDKITE: 'true',
      TF_BUILD: 'True',
      BITBUCKET_BUILD_NUMBER: '1',
      TFC_RUN_ID: 'run-1',
      SEMAPHORE: 'true',
      CF_BUILD_ID: '1',
      ENV0_ENVIRONMENT_ID: '1',
      VELA: 'true',
    },
  ],
  [
    'two systems that offer a token',
    {
      GITLAB_OIDC_TOKEN: 'a.b.c',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:9/',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
    },
  ],
  [
    'the variables of GitHub in a GitLab job',
    {
      GITLAB_CI: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:9/',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
    },
  ],
])('no source is touched with %s', async (_what, env) => {
  const seen = await touches(env as unknown as Record<string, string>);
  expect(seen.files.filter(foreign)).toEqual([]);
  expect(seen.processes).toEqual([]);
  expect(seen.connections).toEqual([]);
});

test('no other source is touched if the token is set', async () => {
  const seen = await touches({
    SUBJECT_TOKEN: 'any',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    GCE_METADATA_HOST: '127.0.0.1:9',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:9/',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
  });
  expect(seen.files.filter(foreign)).toEqual([]);
  expect(seen.processes).toEqual([]);
  expect(seen.connections).toEqual([dex.port]);
});

function portOf(env: Readonly<Record<string, string>>): number {
  return Number(env['GCE_METADATA_HOST']?.split(':')[1]);
}
