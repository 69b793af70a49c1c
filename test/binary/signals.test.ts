import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { homeSuite } from '../support/cli-suite.ts';
import { program } from '../support/dexchange.ts';

const suite = homeSuite();
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

let server: Server;
let address = '';
let connections = 0;

beforeAll(async () => {
  server = createServer(() => {
    connections += 1;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const bound = server.address();
  address = typeof bound === 'object' ? `127.0.0.1:${bound?.port}` : '';
});
afterAll(() => {
  server.close();
});

/** What a call waits for, and how the test knows that it waits. */
interface Wait {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly waits: (pid: number) => boolean;
  readonly stdin?: 'pipe';
}

const secret = { DEXCHANGE_CLIENT_SECRET: 'abc-def-ghi' };
const token = { DEXCHANGE_SUBJECT_TOKEN: 'e30.e30.e30' };

const exchange = (): readonly string[] => [
  ...['get-token', `--dex-url=https://${address}`, '--client-id=ci', '--connector-id=ci'],
];

function fifo(name: string): string {
  const path = join(suite.home, name);
  execFileSync('mkfifo', [path]);
  holdOpen(path);
  return path;
}

/** A command that ignores the signals, and leaves a file when it has started. */
function deaf(name: string): readonly [string, () => boolean] {
  const started = join(suite.home, name);
  const path = suite.write(`${name}.sh`, `trap "" TERM INT HUP\ntouch '${started}'\nsleep 300\n`);
  return [`sh ${path}`, () => existsSync(started)];
}

function hasOpen(path: string): (pid: number) => boolean {
  return (pid) => {
    const opened = execFileSync('sh', ['-c', `ls -l /proc/${pid}/fd || true`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return opened.includes(path);
  };
}

/** The flag with a kubeconfig whose plugin is a command. */
function withPlugin(words: string): string {
  const [command = '', ...args] = words.split(' ');
  const apiVersion = 'client.authentication.k8s.io/v1';
  const text = JSON.stringify({
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: `https://${address}` } }],
    users: [{ name: 'u', user: { exec: { apiVersion, interactiveMode: 'Never', command, args } } }],
  });
  return `--kubeconfig=${suite.write(`kubeconfig-of-${args.join('-').replaceAll(/\W+/g, '-')}`, text)}`;
}

/** Every kind of wait, made anew for each signal. */
function waits(id: string): Readonly<Record<string, Wait>> {
  const before = connections;
  const [command, started] = deaf(`command-${id}`);
  const [plugin, pluginStarted] = deaf(`plugin-${id}`);
  const [other, otherStarted] = deaf(`other-${id}`);
  const [subject, authority] = [fifo(`subject-${id}`), fifo(`authority-${id}`)];
  return {
    'a server': {
      args: exchange(),
      env: { ...secret, ...token },
      waits: () => connections > before,
    },
    'a pipe': {
      args: [...exchange(), `--subject-token-file=${subject}`],
      env: secret,
      waits: hasOpen(subject),
    },
    'a pipe, after the parts for the network are loaded': {
      args: [...exchange(), `--dex-certificate-authority=${authority}`],
      env: { ...secret, ...token },
      waits: hasOpen(authority),
    },
    'a command': {
      args: [...exchange(), `--client-secret-command=${command}`],
      env: token,
      waits: started,
    },
    'a plugin': { args: ['whoami', withPlugin(plugin)], waits: pluginStarted },
    'a plugin and more': { args: ['doctor', withPlugin(other)], waits: otherStarted },
    stdin: { args: ['decode'], stdin: 'pipe', waits: hasOpen('socket:') },
  };
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 300) throw new Error(`${what} in vain`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A pipe that a test holds open, so that its reader waits. */
function holdOpen(path: string): void {
  const holder = spawn('sh', ['-c', 'exec 3<>"$0"; exec sleep 60', path], { stdio: 'ignore' });
  onTestFinished(() => {
    holder.kill('SIGKILL');
  });
}

test.each(signals)('%s ends a call at once, whatever it waits for', async (signal) => {
  const faults: string[] = [];
  for (const [name, wait] of Object.entries(waits(signal))) {
    const [node = '', ...first] = program;
    const child = spawn(node, [...first, ...wait.args], {
      cwd: suite.home,
      env: { PATH: process.env['PATH'], HOME: suite.home, ...wait.env },
      stdio: [wait.stdin ?? 'ignore', 'ignore', 'ignore'],
    });
    const ended = once(child, 'exit');
    await until(() => wait.waits(child.pid ?? 0), `waited for the call that waits for ${name}`);
    const sentAt = performance.now();
    child.kill(signal);
    const [, by] = await ended;
    const tookMs = performance.now() - sentAt;
    // The default timeout of 30 s is what would end it otherwise.
    if (by !== signal || tookMs > 10_000) faults.push(`${name}: ${by} after ${tookMs} ms`);
  }
  expect(faults).toEqual([]);
});

/** Runs a shell script in a terminal of its own, and collects what it prints there. */
function inTerminal(script: string): {
  readonly ended: Promise<unknown>;
  readonly type: (text: string) => void;
  readonly screen: () => string;
} {
  const child = spawn('script', ['-qec', script, '/dev/null'], {
    cwd: suite.home,
    env: { PATH: process.env['PATH'], HOME: suite.home, SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  child.stdin.on('error', () => {});
  return {
    ended: once(child, 'close'),
    type: (text) => child.stdin.write(text),
    screen: () => screen,
  };
}

const hasScript = existsSync('/usr/bin/script');
const basicAuth = ['kubeconfig', 'basic-auth', '--username=u', '--public-ca'];

test.runIf(hasScript).each(signals)(
  '%s at a prompt ends the call and restores the echo',
  async (signal) => {
    const words = [...program, ...basicAuth, `--server=https://${address}`].join(' ');
    const inner = suite.write('inner.sh', `echo $$ > pid\nexec ${words}\n`);
    const terminal = inTerminal(`sh ${inner}; echo code $?; stty -a`);
    await until(() => terminal.screen().includes('password of u:'), 'waited for the prompt');
    process.kill(Number(readFileSync(join(suite.home, 'pid'), 'utf8')), signal);
    await terminal.ended;
    expect(terminal.screen()).toMatch(/code (?:129|130|143)/);
    expect(terminal.screen()).toMatch(/ echo /);
  },
);

test.runIf(hasScript)('the time at a prompt does not count', async () => {
  const args = [...basicAuth, '--verify', '--timeout=1500ms', '--server=https://127.0.0.1:1'];
  const terminal = inTerminal([...program, ...args].join(' '));
  await until(() => terminal.screen().includes('password of u:'), 'waited for the prompt');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  terminal.type('pass-word\r');
  await terminal.ended;
  expect(terminal.screen()).toMatch(/127\.0\.0\.1:1 refused the connection/);
});

test('SIGUSR1 opens no inspector, and does not end the call', async () => {
  const [node = '', ...first] = program;
  const child = spawn(node, [...first, 'decode'], {
    cwd: suite.home,
    env: { PATH: process.env['PATH'], HOME: suite.home },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // Before the program has its listener, the signal opens the inspector, which does not publish its address.
  await new Promise((resolve) => setTimeout(resolve, 500));
  child.kill('SIGUSR1');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(listeningSockets(child.pid ?? 0)).toBe(0);
  child.stdin.end('e30.e30.e30');
  expect(await ended).toEqual([0, null]);
  expect(stderr).toBe('');
});

/** How many TCP sockets of a process listen (proc(5), /proc/net/tcp: state 0A). */
function listeningSockets(pid: number): number {
  const own = execFileSync('sh', ['-c', `ls -l /proc/${pid}/fd`], { encoding: 'utf8' });
  const lines = readFileSync('/proc/net/tcp', 'utf8').trim().split('\n').slice(1);
  const inodes = lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === '0A')
    .map((fields) => fields[9]);
  return inodes.filter((inode) => own.includes(`socket:[${inode}]`)).length;
}
