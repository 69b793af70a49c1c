import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import {
  canary,
  deadUrl,
  goodAnswer,
  goodClaims,
  unsignedJwt,
} from '../../support/hostile-world.ts';
import { changed, changedText, changes } from '../odd-json.ts';
import { expectOutcome, type Target } from '../target.ts';

const exchange = ['get-token', '--connector-id=m', '--client-id=x', '--no-cache'];
const secrets = { secrets: [canary] };

const execInfo: Target = {
  name: 'exec-info',
  property() {
    const valid = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: {
        interactive: true,
        cluster: {
          server: 'https://127.0.0.1:1',
          'tls-server-name': 'x',
          'insecure-skip-tls-verify': true,
          'certificate-authority-data': 'AAAA',
          'proxy-url': 'http://127.0.0.1:1',
          config: { dexUrl: deadUrl, clientId: 'x', connectorId: 'm', timeout: '5s' },
        },
      },
    };
    return fc.asyncProperty(
      fc.constantFrom(
        ['get-token', '--no-cache'],
        ['get-token', '--no-cache', '--explain'],
        exchange,
      ),
      fc.oneof(changedText(valid), fc.string({ unit: 'binary' }), fc.json()),
      async (args, text) => {
        await expectOutcome(args, {
          env: {
            SUBJECT_TOKEN: unsignedJwt(goodClaims()),
            DEXCHANGE_CLIENT_SECRET: 'secret',
            KUBERNETES_EXEC_INFO: text.replaceAll('\0', ''),
          },
          answer: goodAnswer,
        });
      },
    );
  },
};

const proxies: Target = {
  name: 'proxies',
  property() {
    const host = fc.oneof(
      fc.constantFrom('127.0.0.1', '[::1]', 'localhost', '127.0.0.1:1', '127.0.0.1:x', '[::1', ''),
      fc.string({ maxLength: 10 }).map((text) => `127.0.0.1/${text}`),
    );
    const proxy = fc
      .tuple(
        fc.constantFrom(
          '',
          'http://',
          'https://',
          'HTTP://',
          'socks5://',
          'socks5h://',
          'socks4://',
          '//',
          'http:',
        ),
        fc.constantFrom(
          '',
          '',
          'u:p@',
          `u:${canary}@`,
          `u:${canary}#x@`,
          '%zz:%@',
          ':@',
          '@',
          'u@',
        ),
        host,
        fc.constantFrom('', '/', '?q', '#f', ' ', '\n'),
      )
      .map((parts) => parts.join(''));
    const noProxy = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            '*',
            '127.0.0.0/8',
            '127.0.0.1:1',
            '::1',
            '[::1]:1',
            '.local',
            '1/99',
            ':',
            '/',
            '127.0.0.0/x',
          ),
          fc.string({ maxLength: 8 }),
        ),
        { maxLength: 4 },
      )
      .map((items) => items.join(','));
    const variables = [
      'HTTP_PROXY',
      'http_proxy',
      'HTTPS_PROXY',
      'https_proxy',
      'ALL_PROXY',
      'all_proxy',
    ];
    return fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...variables), proxy, { maxKeys: 3 }),
      noProxy,
      fc.constantFrom('http', 'https'),
      fc.constantFrom('', '--explain'),
      async (given, exceptions, scheme, explain) => {
        await expectOutcome(
          [...exchange, `--dex-url=${scheme}://127.0.0.1:1/`, ...(explain === '' ? [] : [explain])],
          {
            env: {
              ...given,
              NO_PROXY: exceptions,
              SUBJECT_TOKEN: 'token',
              DEXCHANGE_CLIENT_SECRET: 'secret',
            },
          },
          secrets,
        );
      },
    );
  },
};

/** Bytes of files: random ones, and good ones with damage. */
function contents(good: string): fc.Arbitrary<Buffer> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.nat(good.length), fc.nat(good.length), fc.uint8Array({ maxLength: 8 }))
      .map(([from, to, bytes]) =>
        Buffer.concat([
          Buffer.from(good.slice(0, from)),
          Buffer.from(bytes),
          Buffer.from(good.slice(to)),
        ]),
      ),
    fc
      .constantFrom('utf16le', 'latin1', 'base64', 'hex')
      .map((encoding) =>
        encoding === 'utf16le' || encoding === 'latin1'
          ? Buffer.from(good, encoding)
          : Buffer.from(Buffer.from(good).toString(encoding as BufferEncoding)),
      ),
    fc
      .constantFrom('"', "'", '\ufeff', '\u200b', 'NAME=', 'Bearer ', '\n\n', '{"token":"')
      .map((around) => Buffer.from(`${around}${good}${around}`)),
    fc.constant(Buffer.alloc(5 * 1024 * 1024, 'x')),
  );
}

const files: Target = {
  name: 'files',
  async property(world) {
    const { readFileSync } = await import('node:fs');
    const secret = readFileSync(world.secretFile, 'utf8');
    const token = readFileSync(world.tokenFile, 'utf8');
    const ca = readFileSync(world.caFile, 'utf8');
    const key = readFileSync(world.keyFile, 'utf8');
    const base = [...exchange, `--dex-url=${deadUrl}`];
    const idp = [
      '--identity=client-credentials',
      `--idp-token-url=${deadUrl}`,
      '--idp-client-id=c',
    ];
    const file = join(world.folder, 'fuzzed');
    const kubeconfig = [
      'kubeconfig',
      'service-account',
      '--server=https://127.0.0.1:1',
      '--embed-secrets',
    ];
    const uses: readonly (readonly [string, readonly string[]])[] = [
      [secret, [...base, `--client-secret-file=${file}`]],
      [token, [...base, `--subject-token-file=${file}`]],
      [ca, [...base, `--dex-certificate-authority=${file}`]],
      [ca, [...base, `--dex-client-certificate=${file}`, `--dex-client-key=${world.keyFile}`]],
      [key, [...base, `--dex-client-certificate=${world.caFile}`, `--dex-client-key=${file}`]],
      [secret, [...base, ...idp, `--idp-client-secret-file=${file}`]],
      [key, [...base, ...idp, `--idp-private-key-file=${file}`]],
      [token, [...kubeconfig, `--token-file=${file}`]],
      [
        ca,
        [
          ...kubeconfig,
          `--token-file=${world.tokenFile}`,
          `--server-certificate-authority=${file}`,
        ],
      ],
      [token, ['decode', file]],
    ];
    const use = fc
      .constantFrom(...uses)
      .chain(([good, args]) => fc.record({ args: fc.constant(args), bytes: contents(good) }));
    return fc.asyncProperty(use, fc.boolean(), async ({ args, bytes }, hasServers) => {
      writeFileSync(file, bytes);
      await expectOutcome(args, {
        env: {
          ...(args.some((arg) => arg.startsWith('--subject-token')) ? {} : { SUBJECT_TOKEN: 'x' }),
          ...(args.some((arg) => arg.startsWith('--client-secret'))
            ? {}
            : { DEXCHANGE_CLIENT_SECRET: 'secret' }),
        },
        ...(hasServers ? { answer: goodAnswer } : {}),
      });
    });
  },
};

/** The cache must never change what a call returns, whatever is in its files. */
const cacheFiles: Target = {
  name: 'cache-files',
  property(world) {
    const home = join(world.folder, 'cache-home');
    const args = ['get-token', '--connector-id=m', '--client-id=x', `--dex-url=${deadUrl}`];
    const call = {
      env: { HOME: home, SUBJECT_TOKEN: 'x', DEXCHANGE_CLIENT_SECRET: 'secret' },
      home,
      answer: goodAnswer,
    };
    return fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(5), fc.nat(400), fc.uint8Array({ maxLength: 20 })), {
        maxLength: 3,
      }),
      async (damages) => {
        const { readdirSync, readFileSync } = await import('node:fs');
        rmSync(home, { recursive: true, force: true });
        mkdirSync(home);
        await expectOutcome(args, call);
        const paths = readdirSync(home, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name));
        for (const [which, at, bytes] of damages) {
          const path = paths[which % paths.length];
          if (path === undefined) continue;
          const old = readFileSync(path);
          writeFileSync(
            path,
            Buffer.concat([old.subarray(0, at), Buffer.from(bytes), old.subarray(at + 1)]),
          );
        }
        const ended = await expectOutcome(args, call);
        if (ended.code !== 0) throw new Error(`the call failed: ${ended.stderr}`);
      },
    );
  },
};

/**
 * Kubeconfigs, as JSON and YAML: never an internal error, a library's words or a hang. What kubectl
 * makes of the same files is compared in test/unit/kubernetes/kubeconfig-cases.test.ts.
 */
const kubeconfigs: Target = {
  name: 'kubeconfigs',
  async property(world) {
    const { readFileSync } = await import('node:fs');
    const good: unknown = JSON.parse(readFileSync(world.kubeconfig, 'utf8'));
    const text = fc.oneof(
      changedText(good),
      changes.map((list) => stringify(changed(good, list))),
      fc
        .tuple(changes, fc.nat(600), fc.string({ unit: 'binary', maxLength: 6 }))
        .map(([list, at, insert]) => {
          const yaml = stringify(changed(good, list));
          return yaml.slice(0, at) + insert + yaml.slice(at);
        }),
      fc
        .array(
          fc.constantFrom(
            'a:',
            ' - ',
            '&x',
            '*x',
            '!!str',
            '|',
            '>',
            '"',
            '{',
            '[',
            '---',
            '...',
            '?',
            '\t',
            '%YAML 1.1',
            '<<:',
            '\n',
            '#',
          ),
          { maxLength: 12 },
        )
        .map((parts) => parts.join(' ')),
    );
    const file = join(world.folder, 'fuzzed-kubeconfig');
    const commands = [
      ['whoami'],
      ['whoami', '-o', 'json', '--context=plugin'],
      ['discover', '-o', 'shell'],
      ['get-token', '--method=service-account', '-n', 'ns', '--service-account=sa', '--no-cache'],
      ['get-token', '--context=plugin', '--no-cache'],
    ];
    return fc.asyncProperty(fc.constantFrom(...commands), text, async (args, content) => {
      writeFileSync(file, content);
      const ended = await expectOutcome([...args, `--kubeconfig=${file}`], {
        env: { SUBJECT_TOKEN: 'x', DEXCHANGE_CLIENT_SECRET: 'secret' },
        answer: goodAnswer,
        command: () => '{}',
      });
      if (
        /YAML(?:Parse|Warning)|implicit (?:map|key)|flow (?:map|seq)|js-?yaml/i.test(ended.stderr)
      )
        throw new Error(`the words of a library: ${ended.stderr}`);
      // The same text as the file of --write-to.
      await expectOutcome(
        [
          'kubeconfig',
          'basic-auth',
          '--username=u',
          '--server=https://127.0.0.1:1',
          '--write-to=x',
        ],
        { env: { DEXCHANGE_PASSWORD: 'secret' }, existing: content },
      );
    });
  },
};

export const surroundingsTargets: readonly Target[] = [
  execInfo,
  proxies,
  files,
  cacheFiles,
  kubeconfigs,
];
