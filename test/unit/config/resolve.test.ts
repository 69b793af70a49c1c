import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { camelCase, type Level, ownVariable, type Setting } from '../../../src/config/setting.ts';
import { type SettingName, settings } from '../../../src/config/table.ts';
import { DexchangeError } from '../../../src/errors.ts';
import { Secret } from '../../../src/secret.ts';
import { failure } from '../support/failure.ts';
import { type Given, settingsOf } from '../support/settings.ts';

/** A valid text for a setting, different for each `n` if the type allows, and its parsed value. */
function sample(setting: Setting, n: number): { text: string; value: unknown } {
  switch (setting.type) {
    case 'text':
      return { text: `text${n}`, value: `text${n}` };
    case 'list':
      return { text: `key${n}=value`, value: [`key${n}=value`] };
    case 'variable':
      return { text: `NAME_${n}`, value: `NAME_${n}` };
    case 'path':
      return { text: `/path/${n}`, value: `/path/${n}` };
    case 'url':
      return { text: `https://h${n}.example.com/`, value: `https://h${n}.example.com/` };
    case 'command':
      return { text: `run${n} 'an argument'`, value: [`run${n}`, 'an argument'] };
    case 'duration':
      return { text: `${n + 1}m`, value: (n + 1) * 60_000 };
    case 'switch':
      return { text: n % 2 === 0 ? 'true' : 'false', value: n % 2 === 0 };
    case 'choice': {
      const values = [...new Set(Object.values(setting.choices ?? {}))];
      const value = values[n % values.length] ?? '';
      return { text: value, value };
    }
  }
}

function revealAll(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  return Array.isArray(value) ? value.map(revealAll) : value;
}

interface Place {
  readonly level: Level;
  readonly name: string;
  readonly value: unknown;
  readonly given: Given;
}

/** Every place that a setting can come from, highest precedence first, each with another value. */
function placesOf(name: SettingName, setting: Setting): readonly Place[] {
  const [flag, variable, cluster, borrowed] = [0, 1, 2, 3].map((n) => sample(setting, n));
  if (!flag || !variable || !cluster || !borrowed) throw new Error('four samples');
  const places: Place[] = [
    {
      level: 'flag',
      name: `--${name}`,
      value: flag.value,
      given: { flags: { [name]: flag.text } },
    },
  ];
  const own = ownVariable(name);
  if (setting.flagOnly !== true) {
    const given = { env: { [own]: variable.text } };
    places.push({ level: 'variable', name: own, value: variable.value, given });
  }
  if (setting.fromCluster === true) {
    places.push({
      level: 'cluster',
      name: `${name} in the cluster's extension`,
      value: cluster.value,
      given: { cluster: { [name]: cluster.text } },
    });
  }
  const shared = setting.borrowed?.find(({ convert }) => convert === undefined)?.variable;
  if (shared !== undefined) {
    const given = { env: { [shared]: borrowed.text } };
    places.push({ level: 'borrowed', name: shared, value: borrowed.value, given });
  }
  return places;
}

function together(places: readonly Place[]): Given {
  const given = places.map((place) => place.given);
  return {
    flags: Object.assign({}, ...given.map(({ flags }) => flags)),
    env: Object.assign({}, ...given.map(({ env }) => env)),
    cluster: Object.assign({}, ...given.map(({ cluster }) => cluster)),
  };
}

describe.each(settings)('%s', (name, setting) => {
  const places = placesOf(name, setting);

  test.each(places.map((place, index) => [place.level, index] as const))(
    'from the %s overrides all lower levels, and records their origins',
    (_level, index) => {
      const present = places.slice(index);
      const found = settingsOf(together(present)).found(name);
      expect(revealAll(found?.value)).toEqual(present[0]?.value);
      const origins = present.map((place) => ({ level: place.level, name: place.name }));
      expect([found?.origin, ...(found?.overrode ?? [])]).toEqual(origins);
    },
  );

  test('has its default, or is undefined, if it is not set', () => {
    const found = settingsOf({}).found(name);
    if (setting.default === undefined && setting.type !== 'switch' && setting.type !== 'list') {
      expect(found).toBeUndefined();
    } else {
      expect(found?.origin).toEqual({ level: 'default', name: 'default' });
    }
  });

  test('is unset if its variables are empty', () => {
    const names = [ownVariable(name), ...(setting.borrowed ?? []).map(({ variable }) => variable)];
    const env = Object.fromEntries(names.map((variable) => [variable, '']));
    const level = settingsOf({ env }).found(name)?.origin.level;
    expect([undefined, 'default']).toContain(level);
  });

  test.each(['$SOME_NAME', `\${SOME_NAME}`])('is rejected as the literal text %s', (text) => {
    for (const [given, origin] of [
      [{ flags: { [name]: text } }, `--${name}`],
      ...(setting.flagOnly ? [] : [[{ env: { [ownVariable(name)]: text } }, ownVariable(name)]]),
      ...(setting.borrowed ?? []).map(({ variable }) => [{ env: { [variable]: text } }, variable]),
      ...(setting.fromCluster
        ? [[{ cluster: { [name]: text } }, `${name} in the cluster's extension`]]
        : []),
    ] as [Given, string][]) {
      if (setting.type === 'variable') {
        expect(failure(() => settingsOf(given))).toMatchObject({
          code: 'setting_invalid',
          message: expect.stringContaining(origin),
        });
        continue;
      }
      const { message, hint, ...error } = failure(() => settingsOf(given));
      expect(error).toEqual({ code: 'setting_not_expanded', exitCode: 2 });
      expect(message.startsWith(`${origin} `)).toBe(true);
      expect(message.includes(text)).toBe(setting.secret !== true);
      expect(hint).toContain(name === 'subject-token' ? 'id_tokens: of the job' : 'protected');
    }
  });
});

test.each(settings.filter(([, setting]) => setting.type !== 'list').map(([name]) => name))(
  '--%s must not be empty',
  (name) => {
    expect(failure(() => settingsOf({ flags: { [name]: '' } }))).toMatchObject({
      code: 'setting_invalid',
      message: `--${name} is empty`,
    });
  },
);

function spellingsOf(name: SettingName): readonly string[] {
  return [...new Set([name, camelCase(name)])];
}

describe.each(settings.filter(([, setting]) => setting.fromCluster))('%s', (name, setting) => {
  const spellings = spellingsOf(name);

  test.each(spellings)('has the spelling %s in the extension', (key) => {
    const { text, value } = sample(setting, 1);
    const found = settingsOf({ cluster: { [key]: text } }).found(name);
    expect(found?.value).toEqual(value);
    expect(found?.origin.name).toBe(`${key} in the cluster's extension`);
  });

  test.each(spellings)('is unset in the extension as an empty %s', (key) => {
    for (const empty of ['', null]) {
      const level = settingsOf({ cluster: { [key]: empty } }).found(name)?.origin.level;
      expect([undefined, 'default']).toContain(level);
    }
  });

  test.each<[unknown, string]>([
    [['a'], 'a list'],
    [{ a: 1 }, 'a mapping'],
    [true, 'a boolean'],
    ...(setting.type === 'duration' ? [] : [[7, 'a number'] as [unknown, string]]),
  ])('is rejected in the extension as %j', (value, kind) => {
    for (const key of spellings) {
      expect(failure(() => settingsOf({ cluster: { [key]: value } }))).toMatchObject({
        code: 'setting_invalid',
        message: expect.stringContaining(`${key} in the cluster's extension is ${kind}`),
      });
    }
  });
});

describe.each(settings.filter(([, setting]) => !setting.fromCluster))('%s', (name, setting) => {
  test.each(spellingsOf(name))('is rejected in the extension as %s', (key) => {
    const alternatives = setting.flagOnly ? [`--${name}`] : [`--${name}`, ownVariable(name)];
    for (const value of [sample(setting, 0).text, true, 7, ['x'], null, '']) {
      const { message, hint, ...error } = failure(() => settingsOf({ cluster: { [key]: value } }));
      expect(error).toEqual({ code: 'setting_not_from_cluster', exitCode: 2 });
      expect(message).toMatch(new RegExp(`^${key} .*cluster's extension$`));
      for (const alternative of alternatives) expect(hint).toContain(alternative);
    }
  });
});

test('output is a flag only, so no variable sets it', () => {
  expect(settingsOf({ env: { DEXCHANGE_OUTPUT: 'token' } }).value('output')).toBeUndefined();
});

describe('the extension', () => {
  test.each([undefined, null, {}])('can be %j', (cluster) => {
    expect(settingsOf({ cluster }).value('dex-url')).toBeUndefined();
  });

  test.each(['dexUrl=x', 7, true, ['dexUrl']])('must not be %j', (cluster) => {
    expect(failure(() => settingsOf({ cluster }))).toEqual({
      code: 'setting_invalid',
      message: expect.stringContaining(
        "the cluster's extension client.authentication.k8s.io/exec is not a mapping",
      ),
      hint: expect.stringContaining('dexUrl and clientId'),
      exitCode: 2,
    });
  });

  test('can contain keys of other programs', () => {
    const cluster = {
      connectorId: 'k',
      arbitrary: { a: [1] },
      toString: 'x',
      'Client-Id': 'other',
    };
    const settled = settingsOf({ cluster });
    expect(settled.value('connector-id')).toBe('k');
    expect(settled.value('client-id')).toBeUndefined();
  });

  test('has no settings in inherited properties', () => {
    const cluster = Object.create({ dexUrl: 'https://h/' });
    expect(settingsOf({ cluster }).value('dex-url')).toBeUndefined();
  });

  test('can contain a duration as a number of seconds', () => {
    expect(settingsOf({ cluster: { timeout: 5 } }).value('timeout')).toBe(5_000);
  });

  test('can contain both spellings if they agree', () => {
    const cluster = { clientId: 'ci', 'client-id': 'ci' };
    expect(settingsOf({ cluster }).value('client-id')).toBe('ci');
    expect(failure(() => settingsOf({ cluster: { ...cluster, clientId: 'x' } }))).toEqual({
      code: 'setting_conflict',
      message: expect.stringContaining("client-id and clientId in the cluster's extension"),
      hint: expect.any(String),
      exitCode: 2,
    });
  });
});

describe('variables of other tools', () => {
  test.each([
    ['DEX_URL', 'dex-url', 'https://h/', 'https://h/'],
    ['DEX_HOST', 'dex-url', 'h', 'https://h/'],
    ['DEX_HOST', 'dex-url', ' h ', 'https://h/'],
    ['DEX_CLIENT_ID', 'client-id', 'ci', 'ci'],
    ['DEX_CLIENT_SECRET', 'client-secret', 's', 's'],
    ['DEX_CONNECTOR_ID', 'connector-id', 'gitlab', 'gitlab'],
    ['CONNECTOR_ID', 'connector-id', 'gitlab', 'gitlab'],
    ['SUBJECT_TOKEN', 'subject-token', 't', 't'],
    ['IDP_TOKEN', 'subject-token', 't', 't'],
  ] as const)('%s sets %s', (variable, name, text, value) => {
    const found = settingsOf({ env: { [variable]: text } }).found(name);
    expect(revealAll(found?.value)).toBe(value);
    expect(found?.origin).toEqual({ level: 'borrowed', name: variable });
  });

  test.each([
    ['DEX_URL', 'https://h', 'DEX_HOST', 'h', 'dex-url', 'https://h'],
    ['DEX_URL', 'https://h/', 'DEX_HOST', 'h', 'dex-url', 'https://h/'],
    ['DEX_CONNECTOR_ID', 'g', 'CONNECTOR_ID', 'g', 'connector-id', 'g'],
    ['SUBJECT_TOKEN', 't', 'IDP_TOKEN', 't', 'subject-token', 't'],
  ] as const)('%s=%s and %s=%s agree', (one, text, other, otherText, name, value) => {
    const found = settingsOf({ env: { [one]: text, [other]: otherText } }).found(name);
    expect(revealAll(found?.value)).toBe(value);
  });

  const disagreeing = [
    ['DEX_URL', 'https://h/', 'DEX_HOST', 'other', 'dex-url'],
    ['DEX_CONNECTOR_ID', 'g', 'CONNECTOR_ID', 'k', 'connector-id'],
    ['SUBJECT_TOKEN', 't', 'IDP_TOKEN', 'u', 'subject-token'],
  ] as const;

  test.each(disagreeing)('%s=%s and %s=%s disagree', (one, text, other, otherText, name) => {
    expect(failure(() => settingsOf({ env: { [one]: text, [other]: otherText } }))).toEqual({
      code: 'setting_conflict',
      message: expect.stringContaining(`${one} and ${other}`),
      hint: expect.stringContaining(`--${name} or ${ownVariable(name)}`),
      exitCode: 2,
    });
  });

  test.each(disagreeing)(
    '%s=%s and %s=%s do not conflict if a higher level sets the value',
    (one, text, other, otherText, name) => {
      const env = { [one]: text, [other]: otherText };
      const found = settingsOf({ env, flags: { [name]: 'https://mine/' } }).found(name);
      expect(revealAll(found?.value)).toBe('https://mine/');
      expect(found?.overrode).toEqual([{ level: 'borrowed', name: one }]);
    },
  );

  test('that were left unexpanded are ignored if a higher level sets the value', () => {
    const env = { DEX_CLIENT_SECRET: '$DEX_CLIENT_SECRET', DEX_HOST: '$DEX_HOST' };
    const flags = { 'client-secret-file': '/run/secret', 'dex-url': 'https://h/' };
    const settled = settingsOf({ env, flags });
    expect(settled.value('client-secret-file')).toBe('/run/secret');
    expect(settled.value('dex-url')).toBe('https://h/');
  });
});

describe('settings of one group', () => {
  const groups = Map.groupBy(
    settings.filter(([, setting]) => setting.group !== undefined),
    ([, setting]) => setting.group,
  );
  const pairs = [...groups.values()].flatMap((members) =>
    members.flatMap(([one], index) => members.slice(index + 1).map(([other]) => [one, other])),
  ) as [SettingName, SettingName][];
  const rows = new Map(settings);
  const text = (name: SettingName) => {
    const setting = rows.get(name);
    return setting === undefined ? '' : sample(setting, 0).text;
  };

  test('are alternatives for a secret, a token, a CA, a role or the IdP’s URL', () => {
    expect([...groups.keys()]).toEqual([
      'client-secret',
      'subject-token',
      'idp-url',
      'idp-client-secret',
      'role',
      'token',
      'password',
      'dex-certificate-authority',
    ]);
  });

  test.each(pairs)('--%s and --%s conflict', (one, other) => {
    const flags = { [one]: text(one), [other]: text(other) };
    expect(failure(() => settingsOf({ flags }))).toMatchObject({
      code: 'setting_conflict',
      message: expect.stringContaining(`--${one} and --${other} `),
      exitCode: 2,
    });
  });

  test.each(pairs)('%s and %s conflict as variables', (one, other) => {
    const env = { [ownVariable(one)]: text(one), [ownVariable(other)]: text(other) };
    expect(failure(() => settingsOf({ env }))).toMatchObject({
      code: 'setting_conflict',
      message: expect.stringContaining(`${ownVariable(one)} and ${ownVariable(other)} `),
    });
  });

  test.each([...pairs, ...pairs.map(([one, other]) => [other, one] as const)])(
    '--%s as a flag overrides %s in a variable, and records it',
    (one, other) => {
      const settled = settingsOf({
        flags: { [one]: text(one) },
        env: { [ownVariable(other)]: text(other) },
      });
      expect(settled.found(one)?.origin.level).toBe('flag');
      expect(settled.found(one)?.overrode).toEqual([
        { level: 'variable', name: ownVariable(other) },
      ]);
      expect(settled.found(other)).toBeUndefined();
      expect(settled.rank(other)).toBe(Number.POSITIVE_INFINITY);
    },
  );

  test('a job-wide secret of another tool does not conflict with the file of a user entry', () => {
    const settled = settingsOf({
      env: { DEX_CLIENT_SECRET: 'job-wide', DEXCHANGE_CLIENT_SECRET_FILE: '/run/secret' },
    });
    expect(settled.value('client-secret')).toBeUndefined();
    expect(settled.value('client-secret-file')).toBe('/run/secret');
  });
});

describe('the variable of a former name', () => {
  const former = 'DEXCHANGE_CERTIFICATE_AUTHORITY';
  const current = 'DEXCHANGE_DEX_CERTIFICATE_AUTHORITY';

  test.each(
    settings.flatMap(([name, row]) =>
      (row.formerNames ?? []).map((one) => [name, one, row] as const),
    ),
  )('sets --%s: that of %s', (name, one, row) => {
    const text = row.type === 'switch' ? 'true' : '/value';
    const settled = settingsOf({ env: { [ownVariable(one)]: text } });
    expect(String(settled.value(name))).toBe(text);
    expect(settled.found(name)?.origin).toEqual({ level: 'variable', name: ownVariable(one) });
  });

  test('may be set together with that of the name, to the same value', () => {
    const settled = settingsOf({ env: { [former]: '/a', [current]: '/a' } });
    expect(settled.found('dex-certificate-authority')?.origin.name).toBe(current);
  });

  test('must not have another value', () => {
    expect(failure(() => settingsOf({ env: { [former]: '/a', [current]: '/b' } }))).toMatchObject({
      code: 'setting_conflict',
      message: expect.stringContaining(`${current} and ${former} `),
      hint: expect.stringContaining(`unset ${former}`),
    });
  });

  test('counts like that of the name: less than a flag, and not together with an alternative', () => {
    const flags = { 'dex-certificate-authority': '/flag' };
    const settled = settingsOf({ flags, env: { [former]: '/a', [current]: '/b' } });
    expect(settled.value('dex-certificate-authority')).toBe('/flag');
    const env = { [former]: '/a', DEXCHANGE_DEX_CERTIFICATE_AUTHORITY_DATA: 'LS0t' };
    expect(failure(() => settingsOf({ env })).code).toBe('setting_conflict');
  });
});

test.each(settings.flatMap(([, { formerNames = [] }]) => formerNames))(
  '%s, a former name, is rejected in the cluster’s extension too',
  (one) => {
    for (const key of [one, camelCase(one)]) {
      expect(failure(() => settingsOf({ cluster: { [key]: 'x' } }))).toMatchObject({
        code: 'setting_not_from_cluster',
        message: expect.stringContaining(key),
      });
    }
  },
);

describe('a repeated flag', () => {
  test('with the same value has that value', () => {
    expect(settingsOf({ flags: { 'client-id': ['a', 'a'] } }).value('client-id')).toBe('a');
  });

  test('with different values is rejected', () => {
    expect(failure(() => settingsOf({ flags: { 'client-id': ['a', 'b'] } }))).toEqual({
      code: 'setting_conflict',
      message: expect.stringContaining('--client-id'),
      hint: expect.any(String),
      exitCode: 2,
    });
  });

  test('with two spellings is rejected by an error that names both', () => {
    const flags = new Map([
      [
        'dex-certificate-authority' as const,
        [
          { flag: 'dex-certificate-authority', text: '/a' },
          { flag: 'ca-file', text: '/b' },
        ],
      ],
    ]);
    const { message } = failure(() =>
      resolveSettings({ command: undefined, flags, env: {}, clusterConfig: null }),
    );
    expect(message).toContain('--dex-certificate-authority and --ca-file');
  });

  test('of a list adds an item', () => {
    const settled = settingsOf({ flags: { 'idp-param': ['a=1', 'b=2'] } });
    expect(revealAll(settled.value('idp-param'))).toEqual(['a=1', 'b=2']);
  });
});

test('a list in a variable has one item per line, with either kind of line end', () => {
  const env = { DEXCHANGE_IDP_PARAM: 'a=1\r\nb=2\n\nc=3\n' };
  expect(revealAll(settingsOf({ env }).value('idp-param'))).toEqual(['a=1', 'b=2', 'c=3']);
});

test('overridden values are not validated', () => {
  const env = { DEXCHANGE_TIMEOUT: 'soon', DEXCHANGE_DEX_URL: '$DEX' };
  const settled = settingsOf({ env, flags: { timeout: '5s', 'dex-url': 'https://h/' } });
  expect(settled.value('timeout')).toBe(5_000);
  expect(settled.value('dex-url')).toBe('https://h/');
});

describe('no error contains a secret', () => {
  const canary = 'canary_7f3a91';
  const secretRows = settings.filter(([, setting]) => setting.secret);

  function wholeError(given: Given): string {
    try {
      settingsOf(given);
    } catch (error) {
      if (!(error instanceof DexchangeError)) throw error;
      return inspect(error, { depth: Infinity, showHidden: true }) + JSON.stringify(error);
    }
    throw new Error('did not throw');
  }

  test.each(
    secretRows.flatMap(([name, setting]): [string, Given][] => {
      const own = ownVariable(name);
      const [first, second] = setting.borrowed ?? [];
      const rivals = settings.filter(
        ([other, { group }]) => other !== name && group !== undefined && group === setting.group,
      );
      return [
        [`${name} as an unexpanded flag`, { flags: { [name]: `$${canary}` } }],
        [`${name} as an unexpanded variable`, { env: { [own]: `\${${canary}}` } }],
        [`${name} in the extension`, { cluster: { [name]: canary } }],
        [`${name} in the extension, as a list`, { cluster: { [camelCase(name)]: [canary] } }],
        [`${name} in an extension that is a list`, { cluster: [{ [name]: canary }] }],
        [`${name} in an extension that is a string`, { cluster: `${name}: ${canary}` }],
        ...(setting.type === 'list'
          ? []
          : ([[`${name} twice`, { flags: { [name]: [canary, `${canary}2`] } }]] as [
              string,
              Given,
            ][])),
        ...(first === undefined
          ? []
          : ([
              [
                `${name} unexpanded in ${first.variable}`,
                { env: { [first.variable]: `$${canary}` } },
              ],
            ] as [string, Given][])),
        ...(first === undefined || second === undefined
          ? []
          : ([
              [
                `${name} in two variables that disagree`,
                { env: { [first.variable]: canary, [second.variable]: `${canary}2` } },
              ],
            ] as [string, Given][])),
        ...rivals.map(([other, row]): [string, Given] => [
          `${name} together with ${other}`,
          { flags: { [name]: canary, [other]: sample(row, 0).text } },
        ]),
        [
          `${name} together with an invalid setting`,
          { flags: { [name]: canary, timeout: 'soon' } },
        ],
      ];
    }),
  )('%s', (_what, given) => {
    expect(wholeError(given)).not.toContain(canary);
  });

  test('and inspecting resolved settings shows none', () => {
    const flags = Object.fromEntries(secretRows.map(([name]) => [name, canary])) as NonNullable<
      Given['flags']
    >;
    const settled = settingsOf({ flags });
    const found = settings.map(([name]) => settled.found(name));
    expect(inspect(found, { depth: Infinity, showHidden: true })).not.toContain(canary);
    expect(JSON.stringify(found)).not.toContain(canary);
    expect(inspect(settled, { depth: Infinity, showHidden: true })).not.toContain(canary);
    for (const [name] of secretRows) expect(revealAll(settled.value(name))).toContain(canary);
  });
});

describe('a placeholder inside a setting is rejected with its name', () => {
  test.each<readonly [SettingName, string, string]>([
    ['dex-url', 'https://dex.$DOMAIN/', '$DOMAIN'],
    ['dex-url', `https://\${DEX_HOST}/`, `\${DEX_HOST}`],
    ['dex-url', 'https://dex.{{ domain }}/', '{{ domain }}'],
    ['dex-url', 'https://%DEX_HOST%/', '%DEX_HOST%'],
    ['client-id', 'dex-client-ci@$(NAMESPACE)', '$(NAMESPACE)'],
    ['connector-id', 'gitlab-$CI_ENVIRONMENT', '$CI_ENVIRONMENT'],
    ['audience', `\${{ vars.AUDIENCE }}`, 'AUDIENCE'],
    ['client-secret-file', '$HOME/secret', '$HOME'],
    ['client-secret-file', '%USERPROFILE%\\secret', '%USERPROFILE%'],
    ['dex-certificate-authority', '/etc/#{ENVIRONMENT}#/ca.crt', '#{ENVIRONMENT}#'],
    ['cache-dir', '@CACHE_DIR@/x', '@CACHE_DIR@'],
  ])('--%s %s', (name, text, named) => {
    for (const given of [{ flags: { [name]: text } }, { env: { [ownVariable(name)]: text } }]) {
      const error = failure(() => settingsOf(given));
      expect(error.code).toBe('setting_not_expanded');
      expect(error.message).toContain(named);
      expect(error.message).toMatch(new RegExp(`^(?:--${name}|${ownVariable(name)}) `));
    }
  });

  test.each<readonly [SettingName, string]>([
    ['dex-url', 'https://dex.example.com/%C3%A4%20b'],
    ['client-id', 'svc$acct'],
    ['client-id', 'a%b%c'],
    ['client-id', 'dex-client-ci@d8-user-authn'],
    ['client-secret-file', '/data/C$/secret'],
    ['client-secret', 'a$HOME/b'],
    ['client-secret-command', `sh -c 'echo $TOKEN'`],
  ])('but not --%s %s', (name, text) => {
    expect(() => settingsOf({ flags: { [name]: text } })).not.toThrow();
  });
});

describe('~ in a path', () => {
  const paths = settings.filter(([, setting]) => setting.type === 'path');

  test.each(paths)('is the home folder in --%s', (name) => {
    const value = (text: string, env: Readonly<Record<string, string>>) =>
      settingsOf({ flags: { [name]: text }, env }).value(name);
    expect(value('~/a/b', { HOME: '/home/jane' })).toBe('/home/jane/a/b');
    expect(value('~', { HOME: '/home/jane' })).toBe('/home/jane');
    expect(value('~/a', { HOME: '/' })).toBe('/a');
    expect(value('~\\a', { USERPROFILE: 'C:\\Users\\jane' })).toBe('C:\\Users\\jane\\a');
    expect(value('a/~/b', {})).toBe('a/~/b');
    expect(value('./~', {})).toBe('./~');
  });

  test('is the home folder in a variable too', () => {
    const env = { DEXCHANGE_CACHE_DIR: ' ~/.cache ', HOME: '/h' };
    expect(settingsOf({ env }).value('cache-dir')).toBe('/h/.cache');
  });

  test.each([
    ['~jane/a', { HOME: '/h' }, 'of that user'],
    ['~jane', { HOME: '/h' }, 'of that user'],
    ['~/a', {}, 'neither HOME nor USERPROFILE'],
    ['~', { HOME: '' }, 'neither HOME nor USERPROFILE'],
  ])('%s with %j is rejected', (text, env, message) => {
    expect(failure(() => settingsOf({ flags: { 'cache-dir': text }, env }))).toMatchObject({
      code: 'setting_invalid',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('absolute path'),
    });
  });
});

test('decode waits longer than other commands, because another one fills its pipe', () => {
  const timeoutOf = (command: string, flags = new Map()) =>
    resolveSettings({ command, flags, env: {}, clusterConfig: undefined }).value('timeout');
  // The process ends itself after this time too.
  expect(timeoutOf('decode')).toBe(60_000);
  expect(timeoutOf('get-token')).toBe(30_000);
  expect(timeoutOf('decode', new Map([['timeout', [{ flag: 'timeout', text: '5s' }]]]))).toBe(
    5_000,
  );
});
