import { describe, expect, test } from 'vitest';
import type { Setting, SettingType } from '../../../src/config/setting.ts';
import { parseValue } from '../../../src/config/values.ts';
import { failure } from '../support/failure.ts';

function row(type: SettingType, choices?: Record<string, string>): Setting {
  const common: Setting = { type, topic: 'HTTP', help: 'a setting' };
  return choices === undefined ? common : { ...common, choices };
}

function parse(setting: Setting, text: string) {
  return parseValue(setting, text, '--x');
}

describe('a duration', () => {
  test.each([
    ['5', 5_000],
    ['0', 0],
    ['1.5', 1_500],
    ['5s', 5_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1m30.5s', 90_500],
    ['250ms', 250],
    ['1m1ms', 60_001],
    ['8760h', 365 * 24 * 3_600_000],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parse(row('duration'), text)).toBe(milliseconds);
  });

  test.each(['-5s', '5 s', '5d', 's', '5s10', '1e3', '.5s', '5.', 'NaN', 'Infinity'])(
    '%s is not valid',
    (text) => {
      expect(failure(() => parse(row('duration'), text))).toEqual({
        code: 'setting_invalid',
        message: expect.stringContaining(`--x is ${text}, `),
        hint: expect.stringContaining('1h30m'),
        exitCode: 2,
      });
    },
  );

  test.each(['8761h', '9999h', '99999999999', `${'9'.repeat(400)}h`])('%s is too long', (text) => {
    expect(failure(() => parse(row('duration'), text))).toMatchObject({
      message: expect.stringContaining('longer than a year'),
      hint: expect.stringContaining('8760h'),
    });
  });
});

describe('a switch', () => {
  test.each(['true', 'TRUE', '1', 'yes', 'on'])('is on for %s', (text) => {
    expect(parse(row('switch'), text)).toBe(true);
  });

  test.each(['false', 'False', '0', 'no', 'off'])('is off for %s', (text) => {
    expect(parse(row('switch'), text)).toBe(false);
  });

  test('accepts no other text', () => {
    expect(failure(() => parse(row('switch'), 'maybe'))).toMatchObject({
      code: 'setting_invalid',
      message: expect.stringContaining('--x is maybe, '),
    });
  });
});

describe('a choice', () => {
  const choices = { id_token: 'id_token', 'urn:x:id_token': 'id_token', other: 'other' };

  test.each([
    ['id_token', 'id_token'],
    ['urn:x:id_token', 'id_token'],
  ])('%s is %s', (text, value) => {
    expect(parse(row('choice', choices), text)).toBe(value);
  });

  test('that does not exist is rejected, with a suggestion', () => {
    expect(failure(() => parse(row('choice', choices), 'id_tokne'))).toEqual({
      code: 'setting_invalid',
      message: expect.stringMatching(/^--x is id_tokne, .* id_token, other$/),
      hint: 'did you mean id_token?',
      exitCode: 2,
    });
  });

  test.each(['constructor', '__proto__', 'toString'])('is not %s', (text) => {
    expect(failure(() => parse(row('choice', choices), text))).toMatchObject({
      code: 'setting_invalid',
      message: expect.stringContaining(`--x is ${text}, `),
    });
  });

  test('is quoted in the error without line breaks', () => {
    expect(failure(() => parse(row('choice', choices), 'a\nhint: b')).message).toContain(
      '--x is a hint: b, ',
    );
  });
});

describe('a URL', () => {
  test.each(['https://dex.example.com', 'https://dex.example.com/', 'HTTP://[::1]:5556/dex'])(
    '%s is not changed',
    (text) => {
      expect(parse(row('url'), text)).toBe(text);
    },
  );

  test.each([
    ['dex.example.com', 'not a URL'],
    ['ftp://h/', 'not a URL'],
    ['https://', 'not a valid URL'],
    ['https://h:99999/', 'not a valid URL'],
    ['https://h/a b', 'not a valid URL'],
    ['https://one\\@two/', 'not a valid URL'],
    ['https://h/a\\b', 'not a valid URL'],
    ['https://h/\n', 'not a valid URL'],
    ['https://h\u0085/', 'not a valid URL'],
    [`https://h/${'a'.repeat(2048)}`, '2048 characters'],
  ])('%j is rejected', (text, message) => {
    expect(failure(() => parse(row('url'), text))).toMatchObject({
      code: 'setting_invalid',
      message: expect.stringMatching(new RegExp(`^--x .*${message}$`)),
      exitCode: 2,
    });
  });
});

describe('a command', () => {
  test('is split into words', () => {
    expect(parse(row('command'), `vault read 'my path'`)).toEqual(['vault', 'read', 'my path']);
  });

  test.each([
    [`vault 'read`, 'quote'],
    ['  ', 'empty'],
  ])('cannot be %j', (text, message) => {
    expect(failure(() => parse(row('command'), text))).toMatchObject({
      code: 'setting_invalid',
      message: expect.stringMatching(new RegExp(`^--x .*${message}`)),
    });
  });
});

test('a path must not contain a null byte', () => {
  expect(parse(row('path'), '/a b')).toBe('/a b');
  expect(failure(() => parse(row('path'), '/a\0b'))).toMatchObject({
    code: 'setting_invalid',
    message: expect.stringContaining('--x '),
  });
});

test.each(['text', 'list'] as const)('a %s is not changed', (type) => {
  expect(parse(row(type), ' a=b c ')).toBe(' a=b c ');
});
