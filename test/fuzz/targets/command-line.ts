import fc from 'fast-check';
import { settings } from '../../../src/config/table.ts';
import { canary, deadUrl, goodAnswer, type HostileWorld } from '../../support/hostile-world.ts';
import { commandLines } from '../../support/setting-values.ts';
import { caseOf, givensOf, problemOfCase } from '../pairs.ts';
import { expectOutcome, type Target } from '../target.ts';

/** Up to four settings and variables of a command at once; see pairs.test.ts. */
const pairs: Target = {
  name: 'pairs',
  property(world) {
    const given = Object.keys(commandLines(world)).map((command) => {
      const value = fc
        .constantFrom(...givensOf(command, world))
        .chain((one) =>
          fc.constantFrom(...one.good, ...one.bad).map((text) => [one, text] as const),
        );
      return fc.record({
        command: fc.constant(command),
        values: fc.array(value, { maxLength: 4 }),
        hasServers: fc.boolean(),
      });
    });
    return fc.asyncProperty(fc.oneof(...given), async ({ command, values, hasServers }) => {
      const one = caseOf(command, values, hasServers, world);
      const problem = await problemOfCase(one, world);
      if (problem !== undefined) throw new Error(problem);
    });
  },
};

/** Words in any order: flags with and without values, unknown ones, odd dashes, empty words. */
const commandLine: Target = {
  name: 'arguments',
  property(world) {
    const names = settings.flatMap(([name, row]) => [
      `--${name}`,
      ...('short' in row && row.short !== undefined ? [`-${row.short}`] : []),
    ]);
    const flag = fc.constantFrom(...names, '--help', '-h', '--version', '--unknown', '-z', '-vh');
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }).filter((word) => !word.includes('\0')),
      fc.constantFrom(
        '',
        ' ',
        '-',
        '--',
        '\u2014dex-url',
        '\u2013v',
        '--=',
        '--=x',
        '-=',
        '-v=',
        '-o=',
      ),
      fc.constantFrom('get', 'pods', 'json', deadUrl, world.kubeconfig, world.secretFile),
      fc.constant('x'.repeat(100_000)),
    );
    const word = fc.oneof(
      fc.constantFrom(...Object.keys(commandLines(world)).flatMap((name) => name.split(' '))),
      flag,
      text,
      fc.tuple(flag, text).map(([name, value]) => `${name}=${value}`),
      fc.tuple(flag, text).map(([name, value]) => `${name}${value}`),
    );
    return fc.asyncProperty(
      fc.constantFrom([], ...Object.keys(commandLines(world)).map((name) => name.split(' '))),
      fc.array(word, { maxLength: 6 }),
      async (command, words) => {
        const args = [...command, ...words];
        await expectOutcome(args, callOf(world), { printsData: true });
      },
    );
  },
};

const durations: Target = {
  name: 'durations',
  property(world) {
    const part = fc.tuple(
      fc.oneof(
        fc.nat().map(String),
        fc.double().map(String),
        fc.constantFrom('-1', '0', '.5', '1.'),
      ),
      fc.constantFrom('', 'ms', 's', 'm', 'h', 'd', 'us', 'µs', ' '),
    );
    const text = fc.oneof(
      fc.array(part, { maxLength: 4 }).map((parts) => parts.flat().join('')),
      fc.string({ maxLength: 10 }),
    );
    const names = ['--timeout', '--refresh-before', '--min-ttl', '--duration'] as const;
    return fc.asyncProperty(fc.constantFrom(...names), text, async (name, value) => {
      if (/NaN/.test(value)) return;
      const base = commandLines(world)['get-token'] ?? [];
      await expectOutcome(['get-token', ...base, `${name}=${value}`], callOf(world));
    });
  },
};

/** Host names and URLs where a setting or a variable has one. */
const urls: Target = {
  name: 'urls',
  property(world) {
    const label = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom(
        'dex',
        'xn--a',
        '-a',
        '_',
        'a'.repeat(64),
        '127',
        '0x7f',
        'ünï',
        '%00',
        '\u200b',
      ),
    );
    const host = fc.oneof(
      fc.array(label, { maxLength: 5 }).map((labels) => labels.join('.')),
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
      fc.constantFrom(
        'localhost',
        '127.0.0.1',
        '[::1]',
        '[::ffff:127.0.0.1]',
        '0',
        '169.254.169.254',
      ),
    );
    const url = fc
      .tuple(
        fc.constantFrom('http://', 'https://', 'HTTPS://', 'ftp://', '//', '', 'https:/'),
        fc.constantFrom('', '', '', 'user@', 'u:p@', ':@'),
        host,
        fc.constantFrom('', ':1', ':0', ':65536', ':x', ':'),
        fc.oneof(
          fc.constantFrom('', '/', '/dex', '/../..', '/%2e', '?q', '#f', '\\'),
          fc.webPath(),
        ),
      )
      .map((parts) => parts.join(''));
    const places = [
      'DEXCHANGE_DEX_URL',
      'DEX_HOST',
      'DEX_URL',
      'DEXCHANGE_IDP_ISSUER_URL',
      'DEXCHANGE_IDP_TOKEN_URL',
      'ACTIONS_ID_TOKEN_REQUEST_URL',
      'BUILDKITE_AGENT_ENDPOINT',
      'SYSTEM_OIDCREQUESTURI',
      'CF_OIDC_REQUEST_URL',
      'VELA_ID_TOKEN_REQUEST_URL',
      'KUBE_SERVER',
      'API_HOST',
      'KUBERNETES_SERVICE_HOST',
      'GCE_METADATA_HOST',
    ] as const;
    const commands = [
      ['get-token', '--client-id=x', '--connector-id=m', '--no-cache'],
      ['get-token', '--client-id=x', '--connector-id=m', '--no-cache', '--explain'],
      ['get-token', '--client-id=x', '--connector-id=m', '--no-cache', '--identity=google'],
      ['kubeconfig', 'basic-auth', '--username=u', '--verify'],
      ['kubeconfig', 'token-exchange', '--connector-id=m'],
      ['manifests', 'token-exchange', '--provider=oidc'],
      ['whoami', '--timeout=1s'],
    ];
    return fc.asyncProperty(
      fc.constantFrom(...commands),
      fc.dictionary(fc.constantFrom(...places), url, { maxKeys: 3 }),
      fc.boolean(),
      async (args, given, hasServers) => {
        await expectOutcome(args, {
          ...callOf(world),
          ...(hasServers ? { answer: goodAnswer } : {}),
          env: {
            SUBJECT_TOKEN: given['ACTIONS_ID_TOKEN_REQUEST_URL'] === undefined ? 'token' : '',
            ACTIONS_ID_TOKEN_REQUEST_TOKEN: canary,
            DEXCHANGE_CLIENT_SECRET: canary,
            DEXCHANGE_PASSWORD: canary,
            ...given,
          },
        });
      },
    );
  },
};

function callOf(world: HostileWorld) {
  return { env: { HOME: world.folder }, home: world.folder, cwd: world.folder };
}

export const commandLineTargets: readonly Target[] = [pairs, commandLine, durations, urls];
