import { expect, test } from 'vitest';
import { ownVariables, topics } from '../../../src/config/setting.ts';
import { settings } from '../../../src/config/table.ts';
import { settingsOf } from '../support/settings.ts';

test('a cluster entry can only set what describes its Dex and the request to it', () => {
  const allowed = settings.filter(([, setting]) => setting.fromCluster).map(([name]) => name);
  expect(allowed).toEqual([
    'dex-url',
    'client-id',
    'connector-id',
    'requested-token-type',
    'subject-token-type',
    'timeout',
  ]);
});

test.each(settings.filter(([, setting]) => setting.fromCluster))(
  '%s, which a cluster entry can set, selects no secret, file, command or certificate',
  (name, setting) => {
    expect(setting.secret).toBeUndefined();
    expect(['text', 'url', 'choice', 'duration']).toContain(setting.type);
    expect(name).not.toMatch(/-(file|command|env|dir)$|^(idp|dex-c|dex-insecure|cache|allow)-/);
  },
);

test('the settings that contain secrets', () => {
  const secret = settings.filter(([, setting]) => setting.secret).map(([name]) => name);
  expect(secret).toEqual([
    'client-secret',
    'subject-token',
    'idp-client-secret',
    'idp-param',
    'token',
    'password',
  ]);
});

test('no two settings share a flag or a variable', () => {
  const flags = settings.flatMap(([name, { short, flagAliases = [], formerNames = [] }]) => [
    name,
    ...formerNames,
    ...flagAliases,
    ...(short === undefined ? [] : [short]),
  ]);
  const variables = settings.flatMap(([name, { borrowed = [], ...row }]) => [
    ...ownVariables(name, row),
    ...borrowed.map(({ variable }) => variable),
  ]);
  expect(new Set(flags).size).toBe(flags.length);
  expect(new Set(variables).size).toBe(variables.length);
});

test.each(settings)(
  '%s has a topic, and a help text in the style of the help',
  (_name, setting) => {
    expect(topics).toContain(setting.topic);
    expect(setting.help).toMatch(/^[^A-Z\s].*[^.\s]$|^(CA|URL) /);
    expect(setting.placeholder === undefined).toBe(setting.type === 'switch');
    expect(setting.choices === undefined).toBe(setting.type !== 'choice');
  },
);

test('the defaults match the DKP guide Access for CI/CD', () => {
  const settled = settingsOf({});
  expect(settled.value('scope')).toBe('openid profile email groups');
  expect(settled.value('audience')).toBe('kubernetes');
  expect(settled.value('requested-token-type')).toBe('id_token');
  expect(settled.value('idp-scope')).toBe('openid');
  expect(settled.value('timeout')).toBe(30_000);
  expect(settled.value('identity')).toBe('auto');
  expect(settled.value('output')).toBeUndefined();
  expect(settled.value('dex-insecure-skip-tls-verify')).toBe(false);
  expect(settled.value('allow-http')).toBe(false);
  expect(settled.value('idp-param')).toEqual([]);
});

// Defaults are parsed on access, so an invalid one would stay unnoticed.
test('every default is valid', () => {
  const settled = settingsOf({});
  for (const [name, setting] of settings) {
    if (setting.default !== undefined) expect(settled.value(name)).toBeDefined();
  }
});

test.each(['urn:ietf:params:oauth:token-type:access_token', 'access_token'])(
  'a token type can be written as %s',
  (text) => {
    const settled = settingsOf({
      flags: { 'requested-token-type': text, 'subject-token-type': text },
    });
    expect(settled.value('requested-token-type')).toBe('access_token');
    expect(settled.value('subject-token-type')).toBe('access_token');
  },
);
