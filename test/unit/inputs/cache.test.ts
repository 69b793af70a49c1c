import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { entryKey } from '../../../src/cache/key.ts';
import { selectIdentity } from '../../../src/identity/select.ts';
import { exchangeKeyInputs, trustKeyInputs } from '../../../src/inputs/cache.ts';
import { exchangeInput } from '../../../src/inputs/exchange.ts';
import { clientSecretNames } from '../../../src/inputs/secrets.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeRuntime, identityFor, secretsFor } from '../support/runtime.ts';
import { type Given, settingsOf } from '../support/settings.ts';

const sealingKey = Buffer.alloc(32, 7);

type Flags = NonNullable<Given['flags']>;

interface Call {
  readonly flags?: Flags;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly account?: string;
}

/** The name of the cache entry of a call with these settings. */
function nameFor(base: Flags, { flags = {}, env = {}, cwd = '/work', account }: Call): string {
  const settings = settingsOf({ flags: { ...base, ...flags }, env });
  const runtime = { ...fakeRuntime('/nowhere', env), cwd: () => cwd };
  const identity = selectIdentity(identityFor(settings, runtime));
  const { readFile, secrets } = secretsFor(settings, runtime);
  const key = {
    exchange: exchangeInput(settings),
    clientSecret: secrets.get(clientSecretNames),
    account,
    identity,
    subjectTokenType: settings.value('subject-token-type') ?? identity.tokenType,
  };
  const inputs = exchangeKeyInputs(key, trustKeyInputs(settings, readFile));
  return entryKey(sealingKey, inputs).name;
}

const dex = {
  'dex-url': 'https://dex.example.com',
  'client-id': 'ci',
  'connector-id': 'gitlab',
  'client-secret': 's3cret',
} as const;
const withToken = { ...dex, 'subject-token': 'a.b.c' } as const;
const withGrant = {
  ...dex,
  'idp-token-url': 'https://idp.example.com/token',
  'idp-client-id': 'ci',
  'idp-client-secret': 'idp-s3cret',
} as const;
const withCommand = { ...dex, 'subject-token-command': 'mint job' } as const;

describe('the entry changes with the', () => {
  test.each<[string, Flags]>([
    ['Dex', { 'dex-url': 'https://dex.example.org' }],
    ['path of Dex', { 'dex-url': 'https://dex.example.com/dex' }],
    ['client', { 'client-id': 'cd' }],
    ['client secret', { 'client-secret': 's3cret2' }],
    ['connector', { 'connector-id': 'github' }],
    ['scope', { scope: 'openid' }],
    ['audience', { audience: 'other' }],
    ['number of audiences', { scope: 'audience:server:client_id:a audience:server:client_id:b' }],
    ['requested token type', { 'requested-token-type': 'access_token' }],
    ['subject token', { 'subject-token': 'a.b.d' }],
    ['subject token type', { 'subject-token-type': 'access_token' }],
    ['CA file', { 'dex-certificate-authority': '/ca.crt' }],
    ['CA', { 'dex-certificate-authority-data': 'LS0t' }],
    ['client certificate', { 'dex-client-certificate': '/tls.crt' }],
    ['client key', { 'dex-client-key': '/tls.key' }],
    ['verification of certificates', { 'dex-insecure-skip-tls-verify': 'true' }],
    ['permission of plain http', { 'allow-http': 'true' }],
  ])('%s', (_what, flags) => {
    expect(nameFor(withToken, { flags })).not.toBe(nameFor(withToken, {}));
  });

  test.each<[string, Flags]>([
    ['token endpoint', { 'idp-token-url': 'https://idp.example.com/token2' }],
    ['client at the IdP', { 'idp-client-id': 'cd' }],
    ['secret at the IdP', { 'idp-client-secret': 'other' }],
    ['authentication method at the IdP', { 'idp-auth-method': 'client_secret_post' }],
    ['scope at the IdP', { 'idp-scope': 'openid email' }],
    ['parameter of the grant', { 'idp-param': ['resource=dex'] }],
    ['token type at the IdP', { 'subject-token-type': 'id_token' }],
  ])('%s', (_what, flags) => {
    expect(nameFor(withGrant, { flags })).not.toBe(nameFor(withGrant, {}));
  });

  test.each<[string, Call]>([
    ['command', { flags: { 'subject-token-command': 'mint other' } }],
    ['quoting of the command', { flags: { 'subject-token-command': `'mint job'` } }],
    ['working folder', { cwd: '/elsewhere' }],
    ['environment of the command', { env: { VAULT_ADDR: 'https://v' } }],
  ])('%s', (_what, call) => {
    expect(nameFor(withCommand, call)).not.toBe(nameFor(withCommand, {}));
  });

  test('issuer, even if it equals a token endpoint', () => {
    const { 'idp-token-url': url, ...others } = withGrant;
    const names = [
      nameFor(withGrant, {}),
      nameFor(others, { flags: { 'idp-issuer-url': url } }),
      nameFor(others, { flags: { 'idp-issuer-url': `${url}2` } }),
    ];
    expect(new Set(names).size).toBe(3);
  });

  test('private key at the IdP', () => {
    const { 'idp-client-secret': _none, ...others } = withGrant;
    const file = join(emptyFolder(), 'key.pem');
    const names = ['one', 'two', 'one'].map((text) => {
      writeFileSync(file, text);
      return nameFor(others, { flags: { 'idp-private-key-file': file } });
    });
    expect(names[0]).not.toBe(names[1]);
    expect(names[0]).toBe(names[2]);
  });

  test('content of the file of a secret or token', () => {
    const file = join(emptyFolder(), 'file');
    for (const name of ['subject-token-file', 'client-secret-file'] as const) {
      const { 'client-secret': _secret, ...rest } = dex;
      const base =
        name === 'client-secret-file' ? { ...rest, 'subject-token': 'a.b.c' } : { ...dex };
      const names = ['one', 'two', 'one\n'].map((text) => {
        writeFileSync(file, text);
        return nameFor(base, { flags: { [name]: file } });
      });
      expect(names[0]).not.toBe(names[1]);
      expect(names[0]).toBe(names[2]);
    }
  });

  test('content, not the path, of a file of certificates', () => {
    const folder = emptyFolder();
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    for (const name of [
      'dex-certificate-authority',
      'dex-client-certificate',
      'dex-client-key',
    ] as const) {
      const nameOf = (path: string) => nameFor(withToken, { flags: { [name]: path } });
      const one = nameOf(write('a', 'one'));
      const names = [
        one,
        nameOf(write('a', 'other')),
        nameOf(write('a', 'one\n')),
        nameOf(write('a', '')),
        nameOf(join(folder, 'missing')),
        nameOf(folder),
        nameFor(withToken, {}),
      ];
      expect(new Set(names).size).toBe(names.length);
      expect(nameOf(write('b', 'one'))).toBe(one);
    }
  });

  test('setting that names a file, even if the content is the same', () => {
    const path = join(emptyFolder(), 'file');
    writeFileSync(path, 'one');
    const names = ['dex-certificate-authority', 'dex-client-certificate', 'dex-client-key'].map(
      (name) => nameFor(withToken, { flags: { [name]: path } }),
    );
    expect(new Set(names).size).toBe(3);
  });

  test('account of an identity source', () => {
    const names = ['1', '2', '', undefined].map((account) =>
      nameFor(withToken, account === undefined ? {} : { account }),
    );
    expect(new Set(names).size).toBe(4);
  });

  test('token of the job in the same variable', () => {
    const [one, other] = ['a.b.c', 'd.e.f'].map((token) =>
      nameFor(dex, { env: { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: token } }),
    );
    expect(one).not.toBe(other);
  });
});

test('the names in the key are those of version 0.1.0, whose entries stay usable', () => {
  const settled = settingsOf({
    flags: {
      'dex-certificate-authority': '/a',
      'dex-client-certificate': '/b',
      'dex-client-key': '/c',
    },
  });
  expect(trustKeyInputs(settled, (name) => name)).toEqual([
    ['certificate-authority', 'dex-certificate-authority'],
    ['client-certificate', 'dex-client-certificate'],
    ['client-key', 'dex-client-key'],
    ['insecure-skip-tls-verify', 'false'],
    ['allow-http', 'false'],
  ]);
});

describe('the entry does not change with the', () => {
  test.each<[string, Flags, Call]>([
    [
      'trailing slash of the Dex URL',
      withToken,
      { flags: { 'dex-url': 'https://dex.example.com/' } },
    ],
    ['environment without a command', withToken, { env: { CI_JOB_ID: '2' } }],
    ['working folder without a command', withToken, { cwd: '/elsewhere' }],
    ['timeout', withToken, { flags: { timeout: '5s' } }],
    ['refresh-before', withToken, { flags: { 'refresh-before': '5s' } }],
    ['verbosity', withToken, { flags: { verbose: 'true' } }],
    [
      'audience in the scope instead of its setting',
      withToken,
      { flags: { scope: 'openid profile email groups audience:server:client_id:kubernetes' } },
    ],
    ['job with client credentials', withGrant, { env: { CI_JOB_ID: '2', CI_JOB_TOKEN: 'x' } }],
    [
      'variables that a shell changes in every call',
      withCommand,
      { env: { SHLVL: '2', OLDPWD: '/', _: '/bin/x' } },
    ],
    [
      'secrets that are removed from the environment of the command',
      withCommand,
      { env: { DEX_CLIENT_SECRET: 's3cret' } },
    ],
  ])('%s', (_what, base, call) => {
    expect(nameFor(base, call)).toBe(nameFor(base, {}));
  });
});
