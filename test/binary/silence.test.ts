import { execFileSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCa } from '../support/certificates.ts';
import { homeSuite } from '../support/cli-suite.ts';
import { dexchange } from '../support/dexchange.ts';
import type { Ended } from '../support/run-to-end.ts';
import { startTokenCall } from './token-call.ts';

const suite = homeSuite();

/** The timeout of every call here. */
const timeoutMs = 1000;

/** What a call may take beyond its timeout, and what a busy machine may add to that. */
const lateMs = 1000;
const noiseMs = 4000;

/** One call of the program that must not outlive its timeout. */
interface SilentCall {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly wrapper?: readonly string[];
  /** What its report must name: the peer, the file or the command that it waited for. */
  readonly names: RegExp;
  /** Default: any but 0 and 1. */
  readonly exitCode?: number;
}

/** Runs the calls a few at a time, and returns what is wrong with each that is not as it should be. */
async function faultsOf(calls: readonly SilentCall[]): Promise<readonly string[]> {
  const faults: string[] = [];
  const rest = [...calls];
  const worker = async (): Promise<void> => {
    for (let call = rest.shift(); call !== undefined; call = rest.shift()) {
      const startedAt = performance.now();
      const ended = await dexchange([...call.args, `--timeout=${timeoutMs}ms`], {
        cwd: suite.home,
        env: { HOME: suite.home, ...call.env },
        ...(call.wrapper === undefined ? {} : { wrapper: call.wrapper }),
      });
      const fault = faultOf(call, ended, performance.now() - startedAt);
      if (fault !== '') faults.push(`${call.name}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return faults;
}

function faultOf({ names, exitCode }: SilentCall, ended: Ended, tookMs: number): string {
  const report = `${ended.stdout}${ended.stderr}`;
  if (tookMs > timeoutMs + lateMs + noiseMs) return `took ${Math.round(tookMs)} ms: ${report}`;
  const isExpected = exitCode === undefined ? (ended.code ?? 0) > 1 : ended.code === exitCode;
  if (!isExpected) return `ended with ${ended.code}: ${report}`;
  return names.test(report) ? '' : `says ${report}`;
}

const jwt = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"sub":"ci","exp":9999999999}').toString('base64url')}.c2ln`;

/** The flags of a token exchange at a Dex. */
const exchangeAt = (dexUrl: string): readonly string[] => [
  ...[`--dex-url=${dexUrl}`, '--client-id=ci', '--connector-id=ci', '--no-cache'],
  '--dex-insecure-skip-tls-verify',
];
const secrets = { DEXCHANGE_CLIENT_SECRET: 'abc-def-ghi', DEXCHANGE_SUBJECT_TOKEN: jwt };

function kubeconfig(name: string, server: string, user: unknown, cluster: object = {}): string {
  return suite.write(
    name,
    JSON.stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true, ...cluster } }],
      users: [{ name: 'u', user }],
    }),
  );
}

const execEntry = (command: string, args: readonly string[] = [], env: object = {}) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    interactiveMode: 'Never',
    command,
    args,
    env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
  },
});

/** The servers that are silent in some way. */
interface Silent {
  readonly name: string;
  readonly url: string;
}
const closing: (() => void)[] = [];
let peers: readonly Silent[] = [];
let silentTcp = '';
let authorityPem = '';
let silentHeaders = '';

async function listen(server: Server): Promise<number> {
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const ca = await createCa();
  authorityPem = ca.certPem;
  const { certPem: cert, keyPem: key } = await ca.issue({
    commonName: 'silent',
    hosts: ['127.0.0.1'],
  });
  const dribble = createHttpsServer({ cert, key }, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 1000);
    response.on('close', () => clearInterval(timer));
  });
  silentTcp = `127.0.0.1:${await listen(createTcpServer())}`;
  silentHeaders = `https://127.0.0.1:${await listen(createHttpsServer({ cert, key }, () => {}))}`;
  peers = [
    { name: 'no route', url: 'https://192.0.2.1' },
    { name: 'a silent TLS handshake', url: `https://${silentTcp}` },
    { name: 'silent headers', url: silentHeaders },
    { name: 'a dribbling body', url: `https://127.0.0.1:${await listen(dribble)}` },
  ];
});
afterAll(() => {
  for (const close of closing) close();
});

/** Every command that talks to a server, with that server at an address. */
function callsTo({ name, url }: Silent, env: Readonly<Record<string, string>> = {}): SilentCall[] {
  const { host } = new URL(url);
  const names = new RegExp(`${host.replaceAll('.', '\\.')}|no data|timeout`);
  const context = kubeconfig(`${name}.kubeconfig`, url, { token: 'abc' });
  const call = (
    what: string,
    args: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): SilentCall => ({
    name: `${what}, ${name}`,
    args,
    env: { ...env, ...more },
    names,
    exitCode: 5,
  });
  const exchange = exchangeAt(url);
  return [
    call('get-token', ['get-token', ...exchange], secrets),
    call('get-token --explain', ['get-token', '--explain', ...exchange], secrets),
    call('DEXCHANGE_EXPLAIN', ['get-token', ...exchange], {
      ...secrets,
      DEXCHANGE_EXPLAIN: 'json',
    }),
    call(
      'client credentials',
      [
        ...['get-token', ...exchangeAt('https://dex.example.com'), `--idp-issuer-url=${url}`],
        '--idp-client-id=ci',
      ],
      { DEXCHANGE_CLIENT_SECRET: 'abc-def-ghi', DEXCHANGE_IDP_CLIENT_SECRET: 'ghi-jkl' },
    ),
    call('github', ['get-token', '--identity=github', ...exchangeAt('https://dex.example.com')], {
      DEXCHANGE_CLIENT_SECRET: 'abc-def-ghi',
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/?x=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'abc-request-token',
    }),
    call('whoami', ['whoami', `--kubeconfig=${context}`]),
    call('discover', ['discover', `--kubeconfig=${context}`]),
    call('doctor', ['doctor', ...exchange], secrets),
    call('kubeconfig --discover', [
      ...['kubeconfig', 'token-exchange', '--discover', `--kubeconfig=${context}`],
      '--connector-id=ci',
    ]),
    call(
      'kubeconfig --verify',
      ['kubeconfig', 'basic-auth', '--verify', `--server=${url}`, '--username=u', '--public-ca'],
      { K8S_PASSWORD: 'abc-def' },
    ),
    call('method service-account', [
      ...['get-token', '--method=service-account', `--kubeconfig=${context}`, '--no-cache'],
      ...['--namespace=ci', '--service-account=deploy'],
    ]),
  ];
}

test('no command waits longer for a server', async () => {
  expect(await faultsOf(peers.flatMap((peer) => callsTo(peer)))).toEqual([]);
});

test('--explain waits no longer for the API server than the timeout', async () => {
  const { dex, args, env } = await startTokenCall();
  const authority = suite.write('ca.crt', authorityPem);
  closing.push(() => dex.close());
  const calls = peers.map(({ name, url }) => ({
    name,
    args: [...args, '--explain', `--server=${url}`, `--dex-certificate-authority=${authority}`],
    env,
    names: new RegExp(`FAILED: .*${new URL(url).hostname}`),
    // The credential was obtained.
    exitCode: 0,
  }));
  expect(await faultsOf(calls)).toEqual([]);
});

test('no command waits longer for a proxy', async () => {
  const dead = { name: 'a silent proxy', url: 'https://dex.example.com' };
  const calls = callsTo(dead, { HTTPS_PROXY: `http://${silentTcp}` });
  expect(await faultsOf(calls)).toEqual([]);
});

/** Runs a command in a network of its own, with a name server that never answers. */
const silentDns = [
  ...['unshare', '-rnmpf', '--kill-child', 'sh', '-c'],
  `ip link set lo up && mount --bind "$1" /etc/resolv.conf && shift &&
   { "$1" -e "require('dgram').createSocket('udp4').bind(53, '127.0.0.1')" & } && shift && "$@"`,
  'sh',
];
const canUnshare = ((): boolean => {
  try {
    execFileSync('unshare', ['-rnmpf', 'sh', '-c', 'ip link set lo up'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

// Needs namespaces for users, networks and mounts, which some containers do not allow.
test.runIf(canUnshare)('no command waits longer for a name server', async () => {
  const resolv = suite.write('resolv.conf', 'nameserver 127.0.0.1\n');
  const wrapper = [...silentDns, resolv, process.execPath];
  const calls = callsTo({ name: 'silent DNS', url: 'https://silent.example.com' });
  expect(await faultsOf(calls.map((call) => ({ ...call, wrapper })))).toEqual([]);
});

/** A FIFO: without any writer, or with one that never writes. */
function fifo(name: string, hasWriter: boolean): string {
  const path = join(suite.home, name);
  execFileSync('mkfifo', [path]);
  if (hasWriter) {
    const file = openSync(path, 'r+');
    closing.push(() => closeSync(file));
  }
  return path;
}

/** Every setting and field that names a file, with that file at a path. */
function callsWithFile(path: string, kind: string): SilentCall[] {
  const call = (
    what: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = secrets,
    names = /silent-fifo (?:of the kubeconfig )?sent no data in time/,
  ): SilentCall => ({ name: `${what}, ${kind}`, args, env, names });
  const exchange = ['get-token', ...exchangeAt(`https://${silentTcp}`)];
  const secret = { DEXCHANGE_CLIENT_SECRET: 'abc-def-ghi' };
  const idp = ['--idp-token-url=https://idp.example.com/token', '--idp-client-id=ci'];
  const whoami = (field: string, user: unknown, cluster: object = {}): SilentCall =>
    call(`${field} of a kubeconfig`, [
      'whoami',
      `--kubeconfig=${kubeconfig(`${kind} ${field}`, `https://${silentTcp}`, user, cluster)}`,
    ]);
  const basicAuth = [
    'kubeconfig',
    'basic-auth',
    '--server=https://api.example.com',
    '--username=u',
  ];
  const serviceAccount = ['kubeconfig', 'service-account', '--server=https://api.example.com'];
  return [
    call('certificate-authority', [...exchange, `--dex-certificate-authority=${path}`]),
    ...['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'].map((variable) => ({
      ...call(variable, ['get-token', ...exchangeAt(silentHeaders).slice(0, -1)]),
      env: { ...secrets, [variable]: path },
      names: /127\.0\.0\.1/,
      exitCode: 5,
    })),
    call('client-certificate', [...exchange, `--dex-client-certificate=${path}`]),
    call('client-key', [
      ...exchange,
      `--dex-client-certificate=/dev/null`,
      `--dex-client-key=${path}`,
    ]),
    call('client-secret-file', [...exchange, `--client-secret-file=${path}`], {
      DEXCHANGE_SUBJECT_TOKEN: jwt,
    }),
    call('subject-token-file', [...exchange, `--subject-token-file=${path}`], secret),
    call(
      'idp-client-secret-file',
      [...exchange, ...idp, `--idp-client-secret-file=${path}`],
      secret,
    ),
    call(
      'idp-private-key-file',
      [...exchange, ...idp, '--idp-auth-method=private_key_jwt', `--idp-private-key-file=${path}`],
      secret,
    ),
    call('password-file', [...basicAuth, '--public-ca', `--password-file=${path}`]),
    call('server-certificate-authority', [...basicAuth, `--server-certificate-authority=${path}`], {
      K8S_PASSWORD: 'abc-def',
    }),
    call('token-file', [
      ...serviceAccount,
      ...['--public-ca', '--embed-secrets', `--token-file=${path}`],
    ]),
    {
      ...call('write-to', [...basicAuth, '--public-ca', `--write-to=${path}`]),
      env: { K8S_PASSWORD: 'abc-def' },
      names: /silent-fifo is a device, pipe or socket, not a regular file/,
      exitCode: 2,
    },
    call('kubeconfig', ['whoami', `--kubeconfig=${path}`]),
    call('KUBECONFIG', ['discover'], { KUBECONFIG: `/nowhere:${path}` }),
    call('get-token --kubeconfig', ['get-token', `--kubeconfig=${path}`]),
    call('decode', ['decode', path]),
    whoami('tokenFile', { tokenFile: path }),
    whoami(
      'certificate-authority',
      { token: 'abc' },
      {
        'certificate-authority': path,
        'insecure-skip-tls-verify': false,
      },
    ),
    whoami('client-certificate', { 'client-certificate': path, 'client-key': '/dev/null' }),
    whoami('client-key', { 'client-certificate': '/dev/null', 'client-key': path }),
    {
      ...call('stdin', ['decode'], {}, /stdin (?:did not end in time|is empty)/),
      wrapper: ['sh', '-c', 'exec 3<>"$0"; exec "$@" <"$0" 3>&-', path],
    },
  ];
}

describe('no command waits longer for a FIFO', () => {
  test.each([
    ['without a writer', false],
    ['whose writer is silent', true],
  ])('%s', async (kind, hasWriter) => {
    const path = fifo('silent-fifo', hasWriter);
    expect(await faultsOf(callsWithFile(path, kind))).toEqual([]);
  });
});

test('no command waits longer for a process', async () => {
  const exchange = ['get-token', ...exchangeAt(`https://${silentTcp}`)];
  const plugin = (name: string, ...command: [string, ...string[]]): SilentCall => {
    const [program, ...args] = command;
    const path = kubeconfig(name, 'https://192.0.2.1', execEntry(program, args));
    return {
      name: `plugin that ${name}`,
      args: ['whoami', `--kubeconfig=${path}`],
      names: /plugin/,
    };
  };
  const kinds: readonly [string, [string, ...string[]]][] = [
    ['hangs', ['sleep', '300']],
    ['ignores SIGTERM', ['sh', '-c', 'trap "" TERM INT HUP; sleep 300']],
    ['leaves its output open', ['sh', '-c', 'setsid sleep 8 & exit 0']],
    ['floods its output', ['cat', '/dev/zero']],
    ['floods stderr', ['sh', '-c', 'cat /dev/zero >&2']],
  ];
  const calls = kinds.flatMap(([name, command]): readonly SilentCall[] => [
    plugin(name, ...command),
    ...(['client-secret', 'subject-token'] as const).map((setting) => ({
      name: `${setting}-command that ${name}`,
      args: [...exchange, `--${setting}-command=${command.map((word) => `'${word}'`).join(' ')}`],
      env:
        setting === 'subject-token'
          ? { DEXCHANGE_CLIENT_SECRET: 'abc-def-ghi' }
          : { DEXCHANGE_SUBJECT_TOKEN: jwt },
      names: new RegExp(`${setting}-command`),
    })),
    {
      name: `password-command that ${name}`,
      args: [
        ...['manifests', 'basic-auth', '--username=u'],
        `--password-command=${command.map((word) => `'${word}'`).join(' ')}`,
      ],
      names: /./,
    },
  ]);
  expect(await faultsOf(calls)).toEqual([]);
});
