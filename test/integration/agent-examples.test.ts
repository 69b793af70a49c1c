import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { splitWords } from '../../src/config/command-words.ts';
import { ciClient, dexSuite, idpSecret } from '../support/cli-suite.ts';
import { program } from '../support/dexchange.ts';
import { type ExampleFile, exampleFiles, yamlDocuments } from '../support/examples.ts';
import { execKubeconfig } from '../support/exec-kubeconfig.ts';
import { type GitlabJob, runnerScript } from '../support/gitlab-job.ts';
import { runToEnd } from '../support/run-to-end.ts';

// Runs the examples of exec and the agent, with stand-ins for Dex, the CI system and its clients.

const suite = dexSuite();

function example(path: string): ExampleFile {
  const file = exampleFiles().find((each) => each.path === path);
  if (file === undefined) throw new Error(`there is no example ${path}`);
  return file;
}

/** Puts dexchange into PATH, and clients that say in `seen` with which user they are called. */
async function job(): Promise<Record<string, string>> {
  const script = (name: string, text: string) =>
    chmodSync(suite.write(`bin/${name}`, `#!/bin/sh\n${text}\n`), 0o755);
  script('dexchange', `exec ${program.map((word) => `'${word}'`).join(' ')} "$@"`);
  for (const client of ['kubectl', 'helm', 'terraform']) {
    script(
      client,
      `{ echo "${client} $1"; grep -o 'tokenFile": "/' "$KUBE_CONFIG_PATH"; ls "$DEXCHANGE_TOKEN_FILE"; } >> '${suite.home}/seen'`,
    );
  }
  return {
    PATH: `${join(suite.home, 'bin')}:${process.env['PATH']}`,
    HOME: suite.home,
    XDG_RUNTIME_DIR: suite.home,
    KUBECONFIG: suite.write('kubeconfig.yaml', execKubeconfig(suite.dex.issuer)),
    CI_TOKEN: await suite.idp.mintGitlab(),
    DEXCHANGE_CLIENT_SECRET: ciClient.secret,
  };
}

/** The calls of clients that were made with a token file. */
function seen(): readonly string[] {
  const text = readFileSync(join(suite.home, 'seen'), 'utf8');
  return [...text.matchAll(/^(\S+ \S+)\ntokenFile": "\/\n\/.*\/token$/gm)].map(
    ([, call = '']) => call,
  );
}

const folders = () => readdirSync(suite.home).filter((name) => name.startsWith('dexchange-run'));

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 50) {
    if (waited > 20_000) throw new Error('it did not happen in time');
    await pause(50);
  }
}

test('a GitLab job with an agent ends, and the agent with it', async () => {
  const jobs = parse(example('gitlab/gitlab-ci.yml').text) as Record<
    string,
    GitlabJob & { readonly script: readonly string[] }
  >;
  const manyCalls = jobs['many calls'];
  if (manyCalls === undefined) throw new Error('there is no job many calls');
  const text = runnerScript(manyCalls, manyCalls.script);
  const ended = await runToEnd('bash', ['-c', text], { env: await job(), cwd: suite.home });
  expect(ended).toMatchObject({ code: 0 });
  expect(seen()).toEqual(['kubectl rollout', 'kubectl rollout', 'helm upgrade']);
  await until(() => folders().length === 0);
});

test('all steps of a GitHub job share an agent, which ends with the container', async () => {
  const { jobs } = parse(example('github/deploy.yaml').text) as {
    jobs: Record<string, { steps: { run?: string }[] }>;
  };
  const steps = jobs['many-calls']?.steps.flatMap(({ run }) => run ?? []) ?? [];
  // Process 1 of the container.
  const container = spawn('sleep', ['600'], { stdio: 'ignore' });
  onTestFinished(() => {
    container.kill('SIGKILL');
  });
  const file = suite.write('github-env', '');
  let env: Record<string, string> = { ...(await job()), GITHUB_ENV: file, GITHUB_ACTIONS: 'true' };
  for (const step of steps) {
    const script = suite.write(
      'step.sh',
      step.replace('agent start', `agent start --owner-pid ${container.pid}`),
    );
    const ended = await runToEnd('sh', ['-e', script], { env, cwd: suite.home });
    expect(ended, step).toMatchObject({ code: 0, stdout: '' });
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    env = { ...env, ...Object.fromEntries(lines.map((line) => line.split('=', 2))) };
  }
  expect(seen()).toEqual(['kubectl rollout', 'kubectl rollout', 'helm upgrade']);
  expect(folders()).toHaveLength(1);
  container.kill('SIGKILL');
  await until(() => folders().length === 0);
});

test('terraform, helm and kubectl run within exec', async () => {
  const script = suite.write('deploy.sh', example('exec/deploy.sh').text);
  const ended = await runToEnd('sh', [script], {
    env: { ...(await job()), KUBE_CONFIG_PATH: '/dev/null', DEXCHANGE_TOKEN_FILE: '/dev/null' },
    cwd: suite.home,
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(seen()).toEqual([
    ...['terraform apply', 'helm upgrade'],
    ...['kubectl rollout', 'kubectl rollout'],
  ]);
  expect(folders()).toEqual([]);
});

/** Runs the agent of an example with its words, and returns the addresses of its pages. */
async function agent(words: readonly string[], replaced: Readonly<Record<string, string>>) {
  const port = await freePort();
  const args = words.map((word) => {
    const text = Object.entries(replaced).reduce(
      (all, [from, to]) => all.replaceAll(from, to),
      word,
    );
    return text.replace(/^(--listen=.*:)\d+$/, `$1${port}`);
  });
  const [file, ...first] = program;
  const child = spawn(file, [...first, ...args], {
    cwd: suite.home,
    env: { ...(await job()), KUBECONFIG: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  await until(() => stderr.includes('ready: ') || child.exitCode !== null);
  expect(child.exitCode, stderr).toBeNull();
  const statusOf = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  return { child, statusOf };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface Container {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [probe: `${string}Probe`]: {
    readonly httpGet: { readonly path: string; readonly port: number };
  };
}

describe('the sidecar', () => {
  const [manifest] = yamlDocuments(example('sidecar/job.yaml')) as [
    { spec: { template: { spec: Record<'initContainers' | 'containers', Container[]> } } },
  ];
  const { initContainers, containers } = manifest.spec.template.spec;
  const [sidecar] = initContainers;
  const [main] = containers;
  if (sidecar === undefined || main === undefined) throw new Error('it has two containers');

  test('is native, and its probes are pages of the agent on the port of --listen', () => {
    expect(sidecar.restartPolicy).toBe('Always');
    const port = Number(sidecar.args.find((arg) => arg.startsWith('--listen='))?.split(':')[1]);
    const probes = ['startup', 'readiness', 'liveness'].map(
      (name) => sidecar[`${name}Probe`]?.httpGet,
    );
    expect(probes).toEqual([
      { path: '/readyz', port },
      { path: '/readyz', port },
      { path: '/healthz', port },
    ]);
  });

  test('writes the kubeconfig of the main container into their common volume', async () => {
    const volume = join(suite.home, 'credential');
    mkdirSync(volume, { mode: 0o700 });
    const [mount] = main.volumeMounts;
    const kubeconfig = main.env.find(({ name }) => name === 'KUBECONFIG')?.value ?? '';
    expect(sidecar.volumeMounts).toContainEqual({ ...mount, readOnly: undefined });
    expect(kubeconfig.startsWith(`${mount?.mountPath}/`)).toBe(true);
    const { child, statusOf } = await agent(sidecar.args, {
      [mount?.mountPath ?? '']: volume,
      'https://dex.example.com/': suite.dex.issuer,
      '--connector-id=tekton': '--connector-id=gitlab',
      // A pod has its token in a file that this machine has not.
      '--identity=kubernetes': '--subject-token-env=CI_TOKEN',
      '--listen=0.0.0.0': '--listen=127.0.0.1',
    });
    expect(await statusOf('/readyz')).toBe(200);
    expect(await statusOf('/healthz')).toBe(200);
    const { users } = parse(
      readFileSync(kubeconfig.replace(mount?.mountPath ?? '', volume), 'utf8'),
    );
    expect(users[0].user.tokenFile).toBe(join(volume, 'token'));
    expect(decodeJwt(readFileSync(join(volume, 'token'), 'utf8'))).toMatchObject({
      email: 'sample-user@example.com',
    });
    child.kill('SIGTERM');
    await until(() => child.exitCode !== null);
    expect(child.exitCode).toBe(0);
  });
});

describe('the systemd unit', () => {
  const { text } = example('systemd/dexchange-agent.service');
  const lines = text.replace(/\\\n\s*/g, '').split('\n');
  const value = (name: string) =>
    lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1);

  test('has the directives of its type, and only those that systemd knows', () => {
    expect(value('Type')).toBe('notify');
    // systemd-notify is a child of the agent.
    expect(value('NotifyAccess')).toBe('all');
    for (const line of lines)
      expect(line).toMatch(/^(?:#.*|\[(?:Unit|Service|Install)\]|[A-Z]\w+=.*|)$/);
    const unit = suite.write(
      'dexchange-agent.service',
      text.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'),
    );
    const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
    if (verified.error === undefined) expect(verified.stderr).not.toContain('dexchange-agent');
  });

  test('starts an agent', async () => {
    const [command = '', ...words] = splitWords(value('ExecStart') ?? '') ?? [];
    expect(command).toMatch(/^\/.*\/dexchange$/);
    const runtime = join(suite.home, 'runtime');
    mkdirSync(join(runtime, value('RuntimeDirectory') ?? ''), { recursive: true, mode: 0o700 });
    suite.write('credentials/client-secret', ciClient.secret);
    suite.write('credentials/idp-client-secret', idpSecret);
    const { child, statusOf } = await agent(words, {
      '%t': runtime,
      '%d': join(suite.home, 'credentials'),
      'https://dex.example.com/': suite.dex.issuer,
      'https://keycloak.example.com/realms/ci': suite.idp.issuer,
      '--idp-client-id=deploy': '--idp-client-id=ci-client',
    });
    expect(await statusOf('/readyz')).toBe(200);
    expect(existsSync(join(runtime, 'dexchange/kubeconfig'))).toBe(true);
    child.kill('SIGTERM');
    await until(() => child.exitCode !== null);
    expect(child.exitCode).toBe(0);
  });
});
