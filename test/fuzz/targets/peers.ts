import { createServer, type Server } from 'node:net';
import fc from 'fast-check';
import type { IncomingResponse, OutgoingRequest, Peer } from '../../../src/http/message.ts';
import {
  canary,
  deadUrl,
  goodAnswer,
  goodClaims,
  unsignedJwt,
} from '../../support/hostile-world.ts';
import { type Change, changed, changedText, changes } from '../odd-json.ts';
import { expectOutcome, type Target } from '../target.ts';

/** A change of a response: its status, headers and JSON, and the claims of the tokens in it. */
interface Damage {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly changes: readonly Change[];
  readonly claims: readonly Change[] | undefined;
  readonly text: string | undefined;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  status: fc.option(fc.constantFrom(200, 201, 204, 400, 401, 403, 404, 409, 418, 422, 500, 501), {
    nil: undefined,
  }),
  headers: fc.dictionary(
    fc.constantFrom('date', 'content-type', 'www-authenticate', 'retry-after', 'x-request-id'),
    fc.oneof(
      fc.constantFrom(
        '',
        '0',
        '-1',
        'Thu, 01 Jan 1970 00:00:00 GMT',
        'text/html',
        'Bearer error="x"',
      ),
      fc.string({ maxLength: 30 }),
    ),
    { maxKeys: 2 },
  ),
  changes,
  claims: fc.option(changes, { nil: undefined }),
  text: fc.option(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '<html>', 'null', '[]', '"x"')),
    { nil: undefined, freq: 6 },
  ),
});

/** Error responses of Dex, of IdPs and of the Kubernetes API. */
const errorBody = {
  error: 'invalid_grant',
  error_description: 'no',
  kind: 'Status',
  status: 'Failure',
  message: 'denied',
  reason: 'Forbidden',
  code: 403,
  details: { name: 'x', causes: [{ reason: 'x', message: 'y' }] },
};

function damaged(request: OutgoingRequest, how: Damage): IncomingResponse {
  const good = goodAnswer(request);
  const isError = how.status !== undefined && how.status >= 400;
  const body: unknown = isError ? errorBody : JSON.parse(good.body);
  const withClaims =
    how.claims === undefined ? body : withToken(body, unsignedJwt(changedClaims(how.claims)));
  return {
    status: how.status ?? good.status,
    headers: { ...good.headers, ...how.headers },
    body: how.text ?? JSON.stringify(changed(withClaims, how.changes)) ?? '',
  };
}

function changedClaims(list: readonly Change[]): Readonly<Record<string, unknown>> {
  const claims = changed({ ...goodClaims(), groups: ['a'], nested: { a: [1] } }, list);
  return (claims ?? {}) as Readonly<Record<string, unknown>>;
}

/** Replaces every token in a response. */
function withToken(body: unknown, token: string): unknown {
  return JSON.parse(
    JSON.stringify(body, (_key, value: unknown) =>
      typeof value === 'string' && value.endsWith(`.${canary}`) ? token : value,
    ),
  );
}

const exchange = [
  'get-token',
  '--connector-id=m',
  '--client-id=x',
  '--no-cache',
  `--dex-url=${deadUrl}`,
];
const sent = { SUBJECT_TOKEN: unsignedJwt(goodClaims()), DEXCHANGE_CLIENT_SECRET: canary };

/** The responses of one kind of server to some command lines; the other servers answer as they should. */
function answers(
  peer: Peer,
  commands: readonly (readonly string[])[],
  env: Readonly<Record<string, string>>,
): Target {
  return {
    name: `${peer}-answers`,
    property: (world) =>
      fc.asyncProperty(
        fc.constantFrom(...commands),
        fc.array(damage, { minLength: 1, maxLength: 3 }),
        async (args, damages) => {
          let count = 0;
          const needsKubeconfig = peer === 'kubernetes' && !args.includes('--verify');
          await expectOutcome(
            needsKubeconfig ? [...args, `--kubeconfig=${world.kubeconfig}`] : args,
            {
              env: { HOME: world.folder, ...env },
              answer(request) {
                const how = damages[count++ % damages.length];
                return request.peer === peer && how !== undefined
                  ? damaged(request, how)
                  : goodAnswer(request);
              },
            },
          );
        },
      ),
  };
}

const ciSystems: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  github: {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${deadUrl}?a=b`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
  },
  buildkite: {
    BUILDKITE_AGENT_ACCESS_TOKEN: 'access-token',
    BUILDKITE_JOB_ID: 'job',
    BUILDKITE_AGENT_ENDPOINT: deadUrl,
  },
  'azure-pipelines': {
    SYSTEM_OIDCREQUESTURI: deadUrl,
    SYSTEM_ACCESSTOKEN: 'access-token',
    AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: 'id',
  },
  codefresh: { CF_OIDC_REQUEST_URL: deadUrl, CF_OIDC_REQUEST_TOKEN: 'request-token' },
  vela: { VELA_ID_TOKEN_REQUEST_URL: deadUrl, VELA_ID_TOKEN_REQUEST_TOKEN: 'request-token' },
  google: { GCE_METADATA_HOST: '127.0.0.1:1' },
};

const idp = ['--identity=client-credentials', `--idp-issuer-url=${deadUrl}`, '--idp-client-id=c'];

const tokenAnswers: readonly Target[] = [
  answers(
    'dex',
    [
      exchange,
      [...exchange, '--explain'],
      [...exchange, '--explain=json'],
      ['doctor', ...exchange.slice(1)],
    ],
    sent,
  ),
  answers(
    'idp',
    [
      [...exchange, ...idp],
      [...exchange, ...idp, '--explain'],
    ],
    {
      DEXCHANGE_CLIENT_SECRET: canary,
      DEXCHANGE_IDP_CLIENT_SECRET: canary,
    },
  ),
  answers(
    'ci',
    Object.keys(ciSystems).flatMap((name) => [
      [...exchange, `--identity=${name}`],
      [...exchange, `--identity=${name}`, '--explain'],
    ]),
    { DEXCHANGE_CLIENT_SECRET: canary, ...Object.assign({}, ...Object.values(ciSystems)) },
  ),
  answers(
    'kubernetes',
    [
      ['whoami'],
      ['whoami', '-o', 'json'],
      ['doctor'],
      ['doctor', '--for=admin', '-o', 'json'],
      ['discover'],
      ['discover', '-o', 'json'],
      ['discover', '-o', 'shell'],
      ['discover', '--show-secrets', '-n', 'ns', '--service-account=sa'],
      ['discover', '--user=u', '--group=g'],
      ['get-token', '--method=service-account', '-n', 'ns', '--service-account=sa', '--no-cache'],
      ['kubeconfig', 'token-exchange', '--discover', '--connector-id=m'],
      ['kubeconfig', 'service-account', '--discover', '-n', 'ns', '--service-account=sa'],
      ['kubeconfig', 'basic-auth', '--verify', '--server=https://127.0.0.1:1', '--username=u'],
    ],
    { DEXCHANGE_PASSWORD: canary },
  ),
];

/** Tokens for decode, and as the identity token of an explained call. */
const jwts: Target = {
  name: 'jwts',
  property: () => {
    const header = changes.map((list) => changed({ alg: 'RS256', kid: 'k', typ: 'JWT' }, list));
    const claims = changes.map(changedClaims);
    const token = fc.oneof(
      fc
        .tuple(header, claims, fc.constantFrom('c2ln', '', '\u0000', '.x'))
        .map(([head, body, signature]) => `${base64url(head)}.${base64url(body)}.${signature}`),
      fc.string({ unit: 'binary' }).map((text) => `eyJhbGciOiJub25lIn0.${text}.`),
      changedText({ access_token: unsignedJwt(goodClaims()), status: { token: 'x' } }),
    );
    return fc.asyncProperty(token, fc.constantFrom('decode', 'explain'), async (text, use) => {
      if (use === 'decode') await expectOutcome(['decode'], { stdin: text });
      else {
        await expectOutcome([...exchange, '--explain'], {
          env: { ...sent, SUBJECT_TOKEN: text.replaceAll('\0', '') },
          answer: goodAnswer,
        });
      }
    });
  },
};

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value) ?? '').toString('base64url');
}

/** What exec plugins of kubeconfigs print, on stdout if they succeed and on stderr if not. */
const plugins: Target = {
  name: 'plugins',
  property(world) {
    const good = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: { interactive: false },
      status: {
        token: unsignedJwt(goodClaims()),
        expirationTimestamp: '2099-01-01T00:00:00Z',
        clientCertificateData: 'x',
        clientKeyData: 'y',
      },
    };
    const stderr = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'dexchange: no\nhint: yes\n',
        'dexchange: no (dex_refused)\nhint: yes\n',
        `debug: a\ndexchange: \u001b[31m${canary} (dex_refused)\nhint: \u202e${canary}\n`,
        '\u001b[31m',
        'x'.repeat(100_000),
        `${canary}\n`,
      ),
    );
    return fc.asyncProperty(
      fc.constantFrom([], ['-o', 'json']),
      fc.oneof(
        changedText(good),
        changes.map((list) => {
          const token = unsignedJwt(changedClaims(list));
          return JSON.stringify({ ...good, status: { token } });
        }),
        fc.string({ unit: 'binary' }),
      ),
      fc.option(stderr),
      async (form, output, failure) => {
        await expectOutcome(
          ['whoami', '--context=plugin', `--kubeconfig=${world.kubeconfig}`, ...form],
          {
            answer: goodAnswer,
            command() {
              if (failure === null) return output;
              throw Object.assign(new Error('ended with exit code 4'), {
                stderr: failure,
                exitCode: 4,
              });
            },
          },
        );
      },
    );
  },
};

/** Bytes of an HTTP server: chunks, lengths, headers and what is not HTTP. */
const http: Target = {
  name: 'http',
  async property() {
    let bytes: readonly string[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        for (const part of bytes) socket.write(part, 'latin1');
        socket.end();
      });
    });
    const port = await listen(server);
    const part = fc.oneof(
      fc.constantFrom(
        'HTTP/1.1 200 OK\r\n',
        'HTTP/1.1 500 \u0000\r\n',
        'HTTP/1.1 302 Found\r\nLocation: //\u001b[31m/\r\n',
        'HTTP/1.1 429 x\r\nRetry-After: 0\r\n',
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
        'Transfer-Encoding: chunked\r\n',
        'Content-Length: 5\r\n',
        'Content-Length: -1\r\n',
        'Content-Encoding: gzip\r\n',
        'Content-Type: application/json\r\n',
        'Connection: close\r\n',
        '\r\n',
        '5\r\nhello\r\n0\r\n\r\n',
        'ffffffff\r\n',
        '{}',
        `{"access_token":"${unsignedJwt(goodClaims())}"}`,
        `{"error":"invalid_client","error_description":"${canary}"}`,
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    return fc.asyncProperty(fc.array(part, { maxLength: 8 }), async (parts) => {
      bytes = parts;
      await expectOutcome(
        [...exchange.slice(0, -1), `--dex-url=http://127.0.0.1:${port}/`, '--timeout=5s'],
        { env: sent },
        { secrets: [canary] },
      );
    });
  },
};

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.unref().listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

export const peerTargets: readonly Target[] = [...tokenAnswers, jwts, plugins, http];
