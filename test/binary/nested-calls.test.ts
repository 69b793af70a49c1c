import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ciClient, dexSuite } from '../support/cli-suite.ts';
import { execCredential, program } from '../support/dexchange.ts';
import { expectFailure } from '../support/expect-failure.ts';
import { type KubernetesStandIn, startKubernetesStandIn } from '../support/kubernetes.ts';

const suite = dexSuite();
let kubernetes: KubernetesStandIn;

beforeAll(async () => {
  kubernetes = await startKubernetesStandIn({ serviceAccounts: new Set(['ci/deploy']) });
});
afterAll(() => kubernetes.close());

function script(name: string, text: string): string {
  const path = suite.write(name, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** dexchange under another name, which counts how often it is started. */
function renamed(name = 'mytool'): string {
  const words = program.map((word) => `'${word}'`).join(' ');
  return script(name, `echo started >> '${join(suite.home, 'starts')}'\nexec ${words} "$@"`);
}

function starts(): number {
  const path = join(suite.home, 'starts');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

interface Plugin {
  readonly command: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A kubeconfig with a context for each plugin; the first is the current one. */
function kubeconfig(plugins: Readonly<Record<string, Plugin>>): string {
  const names = Object.keys(plugins);
  return suite.write(
    'kubeconfig',
    JSON.stringify({
      'current-context': names[0],
      contexts: names.map((name) => ({ name, context: { cluster: 'c', user: name } })),
      clusters: [
        {
          name: 'c',
          cluster: {
            server: kubernetes.url,
            'certificate-authority-data': Buffer.from(kubernetes.caPem).toString('base64'),
          },
        },
      ],
      users: Object.entries(plugins).map(([name, { command, args = [], env = {} }]) => ({
        name,
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            interactiveMode: 'Never',
            command,
            args,
            env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          },
        },
      })),
    }),
  );
}

const deploy = ['--namespace=ci', '--service-account=deploy', '--no-cache'];
const byMethod = { DEXCHANGE_METHOD: 'service-account' };

describe('a plugin that calls itself is refused at its second call:', () => {
  test('dexchange under another name, with the method in the env of the entry', async () => {
    const env = { ...byMethod, KUBECONFIG: join(suite.home, 'kubeconfig') };
    kubeconfig({ self: { command: renamed(), args: ['get-token', ...deploy], env } });
    const ended = await suite.run(['get-token', ...deploy], { env });
    expectFailure(ended, { exitCode: 2, names: [/plugin mytool of user self calls itself/] });
    expect(starts()).toBe(1);
  });

  test('dexchange run by a script that is the plugin', async () => {
    const env = { KUBECONFIG: join(suite.home, 'kubeconfig') };
    const tool = renamed();
    const plugin = script(
      'plugin.sh',
      `'${tool}' get-token ${deploy.join(' ')} --method=service-account`,
    );
    kubeconfig({ self: { command: plugin } });
    const ended = await suite.run(['whoami'], { env });
    expectFailure(ended, { exitCode: 2, names: ['plugin.sh of user self', 'calls itself'] });
    expect(starts()).toBe(1);
  });

  test.runIf(process.platform === 'linux')(
    'at the latest at its eighth, if a script clears the environment',
    async () => {
      const env = { KUBECONFIG: join(suite.home, 'kubeconfig') };
      const tool = renamed();
      const path = process.env['PATH'];
      const cleared = `env -i PATH='${path}' HOME='${suite.home}' KUBECONFIG='${env.KUBECONFIG}'`;
      const plugin = script('plugin.sh', `exec ${cleared} '${tool}' whoami --timeout=20s`);
      kubeconfig({ self: { command: plugin } });
      const ended = await suite.run(['whoami', '--timeout=20s'], { env });
      expectFailure(ended, { exitCode: 2, names: ['plugin.sh of user self'] });
      expect(starts()).toBeGreaterThan(1);
      expect(starts()).toBeLessThan(10);
    },
  );

  test('two contexts whose plugins use each other', async () => {
    const command = renamed();
    const env = { KUBECONFIG: join(suite.home, 'kubeconfig') };
    const using = (context: string): Plugin => ({
      command,
      args: ['get-token', ...deploy, `--context=${context}`],
      env: byMethod,
    });
    kubeconfig({ one: using('two'), two: using('one') });
    const ended = await suite.run(['whoami'], { env });
    expectFailure(ended, { exitCode: 2, names: ['calls itself'] });
    expect(starts()).toBe(2);
  });

  test('a command that runs kubectl, whose kubeconfig runs the command', async () => {
    const tool = renamed();
    const args = [
      ...['get-token', `--dex-url=${suite.dex.issuer}`, `--client-id=${ciClient.id}`],
      ...['--connector-id=gitlab', '--no-cache'],
    ];
    const command = join(suite.home, 'kubectl');
    const env = {
      DEXCHANGE_SUBJECT_TOKEN: 'e30.e30.e30',
      DEXCHANGE_CLIENT_SECRET_COMMAND: command,
    };
    // Like kubectl, which runs a failing plugin several times.
    script('kubectl', `for _ in 1 2 3 4 5; do '${tool}' ${args.join(' ')} && exit 0; done; exit 1`);
    const ended = await suite.run(args, { env });
    expectFailure(ended, { exitCode: 2, names: ['--client-secret-command', 'kubectl'] });
    expect(starts()).toBe(5);
  });
});

test('method service-account uses a context whose plugin is dexchange token-exchange', async () => {
  const env = {
    DEXCHANGE_SUBJECT_TOKEN: await suite.idp.mintGitlab(),
    DEXCHANGE_CLIENT_SECRET: ciClient.secret,
  };
  const exchange = ['get-token', `--dex-url=${suite.dex.issuer}`, `--client-id=${ciClient.id}`];
  const args = [...exchange, '--connector-id=gitlab'];
  // Exchanged once and cached, so that the API knows the token that the plugin returns.
  const { token } = execCredential(await suite.run(args, { env })).status;
  kubernetes.behaviour.users[token] = 'ci';
  const path = kubeconfig({ one: { command: renamed('dexchange'), args, env } });
  const flags = ['--method=service-account', `--kubeconfig=${path}`];
  const ended = await suite.run(['get-token', ...deploy, ...flags]);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(starts()).toBe(1);
});

const linux = process.platform === 'linux';

/** The processes with a variable in their environment. */
function processesWith(variable: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 200) throw new Error(`${what} in vain`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.runIf(linux)('no process remains when dexchange', () => {
  test.each<[string, NodeJS.Signals | undefined]>([
    ['reaches its deadline', undefined],
    ['gets SIGTERM', 'SIGTERM'],
    ['gets SIGINT', 'SIGINT'],
    ['gets SIGHUP', 'SIGHUP'],
    ['is killed', 'SIGKILL'],
  ])('%s', async (_what, signal) => {
    const id = `DEXCHANGE_TEST_ID=${crypto.randomUUID()}`;
    const hanging = script('hanging', 'trap "" TERM INT HUP; touch started; exec sleep 300');
    const env = {
      DEXCHANGE_CLIENT_SECRET_COMMAND: hanging,
      DEXCHANGE_SUBJECT_TOKEN: 'e30.e30.e30',
    };
    const args = ['get-token', `--dex-url=${suite.dex.issuer}`, '--client-id=ci'];
    const command = renamed();
    const path = kubeconfig({ one: { command, args: [...args, '--connector-id=gitlab'], env } });
    const [node = '', ...first] = program;
    const timeout = signal === undefined ? '6s' : '60s';
    const child = spawn(
      node,
      [...first, 'whoami', `--kubeconfig=${path}`, `--timeout=${timeout}`],
      {
        cwd: suite.home,
        env: {
          PATH: process.env['PATH'],
          HOME: suite.home,
          [id.split('=')[0] ?? '']: id.split('=')[1],
        },
        stdio: 'ignore',
      },
    );
    const ended = once(child, 'exit');
    await until(() => existsSync(join(suite.home, 'started')), 'waited for the command');
    expect(processesWith(id).length).toBeGreaterThanOrEqual(3);
    if (signal !== undefined) child.kill(signal);
    const [code, endedBy] = await ended;
    expect({ code, endedBy }).toEqual(
      signal === undefined ? { code: 2, endedBy: null } : { code: null, endedBy: signal },
    );
    await until(() => processesWith(id).length === 0, 'waited for the end of all processes');
  });
});
