import fc from 'fast-check';

/** Kubeconfig files in the order of KUBECONFIG, and the value of --context. */
export interface GeneratedKubeconfig {
  readonly files: readonly Buffer[];
  readonly context: string | undefined;
}

/** Scalars as YAML 1.1 and 1.2 write them: every one is some type for some reader. */
const scalarTexts = [
  ...['', '~', 'null', 'Null', 'nUll', 'true', 'True', 'yes', 'Yes', 'yEs', 'no', 'on', 'Off', 'y'],
  ...['n', 'Y', '0', '-0', '+0', '00', '08', '012', '0o7', '0O7', '0x1f', '0X1F', '-0x1', '0b11'],
  ...['1_000', '1__0', '_1', '1_', '0_', '0x_1', '1e3', '1E3', '1e+3', '1.e3', '.5', '5.', '-.5'],
  ...['._5', '1_0.5', '1e400', '1e-400', '12:30', '190:20:30.15', '.inf', '-.Inf', '+.INF', '.nan'],
  ...[
    '.NaN',
    '.Nan',
    '2001-12-14',
    '2001-1-1',
    '2001-12-14t21:59:43.10-05:00',
    '=',
    '<<',
    '-',
    '?',
  ],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775809', '18446744073709551616'],
  ...['0x8000000000000000', '-0x8000000000000001', '123456789012345678901234567890', '+12', '--1'],
  ...[
    '!!str 12',
    '!!str',
    '!!int 5',
    '!!int "5"',
    '!!float 5',
    '!!bool yes',
    '!!null',
    '!!binary YQ==',
  ],
  ...['!!binary YQ', '!foo bar', '!<tag:yaml.org,2002:str> 5', '! 5', '!!timestamp 2001-12-14'],
  ...[
    '"a"',
    "'a'",
    "'it''s'",
    '"\\x41\\u00e4\\U0001F600"',
    '"\\q"',
    '"a\\',
    '"\\/"',
    '"\\ud800"',
    '"\\0"',
  ],
  ...[
    '"two\n          lines"',
    "'two\n\n          lines'",
    'two\n          lines',
    '|\n      block\n',
    '>-\n      folded\n',
  ],
  ...[
    '|2\n        block\n',
    '|+\n      kept\n\n',
    '>\n      a\n       b\n\n      c\n',
    '| # comment\n      b\n',
  ],
  ...[
    'a #b',
    'a#b',
    '#a',
    'a: b',
    'a:b',
    'a:',
    ':a',
    '[a',
    'a]',
    '{a',
    '[a]',
    '{a: b}',
    '[a: b]',
    '@a',
    '`a',
  ],
  ...[
    '%a',
    '&x a',
    '*x',
    '*none',
    '&x',
    'a, b',
    'ä',
    '日本',
    '😀',
    'a\u00a0b',
    'a\u0085b',
    'a\u2028b',
    '\ufeffa',
  ],
  ...[
    'a\tb',
    '\ta',
    'a\t',
    '"a\tb"',
    '- a',
    '? a',
    '&x [a, *x]',
    '!!set {a}',
    '!!omap [a: b]',
    '{a: b, a: c}',
  ],
  ...[
    't0ken',
    'a b',
    'Bearer x',
    'https://127.0.0.1:6443',
    'http://127.0.0.1:1',
    '127.0.0.1:6443',
    '/a',
    './a',
  ],
  ...[
    'token',
    'empty',
    'ca.crt',
    'YQ==',
    'Y Q = =',
    'YQ',
    'c',
    'u',
    'x',
    'v1',
    'Config',
    'Never',
    'plugin',
  ],
] as const;

const scalar = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...scalarTexts) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom(...'01_.-+eExo:# \'"abyn~%&*!|>[]{},?@`\\\t'), { maxLength: 6 })
      .map((characters) => characters.join('')),
  },
);

type Lines = readonly string[];
const indent = (lines: Lines, by = '  '): Lines => lines.map((line) => by + line);

/** A field of a mapping; a value that is `undefined` is any scalar. */
function field(name: string, usual: readonly string[]): fc.Arbitrary<string> {
  const value = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: scalar },
  );
  const key = fc.oneof(
    { weight: 30, arbitrary: fc.constant(name) },
    { weight: 1, arbitrary: fc.constantFrom(`"${name}"`, name.toUpperCase(), `${name} `) },
  );
  return fc.tuple(key, value).map(([written, text]) => `${written}: ${text}`);
}

/** Some of the fields of a mapping, in any order, rarely one of them twice. */
function mapping(
  required: readonly fc.Arbitrary<string>[],
  optional: readonly fc.Arbitrary<string>[],
): fc.Arbitrary<Lines> {
  return fc
    .tuple(fc.tuple(...required), fc.array(fc.oneof(...optional), { maxLength: 3 }))
    .chain(([base, more]) => shuffled([...base, ...more]));
}

/** All of the items, in any order. */
function shuffled<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...items], { minLength: items.length });
}

const extensions = fc.constantFrom(
  'extensions: [{name: client.authentication.k8s.io/exec, extension: {a: 1, b: yes}}]',
  'extensions: [{name: a, extension: x}, {name: a}]',
  'extensions: [{name: a}, {name: a, extension: 5}]',
  'extensions: {}',
  'extensions: [5]',
  'extensions: [{name: 5}]',
);

const cluster = mapping(
  [
    field('server', [
      'https://127.0.0.1:6443',
      'https://127.0.0.1:6443/k8s?a#b',
      '"https://[::1]:1/"',
    ]),
  ],
  [
    field('certificate-authority', ['ca.crt', './ca.crt', '<folder>/ca.crt', 'none', '""']),
    field('certificate-authority-data', ['<ca>', '""', '"<ca>"', '|\n      <ca>', 'a', 'a===']),
    field('insecure-skip-tls-verify', ['true', 'false', 'yes', '"true"', '1']),
    field('tls-server-name', ['api.example.com', '""']),
    field('proxy-url', [
      'http://127.0.0.1:3128',
      'socks5://127.0.0.1:1',
      '""',
      'ftp://a',
      'http://',
      '127.0.0.1:1',
      '://',
    ]),
    field('disable-compression', ['true', 'no']),
    field('unknown', ['a', '[]', '{}', '.nan']),
    extensions,
    fc.constantFrom('<<: {server: "https://127.0.0.1:7"}', '<<: [{tls-server-name: a}]', '<<: *c'),
  ],
);

const user = mapping(
  [],
  [
    field('token', ['t0ken', '"12"', 'a.b.c']),
    field('token', ['t0ken', '"12"', 'a.b.c']),
    field('tokenFile', ['token', 'none', 'empty', '<folder>/token', './token', '../none', 'lines']),
    field('username', ['jane', '""', 'ja:ne', 'jäne']),
    field('password', ['secret', '""', 'pa$$word', 'ä', '12:30']),
    field('client-certificate-data', ['<cert>', '""', 'a']),
    field('client-key-data', ['<key>', '""']),
    field('client-certificate', ['client.crt', 'none']),
    field('client-key', ['client.key', 'none']),
    field('as', ['jane', '""', 'jäne']),
    field('as-uid', ['"5"', '""']),
    field('as-groups', ['[a]', '[a, b]', '[]', '[5]', 'a', '[~]', '\n    - a\n    - yes']),
    field('as-user-extra', [
      '{a: [b]}',
      '{A/b: [c, d]}',
      '{a: b}',
      '{}',
      '{1: [a]}',
      '{"ä%": [b]}',
      '{a: []}',
    ]),
    field('auth-provider', ['{name: oidc}', '~', 'a', '{config: {a: 5}}', '{}']),
    field('impersonate-user', ['a']),
    extensions,
    field('exec', [
      '{command: plugin, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}',
      '{command: ./plugin, apiVersion: client.authentication.k8s.io/v1beta1, args: [a, "5"], env: [{name: A, value: b}]}',
      '{command: sub/plugin, apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, provideClusterInfo: true}',
      '{command: /a/plugin, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, env: [{name: A, value: 1}]}',
      '{command: plugin, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, env: [{name: A}, {name: A, value: c}]}',
      '{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}',
      '{}',
      '[]',
    ]),
    fc.constantFrom(
      '<<: {token: merged}',
      '<<: [{token: a}, {token: b}]',
      '<<: *t',
      '<<: a',
      '<<:',
    ),
  ],
);

const name = (usual: string) =>
  fc.oneof(
    { weight: 60, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: scalar },
    { weight: 1, arbitrary: fc.constantFrom('other', '"x"', '""') },
  );

const context = fc
  .tuple(name('c'), name('u'), fc.option(name('ns'), { freq: 2 }))
  .map(
    ([c, u, namespace]): Lines => [
      `cluster: ${c}`,
      `user: ${u}`,
      ...(namespace === null ? [] : [`namespace: ${namespace}`]),
    ],
  );

/** The items of one of the three lists, in one of the ways to indent them. */
function list(
  key: string,
  part: string,
  usual: string,
  body: fc.Arbitrary<Lines>,
): fc.Arbitrary<Lines> {
  const item = fc
    .tuple(name(usual), body, fc.constantFrom('', `&${part[0] ?? ''} `))
    .map(
      ([itemName, lines, anchor]): Lines =>
        lines.length === 0
          ? [`- name: ${itemName}`, `  ${part}: {}`]
          : [`- name: ${itemName}`, `  ${part}: ${anchor}`.trimEnd(), ...indent(lines, '    ')],
    );
  const odd = fc.constantFrom<Lines>(
    ['- ~'],
    ['- a'],
    [`- {name: v, ${part}: ~}`],
    ['- {}'],
    [`- {name: ${usual}}`],
  );
  const items = fc
    .tuple(item, fc.array(fc.oneof(odd, item), { maxLength: 1 }))
    .map(([first, more]) => [first, ...more]);
  return fc
    .tuple(
      fc.oneof(
        { weight: 20, arbitrary: items.map((all) => all.slice(0, 1)) },
        { weight: 1, arbitrary: items },
      ),
      fc.boolean(),
    )
    .map(([all, isIndented]) => [`${key}:`, ...indent(all.flat(), isIndented ? '  ' : '')]);
}

const extras = fc.constantFrom<Lines>(
  [],
  ['preferences: {}'],
  ['preferences: {colors: true}'],
  ['preferences: {colors: 1}'],
  ['preferences:', '  extensions: [{name: a, extension: {b: 1}}]'],
  ['# comment', ''],
  ['x: &t {token: anchored}', 'y: *t'],
  ['extensions:', '- name: a', '  extension: {b: [1, ~, .5]}'],
  ['kind: Config', 'apiVersion: v1'],
  ['kind: List'],
  ['? [a]', ': b'],
  ['5: a', 'true: b'],
  ['users:'],
  ['x: {a: 1, a: 2}'],
  ['x: 1e999'],
  ['x: !!float 1e3', 'z: !!python/object:a {}'],
  ['---'],
  ['...'],
  ['%YAML 1.1', '---'],
  ['x:', '\t- a'],
  ['\t'],
  ['x: [a,', '  b,', ']'],
  ['"current-context": x'],
  ['x: "a', '  b"'],
  [' x: a'],
);

const text = fc
  .tuple(
    extras,
    fc.constantFrom(...(['apiVersion: v1', 'kind: Config', '', '---', '# a comment'] as const)),
    list('clusters', 'cluster', 'c', cluster),
    list('users', 'user', 'u', user),
    list('contexts', 'context', 'x', context),
    fc.oneof(
      { weight: 10, arbitrary: fc.constant('current-context: x') },
      { weight: 1, arbitrary: field('current-context', ['x', '"x"', '""']) },
    ),
    extras,
    fc.oneof(
      { weight: 30, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
    ),
  )
  .chain(([before, start, clusters, users, contexts, current, after, drop]) =>
    fc
      .shuffledSubarray([clusters, users, contexts, [current]], { minLength: 4 - drop })
      .map((parts) => [...(drop === 2 ? before : []), start, ...parts.flat(), ...after].join('\n')),
  );

/** How the text of a file becomes bytes, and what can happen to it on the way. */
const encodings = fc.oneof(
  { weight: 12, arbitrary: fc.constant((given: string) => Buffer.from(given)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      (given: string) => Buffer.from(`\ufeff${given}`),
      (given: string) => Buffer.from(`\ufeff${given}`, 'utf16le'),
      (given: string) => Buffer.from(`\ufeff${given}`, 'utf16le').swap16(),
      (given: string) => Buffer.from(given, 'utf16le'),
      (given: string) => Buffer.from(given, 'latin1'),
      (given: string) => Buffer.from(given.replaceAll('\n', '\r\n')),
      (given: string) => Buffer.from(given.replaceAll('\n', '\r')),
      (given: string) => Buffer.from(given.replace('\n', '\u2028')),
      (given: string) => Buffer.from(`${given}\n\0`),
      (given: string) => Buffer.from(given.replaceAll('  ', '\t')),
    ),
  },
);

/** One character of the text is removed, doubled or replaced. */
const damage = fc.oneof(
  { weight: 10, arbitrary: fc.constant((given: string) => given) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(
          '',
          ' ',
          '\n',
          '"',
          ':',
          '- ',
          '\t',
          '#',
          '{',
          ']',
          "'",
          '&',
          '*',
          '!',
          '|',
          '%',
          '\n\n',
          ',',
        ),
      )
      .map(([where, by]) => (given: string) => {
        const at = Math.floor(where * given.length);
        return given.slice(0, at) + by + given.slice(at + 1);
      }),
  },
);

const file = fc
  .tuple(text, fc.boolean(), damage, encodings)
  .map(([given, hasEnd, damaged, encode]) => encode(damaged(given) + (hasEnd ? '\n' : '')));

/**
 * Kubeconfigs that people, tools and accidents could write: most are one typical file with a few
 * odd places. `<folder>`, `<ca>`, `<cert>` and `<key>` are to be replaced by the caller.
 */
export const generatedKubeconfigs: fc.Arbitrary<GeneratedKubeconfig> = fc.record({
  files: fc.oneof(
    { weight: 5, arbitrary: file.map((only) => [only]) },
    { weight: 1, arbitrary: fc.array(file, { minLength: 2, maxLength: 3 }) },
  ),
  context: fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('x', 'other', '') },
  ),
});
