/** Texts with the way in which kubectl writes them into a kubeconfig, as values behind a key. */
export const writtenTexts: readonly (readonly [text: string, written: string])[] = [
  // What kubectl, or another reader, takes for another type.
  ...['yes', 'no', 'on', 'off', 'y', 'n', 'Y', 'N', 'true', 'NULL', 'null', '~'].map(doubleQuoted),
  ...['1e3', '0x10', '012', '0o7', '0b1', '08', '1_0', '5.', '.5', '+1', '-1', '-.5', '1.e3'].map(
    doubleQuoted,
  ),
  ...['1:20', '12:30:00', '190:20:30.15', '2001-01-01', '2001-1-1 1:1:1', '.inf'].map(doubleQuoted),
  // What begins like one.
  ...['nUll', 'No!', 'Infinity', '1.2.3', '10.0.0.1:6443', '1h', '10m', '0x', '_'].map(plain),
  ...['20-01-01', 'u', 'x', 'get-token', '0.1.0', '+', '1.5e3x'].map(plain),
  // What has indicators of YAML, where they mean something.
  ...['-', '- a', '? a', '?', ':', 'a:', 'a: b', 'a #b', '#a', ' a', 'a ', '@a', '`a'].map(
    singleQuoted,
  ),
  ...['%a', '!a', '!!str', '&a', '*a', '[a', '{a', '}a', ',a', '|', '> a', '"'].map(singleQuoted),
  ...['---', '...', '---a', '...a', 'é: x'].map(singleQuoted),
  ["'", "''''"],
  // And where they do not.
  ...['-x', '--x', '--client-id=a@b', '--dex-url=https://dex.example.com/', '?a', ':a'].map(plain),
  ...['--scope=openid profile', 'a,b', 'a#b', 'a:b', "a'b", 'a"b', '\\', 'a\\nb', '$X'].map(plain),
  ...['http://a:1', 'a&b', 'a*b', '(a)', ';a', 'a'.repeat(300)].map(plain),
  // Unicode.
  ...['ünï', 'a\u00a0b', '\u200b', '\ufffd'].map(plain),
  // What no other style can carry.
  ['a\tb', '"a\\tb"'],
  ['', '""'],
  // Several lines.
  ['a\nb', '|-\n      a\n      b'],
  ['a\nb\n', '|\n      a\n      b'],
  ['a\n b', '|-\n      a\n       b'],
];

/**
 * Texts that are written otherwise than by kubectl: `=`, `<<` and these numbers are text for kubectl, but
 * not for other readers of YAML 1.1, and kubectl escapes what is outside of the BMP.
 */
export const otherThanKubectl: readonly (readonly [text: string, written: string])[] = [
  ...['=', '<<', '._1', '.', '-.', 'e1'].map(doubleQuoted),
  ['😀', '"😀"'],
];

function plain(text: string): readonly [string, string] {
  return [text, text];
}

function singleQuoted(text: string): readonly [string, string] {
  return [text, `'${text}'`];
}

function doubleQuoted(text: string): readonly [string, string] {
  return [text, `"${text}"`];
}
