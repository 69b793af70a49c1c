import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { KubeconfigEntries } from '../../../src/kubernetes/kubeconfig/entries.ts';
import { mergeKubeconfig } from '../../../src/kubernetes/kubeconfig/merge.ts';
import { yamlToJson } from '../../../src/kubernetes/kubeconfig/yaml.ts';
import { ambiguousScalars } from '../../support/ambiguous-scalars.ts';
import { otherThanKubectl, writtenTexts } from '../../support/written-texts.ts';
import { failure } from '../support/failure.ts';

const entries: KubeconfigEntries = {
  cluster: { name: 'ci', fields: { server: 'https://api.example.com' } },
  user: { name: 'ci-user', fields: { username: 'deployer', password: 'on' } },
  context: { name: 'ci-context', fields: { cluster: 'ci', user: 'ci-user' } },
};

const options = { name: 'kube.config', force: false, keepCurrentContext: false };

function merge(
  old: string | undefined,
  given: Partial<typeof options> = {},
  next: KubeconfigEntries = entries,
): string {
  return mergeKubeconfig(old, next, { ...options, ...given });
}

/** As kubectl reads it. */
const read = (text: string) => parse(text, { version: '1.1', merge: true });

const handWritten = `# my clusters
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: QUJD   # of prod
    server: https://prod.example.com:6443
  name: prod

# the development one, flaky
- name: "on"
  cluster: {server: "https://dev", insecure-skip-tls-verify: yes}
contexts:
-   context:
        cluster: prod
        user: admin
        extensions: [{name: 'o''n', extension: {since: 012, until: ~}}]
    name: 'prod-admin'
current-context: prod-admin # keep me in mind
kind: Config
preferences: {}
users:
- name: admin
  user:
    # renewed in March
    token: |
      abc
      def
`;

test('a new kubeconfig is the same as with kubectl config', () => {
  expect(read(merge(undefined))).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'ci', cluster: { server: 'https://api.example.com' } }],
    users: [{ name: 'ci-user', user: { username: 'deployer', password: 'on' } }],
    contexts: [{ name: 'ci-context', context: { cluster: 'ci', user: 'ci-user' } }],
    'current-context': 'ci-context',
  });
});

describe('a merge', () => {
  test('keeps every other entry, comment and unusual spelling', () => {
    const merged = merge(handWritten);
    const before = read(handWritten);
    const after = read(merged);
    expect(after.clusters.slice(0, -1)).toEqual(before.clusters);
    expect(after.contexts.slice(0, -1)).toEqual(before.contexts);
    expect(after.users.slice(0, -1)).toEqual(before.users);
    expect(after['current-context']).toBe('ci-context');
    for (const comment of handWritten.match(/#.*/g) ?? []) expect(merged).toContain(comment);
    for (const odd of [
      'insecure-skip-tls-verify: yes',
      '{ since: 012, until: ~ }',
      '    token: |\n',
    ]) {
      expect(merged).toContain(odd);
    }
    expect(merged).toContain('\n- cluster:\n');
  });

  test('changes nothing if repeated', () => {
    const once = merge(handWritten);
    expect(merge(once)).toBe(once);
  });

  test.each([
    ['an empty file', ''],
    ['a file with a byte order mark', `\ufeff${handWritten}`],
    ['lists that are null', 'clusters: null\nusers:\ncontexts: ~\ncurrent-context: ""\n'],
    ['what kubectl makes of nothing', 'apiVersion: v1\nkind: Config\nclusters: []\nusers: []\n'],
    ['a document marker', `---\n${handWritten}`],
  ])('into %s works', (_what, old) => {
    const after = read(merge(old));
    expect(after.clusters.at(-1)).toEqual({ name: 'ci', cluster: entries.cluster.fields });
    expect(after['current-context']).toBe('ci-context');
  });

  test('into JSON keeps JSON, with its numbers and booleans', () => {
    const old = JSON.stringify({
      apiVersion: 'v1',
      clusters: [{ name: 'a', cluster: { server: 's', 'insecure-skip-tls-verify': true } }],
      extra: 1,
    });
    const after = JSON.parse(merge(old));
    expect(after.clusters[0].cluster['insecure-skip-tls-verify']).toBe(true);
    expect(after.extra).toBe(1);
    expect(after.users[0].name).toBe('ci-user');
  });

  test('keeps Windows line ends', () => {
    const merged = merge(handWritten.replaceAll('\n', '\r\n'));
    expect(merged.replaceAll('\r\n', '')).not.toContain('\n');
  });

  test('can keep the current context', () => {
    const after = read(merge(handWritten, { keepCurrentContext: true }));
    expect(after['current-context']).toBe('prod-admin');
    expect(read(merge('', { keepCurrentContext: true }))['current-context']).toBe('ci-context');
  });
});

test.each(['!!timestamp 2001-12-14', '!!binary YWJj', '!!float 1.5', '!!null ""'])(
  'a current context and a server with a tag are replaced: %s',
  (tagged) => {
    const old = `current-context: ${tagged} # mine
clusters: [{name: ci, cluster: {server: ${tagged}}}]
`;
    const after = merge(old, { force: true });
    expect(read(after)).toMatchObject({
      'current-context': 'ci-context',
      clusters: [{ cluster: { server: 'https://api.example.com' } }],
    });
    expect(after).toContain('# mine');
  },
);

test.each([...writtenTexts, ...otherThanKubectl])('%j is written as %s', (text, written) => {
  const user = { name: 'ci-user', fields: { password: text } };
  const fresh = merge(undefined, {}, { ...entries, user });
  expect(fresh).toContain(`\n    password: ${written}\n`);
  const old = 'users: [{name: ci-user, user: {password: old}}]\n';
  expect(read(merge(old, { force: true }, { ...entries, user })).users).toEqual([
    { name: 'ci-user', user: { password: text } },
  ]);
});

// The YAML library moves a comment behind a key to the next line.
test.each([
  ['users: [] # none yet\n', 'users:\n# none yet\n- name: ci-user\n'],
  ['users: # none yet\n', 'users:\n# none yet\n- name: ci-user\n'],
  ['users: ~ # none yet\n', 'users:\n# none yet\n- name: ci-user\n'],
  ['users: [ # one\n# two\n] # three\n', 'users:\n# one\n# two\n# three\n- name: ci-user\n'],
  [
    'users: [{name: a, user: {}}] # mine\n',
    'users:\n# mine\n- { name: a, user: {} }\n- name: ci-user\n',
  ],
  [
    '# top\nusers: # mine\n- name: a # the one\n  user: {} # empty\n# end\n',
    '# top\nusers:\n# mine\n- name: a # the one\n  user: {} # empty\n- name: ci-user\n',
  ],
])('comments stay above the entries: %j', (old, written) => {
  const after = merge(old);
  expect(after).toContain(written);
  expect(after.match(/#.*/g)).toEqual(old.match(/#.*/g));
});

test.each([
  'clusters: []\nusers: [ ]\ncontexts: [] # none yet\n',
  'clusters: [{name: a, cluster: {server: https://a}}]\nusers: []\ncontexts: []\n',
])('new entries are written in block style, one field a line: %j', (old) => {
  const after = merge(old);
  expect(after).toContain(
    'users:\n- name: ci-user\n  user:\n    username: deployer\n    password: "on"\n',
  );
  expect(after).toMatch(/^contexts:\n(?:# none yet\n)?- name: ci-context\n/m);
  if (old.includes('https://a'))
    expect(after).toContain('- { name: a, cluster: { server: https://a } }');
  expect(read(after).clusters.at(-1)).toEqual({
    name: 'ci',
    cluster: { server: 'https://api.example.com' },
  });
});

describe('an entry of the same name', () => {
  test('is updated if it is an earlier version of the new one, and keeps other fields', () => {
    const old = merge(undefined)
      .replace(
        '    server:',
        '    proxy-url: http://proxy\n    certificate-authority: /old.crt\n    server:',
      )
      .replace('password: "on"', 'password: old')
      .replace('cluster: ci\n', 'cluster: ci\n    namespace: apps # mine\n');
    const next = {
      ...entries,
      cluster: {
        ...entries.cluster,
        fields: { ...entries.cluster.fields, 'certificate-authority-data': 'QQ==' },
      },
    };
    const merged = merge(old, {}, next);
    expect(merged).toContain('namespace: apps # mine');
    const after = read(merged);
    expect(after.clusters[0].cluster).toEqual({
      server: 'https://api.example.com',
      'proxy-url': 'http://proxy',
      'certificate-authority-data': 'QQ==',
    });
    expect(after.users[0].user).toEqual({ username: 'deployer', password: 'on' });
  });

  const other = {
    cluster: 'clusters: [{name: ci, cluster: {server: https://other.example.com}}]',
    user: 'users: [{name: ci-user, user: {token: abc}}]',
    context: 'contexts: [{name: ci-context, context: {cluster: x, user: y}}]',
  };
  test.each(Object.entries(other))(
    'is not overwritten without force if it is a different %s',
    (part, old) => {
      expect(failure(() => merge(old))).toEqual({
        code: 'kubeconfig_conflict',
        message: expect.stringMatching(
          new RegExp(`^kube\\.config .*${part}.* ${entries[part as keyof typeof other].name}$`),
        ),
        hint: expect.stringMatching(new RegExp(`--${part}-name.*--force`)),
        exitCode: 2,
      });
      expect(read(merge(old, { force: true }))).toMatchObject(read(merge(undefined)));
    },
  );

  const jwt = (claims: object) =>
    `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  const withToken = (token: string): KubeconfigEntries => ({
    ...entries,
    user: { name: 'ci-user', fields: { token } },
  });
  test('with a token is updated for the same subject only', () => {
    const first = merge(undefined, {}, withToken(jwt({ iss: 'a', sub: 'x' })));
    const renewed = withToken(jwt({ iss: 'a', sub: 'x', exp: 1 }));
    expect(read(merge(first, {}, renewed)).users[0].user).toEqual(renewed.user.fields);
    const another = withToken(jwt({ iss: 'a', sub: 'y' }));
    expect(failure(() => merge(first, {}, another)).code).toBe('kubeconfig_conflict');
  });

  test('with an exec entry is updated if it runs the same program', () => {
    const withExec = (command: string): KubeconfigEntries => ({
      ...entries,
      user: { name: 'ci-user', fields: { exec: { command, args: ['get-token'] } } },
    });
    const first = merge(undefined, {}, withExec('/opt/dexchange'));
    expect(read(merge(first, {}, withExec('dexchange'))).users[0].user.exec.command).toBe(
      'dexchange',
    );
    const foreign = merge(undefined, {}, withExec('aws'));
    expect(failure(() => merge(foreign, {}, withExec('dexchange'))).code).toBe(
      'kubeconfig_conflict',
    );
  });
});

describe('a kubeconfig is rejected if it has', () => {
  test.each([
    ['invalid YAML', 'clusters: [', 'is not YAML'],
    ['a list at the top', '- a', 'is not a mapping'],
    ['clusters that are not a list', 'clusters: {a: b}', 'clusters is not a list'],
    [
      'two entries with the same name',
      'users: [{name: ci-user}, {name: ci-user}]',
      'has 2 entries',
    ],
    ['two documents', 'a: b\n---\nc: d\n', 'is not YAML'],
    ['two other users of one name', 'users: [{name: a}, {name: a}]', 'an earlier item'],
    ['another kind', 'kind: Pod', 'has kind Pod'],
    ['a name that is no text', 'users: [{name: on}]', 'users[0].name must be a string'],
    ['an item that is no entry', 'contexts: [a]', 'contexts[0] must be a mapping'],
  ])('%s', (_what, old, message) => {
    const error = failure(() => merge(old));
    expect(error).toMatchObject({ code: 'kubeconfig_invalid', exitCode: 2 });
    expect(error.message).toContain(message);
  });

  test.each([
    ['shares its list with another field', 'users: &u\n- {name: a, user: {}}\nextra: *u\n'],
    ['gets its fields by a merge key', 'x: &x {users: [{name: a, user: {token: t}}]}\n<<: *x\n'],
    [
      'is an alias of another one',
      'users:\n- &a {name: ci-user, user: {username: deployer}}\nextra: *a\n',
    ],
  ])('an entry that %s', (_what, old) => {
    expect(failure(() => merge(old))).toMatchObject({
      code: 'kubeconfig_invalid',
      message: expect.stringMatching(/^kube\.config .*other entries/),
    });
  });

  test('an entry that shares its fields with another one', () => {
    const old = `clusters:
- name: ci
  cluster: &shared {server: https://api.example.com, certificate-authority: /a}
- name: other
  cluster: *shared
`;
    const next = {
      ...entries,
      cluster: {
        name: 'ci',
        fields: { server: 'https://api.example.com', 'certificate-authority-data': 'QQ==' },
      },
    };
    expect(failure(() => merge(old, {}, next))).toMatchObject({
      code: 'kubeconfig_invalid',
      message: expect.stringMatching(/^kube\.config .*other entries/),
    });
  });
});

test('old and new texts of any content stay the same', () => {
  const text = fc.oneof(
    // Without what YAML cannot carry, which is refused.
    fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((content) => !/[\p{Cc}\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]/u.test(content)),
    fc.constantFrom('on', 'No', '~', '012', '1e3', '1_0', '12:30:00', '2020-01-01', '--a', '#'),
  );
  fc.assert(
    fc.property(text, text, text, (old, name, password) => {
      const before = stringify(
        { users: [{ name: `old ${old}`, user: { token: old } }] },
        { version: '1.1' },
      );
      const next = { ...entries, user: { name, fields: { username: name, password } } };
      const after = read(merge(before, {}, next));
      expect(after.users).toEqual([
        { name: `old ${old}`, user: { token: old } },
        { name, user: { username: name, password } },
      ]);
    }),
  );
});

test.each([
  ['?', 'has a key that is not text'],
  ['? a\nclusters: []', 'has a key without a colon'],
  ['{a, b: c}', 'has a key without a colon'],
  ['? [a]\n: b', 'has a key that is not text'],
  ['? {a: b}\n: c', 'has a key that is not text'],
])('a file with the key of %j is not changed', (old, reason) => {
  expect(failure(() => merge(old))).toMatchObject({
    code: 'kubeconfig_invalid',
    message: expect.stringContaining(reason),
  });
});

describe('any text is read back by every YAML reader, or refused', () => {
  const unwritable = [
    '\u0085',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ud800',
    '\0',
    '\u001b',
    '\u007f',
    '\u009f',
  ];
  const withPassword = (password: string): KubeconfigEntries => ({
    ...entries,
    user: { name: 'ci-user', fields: { username: 'deployer', password } },
  });
  const readers: Readonly<Record<string, (text: string) => unknown>> = {
    kubectl: (text) => yamlToJson(text, (reason) => expect.fail(reason)),
    'YAML 1.1': read,
    'YAML 1.2': (text) => parse(text),
  };

  function expectRead(text: string, password: string): void {
    for (const [reader, readAs] of Object.entries(readers)) {
      const { users } = readAs(text) as { users: { name: string; user: object }[] };
      const user = users.find(({ name }) => name === 'ci-user')?.user;
      expect(user, reader).toEqual({ username: 'deployer', password });
    }
  }

  test.each(ambiguousScalars)('%j', (password) => {
    expectRead(merge(undefined, {}, withPassword(password)), password);
    expectRead(merge(handWritten, {}, withPassword(password)), password);
    const old = merge(undefined, {}, withPassword('before'));
    expectRead(merge(old, {}, withPassword(password)), password);
  });

  test.each(ambiguousScalars.filter((text) => text !== ''))('%j as a name', (name) => {
    const named: KubeconfigEntries = {
      cluster: { name, fields: { server: 'https://a' } },
      user: { name, fields: { username: 'deployer', password: 'x' } },
      context: { name, fields: { cluster: name, user: name } },
    };
    for (const old of [undefined, merge(undefined)]) {
      const text = merge(old, { force: true }, named);
      for (const [reader, readAs] of Object.entries(readers)) {
        const config = readAs(text) as Record<string, unknown>;
        expect(config['current-context'], reader).toBe(name);
        expect(config['contexts'], reader).toContainEqual({
          name,
          context: { cluster: name, user: name },
        });
      }
    }
  });

  test.each(unwritable)('%j is refused by its number, and not shown', (character) => {
    for (const text of [`s3cret${character}`, `${character}s3cret`, `s3${character}cret`]) {
      const error = failure(() => merge(undefined, {}, withPassword(text)));
      expect(error).toMatchObject({
        code: 'setting_invalid',
        message: expect.stringMatching(
          /^password of the user contains the character U\+[\dA-F]{4},/,
        ),
      });
      expect(error.message).not.toContain('s3');
    }
  });

  test('random texts', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (password) => {
        let text: string;
        try {
          text = merge(undefined, {}, withPassword(password));
        } catch (error) {
          expect(error).toMatchObject({ code: 'setting_invalid' });
          return;
        }
        expectRead(text, password);
      }),
      { numRuns: 200, interruptAfterTimeLimit: 10_000 },
    );
  });
});
