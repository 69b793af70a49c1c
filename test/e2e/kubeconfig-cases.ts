/**
 * What the API server sees of a request, as far as the kubeconfig decides it. Fields that are
 * missing were not sent.
 */
export interface Sent {
  readonly authorization?: string;
  /** The impersonation headers, by their lower-case names. */
  readonly impersonate?: Readonly<Record<string, string>>;
  /** The common name of the TLS client certificate. */
  readonly clientCertificate?: string;
  /** The name asked for by TLS (SNI), only for a server that is addressed by its IP address. */
  readonly serverName?: string;
  /** True if the request came through the proxy. */
  readonly proxy?: true;
  /** The path in front of the API's own, unless it is empty. */
  readonly prefix?: string;
  /** `spec` of the KUBERNETES_EXEC_INFO that the plugin got, with the placeholders of below. */
  readonly execInfo?: unknown;
}

/** What becomes of a call: a request, or an error before the server sees one. */
export type Outcome = Sent | 'refused';

/** A kubeconfig, and what kubectl makes of it. */
export interface KubeconfigCase {
  readonly name: string;
  /**
   * The kubeconfig files, joined in KUBECONFIG. These stand for what a run knows: `<server>`,
   * `<host>` (the server without its scheme), `<mtls>` (a server that demands a client certificate),
   * `<ca>`, `<cert>` and `<key>` (base64), `<proxy>`, and `<folder>`, where the files `ca.crt`,
   * `token`, `empty`, `lines`, `client.crt`, `client.key` and the executable `plugin` are.
   */
  readonly files: readonly (string | Buffer)[];
  /** The value of --context. */
  readonly context?: string;
  /** What kubectl does. */
  readonly expected: Outcome;
  /** What dexchange does where it differs on purpose; `why` gives the reason. */
  readonly differs?: { readonly outcome: Outcome; readonly why: string };
}

const anonymous = {
  outcome: {},
  why: 'kubectl asks for a user name and a password; dexchange tells who has no credential',
} as const;

const cluster = `
clusters:
- name: c
  cluster:
    server: <server>
    certificate-authority-data: <ca>
`;
const context = `
contexts:
- name: x
  context: {cluster: c, user: u}
current-context: x
`;
const token = `
users:
- name: u
  user: {token: t0ken}
`;
const sent: Sent = { authorization: 'Bearer t0ken' };
const bearer = (value: string): Sent => ({ authorization: `Bearer ${value}` });
/** A text in UTF-8, as the server sees a header: each byte is one character. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1');
const basic = (pair: string): Sent => ({
  authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
});

/** A case whose user entry has these lines. */
function user(name: string, lines: string, expected: Outcome, more = {}): KubeconfigCase {
  const entry = lines.replace(/^/gm, '    ');
  return {
    name,
    files: [`${cluster}${context}users:\n- name: u\n  user:\n${entry}\n`],
    expected,
    ...more,
  };
}

/** A case whose cluster entry has these lines. */
function server(name: string, lines: string, expected: Outcome, more = {}): KubeconfigCase {
  const entry = lines.replace(/^/gm, '    ');
  return {
    name,
    files: [`clusters:\n- name: c\n  cluster:\n${entry}\n${context}${token}`],
    expected,
    ...more,
  };
}

/** A case of one file. */
function file(name: string, text: string | Buffer, expected: Outcome, more = {}): KubeconfigCase {
  return { name, files: [text], expected, ...more };
}

/** A case whose user has an exec entry with these lines, after its command. */
function exec(name: string, lines: string, expected: Outcome, more = {}): KubeconfigCase {
  const entry = `exec:\n  command: <folder>/plugin\n${lines.replace(/^/gm, '  ')}`;
  return user(name, entry, expected, more);
}

/** A case of a password, as written. */
function password(written: string, expected: Outcome): KubeconfigCase {
  return user(`the password ${written}`, `username: jane\npassword: ${written}`, expected);
}

const whole = `apiVersion: v1\nkind: Config${cluster}${context}${token}`;
const json = JSON.stringify(
  {
    clusters: [
      { name: 'c', cluster: { server: '<server>', 'certificate-authority-data': '<ca>' } },
    ],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user: { token: 't0ken' } }],
    'current-context': 'x',
  },
  null,
  '\t',
);
const v1 = 'apiVersion: client.authentication.k8s.io/v1\ninteractiveMode: Never';
const hundred = Array.from({ length: 150 }, (_, index) => `- *a${index % 2 ? '' : ' # again'}`);

const documents: readonly KubeconfigCase[] = [
  file('a plain kubeconfig', whole, sent),
  file('JSON indented with tabs', json, sent),
  file('JSON without any space', JSON.stringify(JSON.parse(json)), sent),
  file('a document start', `---\n${whole}`, sent),
  file('a closing ---', `${whole}---\n`, sent),
  file('a closing ... and text after it', `${whole}...\nno: [yaml\n`, sent),
  file('a second kubeconfig behind ---', `${whole}---\nusers: []\n`, sent),
  file('a second document that is not YAML', `${whole}---\n  a: [\n b\n`, sent),
  file('an empty first document', `---\n---\n${whole}`, 'refused'),
  file('%YAML 1.1', `%YAML 1.1\n---\n${whole}`, sent),
  file('%YAML 1.2', `%YAML 1.2\n---\n${whole}`, 'refused'),
  file('an unknown directive', `%FOO bar\n---\n${whole}`, 'refused'),
  file('an empty file', '', 'refused'),
  file('only a comment', '# nothing yet\n', 'refused'),
  file('a list', '- a\n', 'refused'),
  file('a word', 'kubeconfig\n', 'refused'),
  file('UTF-8 with a byte order mark', `\ufeff${whole}`, sent),
  file('UTF-16, little-endian', Buffer.from(`\ufeff${whole}`, 'utf16le'), sent),
  file('UTF-16, big-endian', Buffer.from(`\ufeff${whole}`, 'utf16le').swap16(), sent),
  file('bytes that are not UTF-8', Buffer.from(`${whole}# \xe4\n`, 'latin1'), 'refused'),
  file('U+FFFD', `${whole}# \ufffd\n`, sent),
  file('a control character', `${whole}# \u0001\n`, 'refused'),
  file('lines that end in CR LF', whole.replaceAll('\n', '\r\n'), sent),
  file('lines that end in CR', whole.replaceAll('\n', '\r'), sent),
  file('a tab as indentation', `${whole}preferences:\n\tcolors: true\n`, 'refused'),
  file('a line with nothing but a tab', whole.replace('\nusers:', '\n\t\nusers:'), 'refused'),
  file('a tab at the end of the file', `${whole}\t`, 'refused'),
  {
    name: 'a line with nothing but a tab, behind what kubectl reads',
    files: [' kind: Config\nusers: []\n\t\n', whole],
    expected: sent,
  },
  {
    name: 'a line with nothing but a tab, before what kubectl does not read',
    files: [' kind: Config\n\t\nusers: []\n', whole],
    expected: 'refused',
  },
  {
    name: 'a line with nothing but a tab, behind a word that is no key',
    files: [' kind: Config\nusers\n\t\n', whole],
    expected: sent,
  },
  {
    name: 'a line with nothing but a tab, behind a quoted word',
    files: [' kind: Config\n"users"\n\t\n', whole],
    expected: 'refused',
  },
  file('a tab behind a value', whole.replace('kind: Config', 'kind: Config\t'), sent),
  file('a line with a tab in brackets', `${whole}x: [a,\n\t\n  b]\n`, sent),
  file(
    'text that ends with the file, without a line break',
    `${cluster}${context}users:\n- name: u\n  user:\n    token: |\n      t0ken`,
    sent,
  ),
  file('a tab behind a colon', whole.replace('current-context: ', 'current-context:\t'), sent),
  file(
    'a key twice: the last is taken',
    `${whole}users: [{name: u, user: {token: other}}]\n`,
    bearer('other'),
  ),
  file('a key that is a list', `${whole}? [a]\n: b\n`, 'refused'),
  file('a key that is null', `${whole}~: b\n`, 'refused'),
  file('a key that is a number', `${whole}5: b\n`, sent),
  file('an unknown field that JSON cannot express', `${whole}x: .nan\n`, 'refused'),
  file('unknown fields', `${whole}x: 5\ny: {z: [~]}\n`, sent),
  file('a field in another case', `${whole}Current-Context: other\n`, sent),
  file('500 levels of nesting', `${whole}x: ${'['.repeat(500)}${']'.repeat(500)}\n`, sent),
  file('a directive behind the document', `${whole}%YAML 1.1\n---\n`, sent),
  {
    name: 'what is indented less than the first line is not read',
    files: [` kind: Config\n${token.trimStart().replace('t0ken', 'other')}`, whole],
    expected: sent,
  },
  file('... before the document', `...\n${whole}`, 'refused'),
  file('U+2028 as the end of a line', whole.replace('kind: Config\n', 'kind: Config\u2028'), sent),
  file('U+2029 as the end of a line', whole.replace('kind: Config\n', 'kind: Config\u2029'), sent),
  file('U+0085 as the end of a line', whole.replace('kind: Config\n', 'kind: Config\u0085'), sent),
  file('an infinity that is overwritten', `${whole}x: .inf\nx: 5\n`, sent),
  file('an anchor with a dot', `x: &a.b c\n${whole}`, 'refused'),
  file('an escape that stands for half a character', `${whole}x: "\\ud83d\\ude00"\n`, 'refused'),
  file('an escape of JSON that YAML 1.1 does not know', `${whole}x: "\\/"\n`, 'refused'),
  file('an escaped backslash in front of a slash', `${whole}x: "\\\\/"\n`, sent),
  file('two megabytes of comments', `${'# comment\n'.repeat(200_000)}${whole}`, sent),
  file('an unclosed quote', `${whole}x: "\n`, 'refused'),
  file('an unclosed bracket', `${whole}x: [\n`, 'refused'),
  file('wrong indentation', `${whole}x:\n  a: 1\n y: 2\n`, 'refused'),
  file('a mapping in a plain value', `${whole}x: a: b\n`, 'refused'),
  file('kind List', `kind: List\n${cluster}${context}${token}`, 'refused'),
  file('Kind, which is kind too', `Kind: List\n${cluster}${context}${token}`, 'refused'),
  file('kind null', `kind:\n${cluster}${context}${token}`, sent),
  file('kind that is a number', `kind: 5\n${cluster}${context}${token}`, 'refused'),
  file('apiVersion v2', `apiVersion: v2\n${cluster}${context}${token}`, 'refused'),
  file('apiVersion that is a number', `apiVersion: 1\n${cluster}${context}${token}`, 'refused'),
  file('preferences that are a list', `preferences: []\n${whole}`, 'refused'),
  file('preferences with a number as colors', `preferences: {colors: 1}\n${whole}`, 'refused'),
  file('empty preferences', `preferences:\n${whole}`, sent),
  file(
    'an extension twice',
    `extensions: [{name: a, extension: 1}, {name: a}]\n${whole}`,
    'refused',
  ),
  file('an empty extension twice', `extensions: [{name: a}, {name: a}]\n${whole}`, sent),
];

const aliases: readonly KubeconfigCase[] = [
  user('a merge key', '<<: {token: merged}', bearer('merged')),
  user('a merge key before a key', '<<: {token: merged}\ntoken: own', bearer('own')),
  user(
    'a merge key after a key overwrites it',
    'token: own\n<<: {token: merged}',
    bearer('merged'),
  ),
  user('a list of merges: the first wins', '<<: [{token: a}, {token: b}]', bearer('a')),
  user('a merge of text', '<<: a', 'refused'),
  user('a quoted merge key', '"<<": {token: merged}\ntoken: own', bearer('own')),
  file(
    'an anchor and its alias',
    `x: &t t0ken${cluster}${context}users: [{name: u, user: {token: *t}}]\n`,
    sent,
  ),
  file(
    'a merged alias',
    `x: &t {token: t0ken}${cluster}${context}users: [{name: u, user: {<<: *t}}]\n`,
    sent,
  ),
  file(
    'an anchor twice: the last before it',
    `x: &t a\ny: &t t0ken${cluster}${context}users: [{name: u, user: {token: *t}}]\nz: &t b\n`,
    sent,
  ),
  file('150 aliases of one anchor', `x: &a [1]\ny:\n${hundred.join('\n')}\n${whole}`, sent),
  file(
    'a few aliases that become a million items',
    `a: &a [x, x, x, x, x, x, x, x, x]\n${'bcdefg'.replace(
      /./g,
      (n) =>
        `${n}: &${n} [${Array(9)
          .fill(`*${String.fromCharCode(n.charCodeAt(0) - 1)}`)
          .join(', ')}]\n`,
    )}${whole}`,
    'refused',
  ),
  file('an alias without an anchor', `x: *none\n${whole}`, 'refused'),
  file('an alias before its anchor', `x: *a\ny: &a b\n${whole}`, 'refused'),
  file('an anchor that contains itself', `x: &a [*a]\n${whole}`, 'refused'),
];

const scalars: readonly KubeconfigCase[] = [
  password('secret', basic('jane:secret')),
  password('12:30', basic('jane:12:30')),
  password('190:20:30.15', basic('jane:190:20:30.15')),
  password('1.2.3', basic('jane:1.2.3')),
  password('2001-12-14', basic('jane:2001-12-14')),
  password('2001-12-14T21:59:43Z', basic('jane:2001-12-14T21:59:43Z')),
  password('"12"', basic('jane:12')),
  password("'it''s'", basic("jane:it's")),
  password('"\\x41\\u00e4"', basic('jane:Aä')),
  password('!!str 12', basic('jane:12')),
  password('!foo 12', basic('jane:12')),
  password('!!binary c2VjcmV0', basic('jane:secret')),
  password('!!binary "?"', 'refused'),
  password('!!int "12"', 'refused'),
  password('!!int abc', 'refused'),
  password('!!timestamp 2001-12-14', basic('jane:2001-12-14')),
  password('!!timestamp abc', 'refused'),
  password('! 12', basic('jane:12')),
  password('12', 'refused'),
  password('-12', 'refused'),
  password('+12', 'refused'),
  password('0x1F', 'refused'),
  password('0o17', 'refused'),
  password('017', 'refused'),
  password('08', 'refused'),
  password('0b11', 'refused'),
  password('1_000', 'refused'),
  password('1__0', 'refused'),
  password('_12', basic('jane:_12')),
  password('1.5', 'refused'),
  password('1e3', 'refused'),
  password('1e999', basic('jane:1e999')),
  password('.5', 'refused'),
  password('._5', basic('jane:._5')),
  password('99999999999999999999', 'refused'),
  password('0xFFFFFFFFFFFFFFFFF', basic('jane:0xFFFFFFFFFFFFFFFFF')),
  password('.inf', 'refused'),
  password('true', 'refused'),
  password('yes', 'refused'),
  password('On', 'refused'),
  password('n', 'refused'),
  password('yEs', basic('jane:yEs')),
  password('~', basic('jane:')),
  password('Null', basic('jane:')),
  password('nUll', basic('jane:nUll')),
  password('', basic('jane:')),
  password('[a]', 'refused'),
  password('{a: b}', 'refused'),
  password('a #b', basic('jane:a')),
  password('a#b', basic('jane:a#b')),
  password('a:b', basic('jane:a:b')),
  password('@a', 'refused'),
  password('`a`', 'refused'),
  password('%a', 'refused'),
  password('-', 'refused'),
  password('?a', basic('jane:?a')),
  password('<<', basic('jane:<<')),
  password('two\n      lines', basic('jane:two lines')),
  password('|-\n      block\n      text', basic('jane:block\ntext')),
  password('>-\n      folded\n      text', basic('jane:folded text')),
  user('a token that is a number', 'token: 12345', 'refused'),
  user('a token that is a number in quotes', 'token: "12345"', bearer('12345')),
  user('a token that ends in a line break', 'token: |\n  t0ken', 'refused'),
  user('a user name that is a number', 'username: 5\npassword: a', 'refused'),
];

const users: readonly KubeconfigCase[] = [
  user('a user without fields', '{}', 'refused', { differs: anonymous }),
  user('a token that is not ASCII', 'token: schlüssel', bearer(bytes('schlüssel'))),
  user('a token with a tab', 'token: "a\\tb"', bearer('a\tb')),
  user('a token with a control character', 'token: "a\\x7f"', 'refused'),
  user('a token file of two lines, and a token', 'tokenFile: lines\ntoken: t0ken', 'refused'),
  user('a token with U+2028', 'token: "a\u2028b"', bearer(bytes('a\u2028b')), {
    differs: { outcome: 'refused', why: 'YAML takes U+2028 for the end of a line' },
  }),
  user('a token in another case', 'Token: other\ntoken: t0ken', sent),
  user('a token file, relative', 'tokenFile: token', bearer('from-file')),
  user('a token file, absolute', 'tokenFile: <folder>/token', bearer('from-file')),
  user('a token file and a token', 'tokenFile: token\ntoken: t0ken', bearer('from-file')),
  user('a missing token file and a token', 'tokenFile: none\ntoken: t0ken', sent),
  user('an empty token file and a token', 'tokenFile: empty\ntoken: t0ken', sent),
  user('a missing token file', 'tokenFile: none', 'refused'),
  user('an empty token file', 'tokenFile: empty', 'refused'),
  user('a user name without a password', 'username: jane', basic('jane:')),
  user('a password without a user name', 'password: secret', 'refused'),
  user('a token and a password', 'token: t0ken\nusername: jane\npassword: a', 'refused'),
  user('a token and a user name', 'token: t0ken\nusername: jane', 'refused'),
  user('a token file and a user name', 'tokenFile: token\nusername: jane', 'refused'),
  user(
    'a token file and a password without a user name',
    'tokenFile: token\npassword: a',
    bearer('from-file'),
  ),
  user('an auth-provider', 'auth-provider: {name: gcp}', 'refused'),
  user('an auth-provider and a token', 'auth-provider: {name: gcp}\ntoken: t0ken', 'refused'),
  user('an auth-provider that is null', 'auth-provider:\ntoken: t0ken', sent),
  user('an auth-provider that is text', 'auth-provider: gcp\ntoken: t0ken', 'refused'),
  user('impersonation', 'token: t0ken\nas: jane\nas-groups: [a]\nas-uid: "5"', {
    ...sent,
    impersonate: { 'impersonate-user': 'jane', 'impersonate-group': 'a', 'impersonate-uid': '5' },
  }),
  user('impersonation with extra values', 'token: t0ken\nas: jane\nas-user-extra: {A/b: [c]}', {
    ...sent,
    impersonate: { 'impersonate-user': 'jane', 'impersonate-extra-a%2fb': 'c' },
  }),
  user('groups to impersonate, but no user', 'token: t0ken\nas-groups: [a]', 'refused'),
  user('a user to impersonate that is a number', 'token: t0ken\nas: 5', 'refused'),
  user('groups to impersonate that are text', 'token: t0ken\nas: a\nas-groups: b', 'refused'),
  user(
    'a client-key without a certificate, and a token',
    'token: t0ken\nclient-key-data: <key>',
    sent,
  ),
  user('a client certificate without a key', 'client-certificate-data: <cert>', 'refused'),
  user(
    'a client certificate that is not base64',
    'token: t0ken\nclient-certificate-data: "?"',
    'refused',
  ),
  user(
    'a client certificate as text and as file',
    'client-certificate: client.crt\nclient-certificate-data: <cert>\nclient-key-data: <key>',
    'refused',
  ),
  user(
    'a client certificate whose file is missing',
    'client-certificate: none\nclient-key-data: <key>',
    'refused',
  ),
];

const mtls = (name: string, lines: string, expected: Outcome): KubeconfigCase => {
  const made = user(name, lines, expected);
  return { ...made, files: made.files.map((text) => String(text).replace('<server>', '<mtls>')) };
};

const certificates: readonly KubeconfigCase[] = [
  mtls('a client certificate as text', 'client-certificate-data: <cert>\nclient-key-data: <key>', {
    clientCertificate: 'jane',
  }),
  mtls('a client certificate in files', 'client-certificate: client.crt\nclient-key: client.key', {
    clientCertificate: 'jane',
  }),
  mtls(
    'a client certificate over several lines',
    'client-certificate-data: |\n  <cert>\n\nclient-key-data: >\n  <key>',
    { clientCertificate: 'jane' },
  ),
  mtls(
    'a client certificate and a token',
    'client-certificate: client.crt\nclient-key: client.key\ntoken: t0ken',
    { clientCertificate: 'jane', authorization: 'Bearer t0ken' },
  ),
  mtls(
    'a client certificate and a plugin, which is not run',
    `client-certificate: client.crt\nclient-key: client.key\nexec:\n  command: <folder>/plugin\n${v1.replace(/^/gm, '  ')}`,
    { clientCertificate: 'jane' },
  ),
];

const bare = { interactive: false };
const plugins: readonly KubeconfigCase[] = [
  exec('a plugin', v1, { ...bearer('from-plugin'), execInfo: bare }),
  exec('a plugin and a token', v1, sent, {
    files: [
      `${cluster}${context}users: [{name: u, user: {token: t0ken, exec: {command: none, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}}}]\n`,
    ],
  }),
  exec(
    'a plugin of v1beta1 without interactiveMode',
    'apiVersion: client.authentication.k8s.io/v1beta1\nargs: [v1beta1]',
    { ...bearer('from-plugin'), execInfo: bare },
  ),
  exec(
    'a plugin of v1 without interactiveMode',
    'apiVersion: client.authentication.k8s.io/v1',
    'refused',
  ),
  exec('a plugin of v1alpha1', 'apiVersion: client.authentication.k8s.io/v1alpha1', 'refused'),
  exec('a plugin without apiVersion', 'interactiveMode: Never', 'refused'),
  exec('a plugin without a command', `command: ""\n${v1}`, 'refused'),
  exec(
    'a plugin that needs a terminal',
    'apiVersion: client.authentication.k8s.io/v1\ninteractiveMode: Always',
    'refused',
  ),
  exec(
    'a plugin with an unknown interactiveMode',
    'apiVersion: client.authentication.k8s.io/v1\ninteractiveMode: never',
    'refused',
  ),
  exec('a plugin in the folder of the kubeconfig', `command: ./plugin\n${v1}`, {
    ...bearer('from-plugin'),
    execInfo: bare,
  }),
  exec('a plugin that is not in PATH', `command: plugin\n${v1}`, 'refused'),
  exec('a plugin with env', `env: [{name: PLUGIN_TOKEN, value: from-env}]\n${v1}`, {
    ...bearer('from-env'),
    execInfo: bare,
  }),
  exec('a plugin with env without a value', `env: [{name: PLUGIN_TOKEN}]\n${v1}`, {
    ...bearer('from-plugin'),
    execInfo: bare,
  }),
  exec('a plugin with env without a name', `env: [{value: a}]\n${v1}`, 'refused'),
  exec('a plugin with env that is a number', `env: [{name: A, value: 5}]\n${v1}`, 'refused'),
  exec('a plugin with args that are numbers', `args: [5]\n${v1}`, 'refused'),
  exec('a plugin with args that are text', `args: a b\n${v1}`, 'refused'),
  exec(
    'a plugin with provideClusterInfo that is text',
    `provideClusterInfo: "true"\n${v1}`,
    'refused',
  ),
  exec('a plugin and an auth-provider', `${v1}`, 'refused', {
    files: [
      `${cluster}${context}users: [{name: u, user: {auth-provider: {name: a}, exec: {command: <folder>/plugin, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never}}}]\n`,
    ],
  }),
  exec('a plugin that is told of the cluster', `provideClusterInfo: yes\n${v1}`, {
    ...bearer('from-plugin'),
    execInfo: {
      interactive: false,
      cluster: { server: '<server>', 'certificate-authority-data': '<ca>', config: null },
    },
  }),
  {
    name: 'a plugin that is told of all fields of the cluster',
    files: [
      `clusters:
- name: c
  cluster:
    server: <server>/k8s?x#y
    certificate-authority: ca.crt
    tls-server-name: api.example.com
    disable-compression: true
    extensions:
    - name: client.authentication.k8s.io/exec
      extension: {a: [1, on, "x"], b: ~}
${context}users:
- name: u
  user:
    exec:
      command: <folder>/plugin
      provideClusterInfo: true
      apiVersion: client.authentication.k8s.io/v1
      interactiveMode: Never
`,
    ],
    expected: {
      ...bearer('from-plugin'),
      serverName: 'api.example.com',
      prefix: '/k8s',
      execInfo: {
        interactive: false,
        cluster: {
          server: '<server>/k8s',
          'certificate-authority-data': '<ca>',
          'tls-server-name': 'api.example.com',
          'disable-compression': true,
          config: { a: [1, true, 'x'], b: null },
        },
      },
    },
  },
];

const ca = 'certificate-authority-data: <ca>';
const plainHttp = {
  outcome: 'refused',
  why: 'kubectl sends no credential over http, and asks as system:anonymous',
} as const;
const clusters: readonly KubeconfigCase[] = [
  server('a CA in a file', 'server: <server>\ncertificate-authority: ca.crt', sent),
  server('a CA in a missing file', 'server: <server>\ncertificate-authority: none', 'refused'),
  server(
    'a CA as text and as file',
    `server: <server>\ncertificate-authority: ca.crt\n${ca}`,
    'refused',
  ),
  server('a CA that is not base64', 'server: <server>\ncertificate-authority-data: a', 'refused'),
  server('a CA that is a number', 'server: <server>\ncertificate-authority-data: 5', 'refused'),
  server(
    'a CA that is empty, and a file',
    'server: <server>\ncertificate-authority-data: ""\ncertificate-authority: ca.crt',
    sent,
  ),
  server('no verification', 'server: <server>\ninsecure-skip-tls-verify: true', sent),
  server('no verification, as yes', 'server: <server>\ninsecure-skip-tls-verify: yes', sent),
  server(
    'no verification, as text',
    'server: <server>\ninsecure-skip-tls-verify: "true"',
    'refused',
  ),
  server(
    'no verification, and a CA',
    `server: <server>\ninsecure-skip-tls-verify: true\n${ca}`,
    'refused',
  ),
  server('no server', ca, 'refused'),
  server('an empty server', `server: ""\n${ca}`, 'refused'),
  server('a server that is a number', `server: 5\n${ca}`, 'refused'),
  server('a server with a slash at its end', `server: <server>/\n${ca}`, sent),
  server('a server with a path', `server: <server>/k8s/clusters/c\n${ca}`, {
    ...sent,
    prefix: '/k8s/clusters/c',
  }),
  server('a server with a path and a query', `server: <server>/k8s?a=b\n${ca}`, {
    ...sent,
    prefix: '/k8s',
  }),
  server('a server without a scheme', `server: <host>\n${ca}`, 'refused'),
  server('a server with http', `server: http://<host>\n${ca}`, 'refused', { differs: plainHttp }),
  server('a name for TLS', `server: <server>\n${ca}\ntls-server-name: api.example.com`, {
    ...sent,
    serverName: 'api.example.com',
  }),
  server(
    'a name for TLS that is a number',
    `server: <server>\n${ca}\ntls-server-name: 5`,
    'refused',
  ),
  server('a proxy', `server: <server>\n${ca}\nproxy-url: <proxy>`, { ...sent, proxy: true }),
  server('a proxy with ftp', `server: <server>\n${ca}\nproxy-url: ftp://127.0.0.1:1`, 'refused'),
  server('a proxy without a scheme', `server: <server>\n${ca}\nproxy-url: 127.0.0.1:1`, 'refused'),
  server(
    'disable-compression that is text',
    `server: <server>\n${ca}\ndisable-compression: "no"`,
    'refused',
  ),
  server(
    'an extension of the cluster twice',
    `server: <server>\n${ca}\nextensions: [{name: a, extension: {}}, {name: a}]`,
    'refused',
  ),
];

const entries: readonly KubeconfigCase[] = [
  file(
    'a user twice',
    `${cluster}${context}users: [{name: u, user: {token: t0ken}}, {name: u, user: {token: b}}]\n`,
    'refused',
  ),
  file('an unused user twice', `${cluster}${context}${token}- {name: v}\n- {name: v}\n`, 'refused'),
  file(
    'a cluster twice',
    `${context}${token}${cluster}- name: c\n  cluster: {server: <server>}\n`,
    'refused',
  ),
  file(
    'a context twice',
    `${cluster}${token}contexts: [{name: x, context: {cluster: c, user: u}}, {name: x}]\ncurrent-context: x\n`,
    'refused',
  ),
  file(
    'an unused user with a number as token',
    `${cluster}${context}${token}- {name: v, user: {token: 5}}\n`,
    'refused',
  ),
  file(
    'an unused user with an incomplete plugin',
    `${cluster}${context}${token}- {name: v, user: {exec: {}}}\n`,
    sent,
  ),
  file(
    'an unused user that is null',
    `${cluster}${context}${token}- ~\n- {name: v, user: ~}\n`,
    sent,
  ),
  file('an unused user that is text', `${cluster}${context}${token}- v\n`, 'refused'),
  file('users that are null', `${cluster}${context}users:\n`, 'refused'),
  file('users that are a mapping', `${cluster}${context}users: {u: {token: t0ken}}\n`, 'refused'),
  file(
    'a name that is a number',
    `${cluster}${token}contexts: [{name: 5, context: {cluster: c, user: u}}]\ncurrent-context: "5"\n`,
    'refused',
  ),
  file(
    'a current-context that is a number',
    `${cluster}${token}contexts: [{name: "5", context: {cluster: c, user: u}}]\ncurrent-context: 5\n`,
    'refused',
  ),
  file(
    'a context of an unnamed user',
    `${cluster}contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\nusers: [{user: {token: t0ken}}]\n`,
    sent,
  ),
  file(
    'a context of a missing user',
    `${cluster}contexts: [{name: x, context: {cluster: c, user: v}}]\ncurrent-context: x\n${token}`,
    'refused',
  ),
  file(
    'a context of a missing cluster',
    `${cluster}contexts: [{name: x, context: {cluster: d, user: u}}]\ncurrent-context: x\n${token}`,
    'refused',
  ),
  file(
    'a context that is null',
    `${cluster}contexts: [{name: x, context: ~}]\ncurrent-context: x\n${token}`,
    'refused',
  ),
  file(
    'a context with the empty name',
    `${cluster}${token}contexts: [{name: "", context: {cluster: c, user: u}}]\n`,
    sent,
  ),
  file(
    'a current-context that is missing',
    `${cluster}${context}${token}current-context: other\n`,
    'refused',
  ),
  file(
    'no current-context',
    `${cluster}${context.replace('current-context: x', '')}${token}`,
    'refused',
  ),
  file(
    'no current-context, and --context',
    `${cluster}${context.replace('current-context: x', '')}${token}`,
    sent,
    { context: 'x' },
  ),
  file(
    '--context instead of a missing current-context',
    `${cluster}${context}${token}current-context: other\n`,
    sent,
    { context: 'x' },
  ),
  file('--context that is missing', whole, 'refused', { context: 'y' }),
  file(
    'a namespace that is a number',
    `${cluster}${token}contexts: [{name: x, context: {cluster: c, user: u, namespace: 5}}]\ncurrent-context: x\n`,
    'refused',
  ),
];

const several: readonly KubeconfigCase[] = [
  { name: 'entries in three files', files: [cluster, context, token], expected: sent },
  {
    name: 'the first file that has an entry wins',
    files: [whole, whole.replace('t0ken', 'other')],
    expected: sent,
  },
  {
    name: 'the first current-context wins',
    files: [
      `current-context: x\n`,
      `${cluster}${context}${token}`.replace('current-context: x', 'current-context: other'),
    ],
    expected: sent,
  },
  {
    name: 'entries of one name are not merged',
    files: ['users: [{name: u, user: {username: jane}}]', whole],
    expected: basic('jane:'),
  },
  { name: 'an empty file among others', files: ['', whole], expected: sent },
  { name: 'a file that is not YAML among others', files: [whole, 'a: ['], expected: 'refused' },
  {
    name: 'a file with a wrong type among others',
    files: [whole, 'users: 5'],
    expected: 'refused',
  },
  { name: 'a name twice, in two files', files: [whole, whole], expected: sent },
];

/** Kubeconfigs as people and tools write them, and as they should not. */
export const kubeconfigCases: readonly KubeconfigCase[] = [
  ...documents,
  ...aliases,
  ...scalars,
  ...users,
  ...certificates,
  ...plugins,
  ...clusters,
  ...entries,
  ...several,
];
