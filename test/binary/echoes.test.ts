import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CertificateAuthority, createCa } from '../support/certificates.ts';
import { homeSuite } from '../support/cli-suite.ts';
import {
  type Answer,
  parseBasic,
  type RecordedRequest,
  type RunningServer,
  startHttpServer,
} from '../support/http-server.ts';
import { echoes, leaksIn, secretShapes } from '../support/leaks.ts';
import type { Ended } from '../support/run-to-end.ts';

// Every command against peers that repeat all secrets that they receive, in every form: nothing of
// them is on stdout or stderr.

const suite = homeSuite();

let ca: CertificateAuthority;
let api: RunningServer;
let peer: RunningServer;
let answer: (echo: string) => Answer;
let turn = 0;

beforeAll(async () => {
  ca = await createCa();
  const tls = await ca.issue({ commonName: 'api', hosts: ['127.0.0.1'] });
  api = await startHttpServer({ tls }, {}, respond);
  peer = await startHttpServer({}, {}, respond);
});
afterAll(() => Promise.all([api.close(), peer.close()]));

/** Answers with the secrets of the request, each time in other forms first. */
function respond(request: RecordedRequest): Answer {
  const header =
    request.headers.authorization ?? String(request.headers['proxy-authorization'] ?? '');
  const secrets = [header, header.replace(/^\w+ /, ''), parseBasic(header)?.password ?? ''];
  for (const name of ['subject_token', 'client_secret', 'client_assertion']) {
    secrets.push(request.form.get(name) ?? '');
  }
  const received = secrets.filter((secret) => secret !== '');
  const forms = Object.values(echoes);
  const echoed = forms.flatMap((_, at) => {
    const echo = forms[(at + turn) % forms.length] ?? String;
    return received.map(echo);
  });
  turn += 1;
  return answer(echoed.join(' | '));
}

const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

const oneLine = (text: string): string => text.replace(/[^ -~]/g, '?').slice(0, 4000);

const answers: Readonly<Record<string, (echo: string) => Answer>> = {
  'an OAuth error': (echo) => json(400, { error: 'odd', error_description: `got ${echo}` }),
  'an error code': (echo) => json(400, { error: echo }),
  'a Status': (echo) => json(403, { kind: 'Status', message: `forbidden: ${echo}` }),
  'plain text': (echo) => ({ status: 400, headers: { 'Content-Type': 'text/plain' }, body: echo }),
  HTML: (echo) => ({
    status: 403,
    headers: { 'Content-Type': 'text/html' },
    body: `<p>${echo}</p>`,
  }),
  'a busy server': (echo) => ({ status: 503, headers: { 'Retry-After': '99' }, body: echo }),
  'a redirect': (echo) => ({
    status: 302,
    headers: { Location: `https://login.example.com/?${encodeURIComponent(oneLine(echo))}` },
  }),
  'success with nonsense': (echo) => ({ status: 200, body: echo }),
  'success with other JSON': (echo) =>
    json(200, { access_token: echo, value: echo, status: { userInfo: { username: echo } } }),
  'a header': (echo) => ({ status: 401, headers: { 'WWW-Authenticate': oneLine(echo) } }),
};

interface Sent {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const exchange = ['--client-id=ci', '--connector-id=gitlab', '--no-cache', '--timeout=20s'];

/** The commands; each sends the secret, and a second one where it sends two. */
const commands: Readonly<Record<string, (secret: string, other: string) => Sent>> = {
  'get-token': (secret, other) => ({
    args: ['get-token', `--dex-url=${peer.origin}`, ...exchange],
    env: { DEXCHANGE_CLIENT_SECRET: secret, SUBJECT_TOKEN: other },
  }),
  'get-token -v': (secret, other) => ({
    args: ['get-token', '-v', `--dex-url=${peer.origin}`, ...exchange],
    env: { DEXCHANGE_CLIENT_SECRET: other, SUBJECT_TOKEN: secret },
  }),
  'get-token --explain': (secret, other) => ({
    args: ['get-token', '--explain', `--dex-url=${peer.origin}`, ...exchange],
    env: { DEXCHANGE_CLIENT_SECRET: secret, SUBJECT_TOKEN: other },
  }),
  'get-token --explain=json': (secret, other) => ({
    args: ['get-token', '--explain=json', `--dex-url=${peer.origin}`, ...exchange],
    env: { DEXCHANGE_CLIENT_SECRET: other, SUBJECT_TOKEN: secret },
  }),
  'client credentials': (secret, other) => ({
    args: [
      ...['get-token', '-v', `--dex-url=${peer.origin}`, ...exchange],
      ...['--idp-client-id=ci', `--idp-token-url=${peer.origin}/token`],
    ],
    env: { DEXCHANGE_CLIENT_SECRET: other, DEXCHANGE_IDP_CLIENT_SECRET: secret },
  }),
  'GitHub Actions': (secret, other) => ({
    args: ['get-token', '--explain', `--dex-url=${peer.origin}`, ...exchange],
    env: {
      DEXCHANGE_CLIENT_SECRET: other,
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${peer.origin}/oidc?x=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
    },
  }),
  'a proxy': (secret) => ({
    args: ['get-token', '-v', '--dex-url=http://dex.example.com', '--allow-http', ...exchange],
    env: {
      DEXCHANGE_CLIENT_SECRET: 'any-secret',
      SUBJECT_TOKEN: 'any-token',
      HTTP_PROXY: peer.origin.replace('//', `//ci:${encodeURIComponent(secret)}@`),
    },
  }),
  whoami: (secret) => withKubeconfig(['whoami'], { token: secret }),
  'whoami with a password': (secret) =>
    withKubeconfig(['whoami'], { username: 'jane', password: secret }),
  'whoami with a plugin': (secret) => {
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', status: { token: secret } };
    const output = suite.write('credential.json', JSON.stringify(credential));
    const exec = { apiVersion: credential.apiVersion, command: 'cat', args: [output] };
    return withKubeconfig(['whoami'], { exec: { ...exec, interactiveMode: 'Never' } });
  },
  doctor: (secret) => withKubeconfig(['doctor'], { token: secret }),
  'doctor of an administrator': (secret) =>
    withKubeconfig(['doctor', '--for=admin', '-o', 'json'], { token: secret }),
  discover: (secret) => withKubeconfig(['discover', '-o', 'shell'], { token: secret }),
  'service-account': (secret) =>
    withKubeconfig(
      ['get-token', '-v', '--method=service-account', '-n', 'ci', '--service-account=deploy'],
      { token: secret },
    ),
  'kubeconfig --discover': (secret) =>
    withKubeconfig(
      ['kubeconfig', 'service-account', '--discover', '-n', 'ci', '--service-account=d'],
      {
        token: secret,
      },
    ),
  'kubeconfig --verify': (secret) => ({
    args: [
      ...['kubeconfig', 'basic-auth', '--verify', '--username=jane', `--server=${api.origin}`],
      `--server-certificate-authority=${suite.write('ca.pem', ca.certPem)}`,
    ],
    env: { DEXCHANGE_PASSWORD: secret },
  }),
};

function withKubeconfig(args: readonly string[], user: Readonly<Record<string, unknown>>): Sent {
  const authority = Buffer.from(ca.certPem).toString('base64');
  const cluster = { server: api.origin, 'certificate-authority-data': authority };
  const path = suite.write(
    'config',
    JSON.stringify({
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  return { args, env: { KUBECONFIG: path } };
}

const secrets = secretShapes
  .filter(({ header }) => header)
  .map(({ secret }) => secret.replaceAll(' ', '-'));
const kinds = Object.entries(answers);

describe.each(Object.entries(commands))('%s', (name, command) => {
  const place = Object.keys(commands).indexOf(name);

  // Three answers for each command, so that each answer is given to several.
  test.each([0, 1, 2])('shows nothing of the secrets that it sent: answer %i', async (round) => {
    const [kind, make] = kinds[(place * 3 + round) % kinds.length] ?? ['', () => json(400, {})];
    answer = make;
    const secret = secrets[(place + round) % secrets.length] ?? '';
    const other = 'oTh3r/s+cret=%41&"x"';
    const { args, env } = command(secret, other);
    const before = peer.requests.length + api.requests.length;
    const ended: Ended = await suite.run(args, { env });
    expect(peer.requests.length + api.requests.length, ended.stderr).toBeGreaterThan(before);
    const shown = `${ended.stdout}\n${ended.stderr}`;
    expect(shown.length).toBeGreaterThan(20);
    expect(leaksIn(shown, [secret, other]), `${kind}: ${ended.stderr}`).toEqual([]);
  });
});
