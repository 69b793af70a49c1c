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

  test.each(['-5s', '5 s', '5d', 's', '5s10', '1e3', '.5s', '5.', 'NaN', 'Infinity', '8761h'])(
    '%s is none',
    (text) => {
      expect(failure(() => parse(row('duration'), text))).toEqual({
        code: 'setting_invalid',
        message: `--x is ${text}, not a duration`,
        hint: 'write seconds or units: 5, 5s, 10m, 1h30m',
        exitCode: 2,
      });
    },
  );
});

describe('a switch', () => {
  test.each(['true', 'TRUE', '1', 'yes', 'on'])('is on for %s', (text) => {
    expect(parse(row('switch'), text)).toBe(true);
  });

  test.each(['false', 'False', '0', 'no', 'off'])('is off for %s', (text) => {
    expect(parse(row('switch'), text)).toBe(false);
  });

  test('is neither for anything else', () => {
    expect(failure(() => parse(row('switch'), 'maybe'))).toMatchObject({
      code: 'setting_invalid',
      message: '--x is maybe, neither true nor false',
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

  test('that is not there is refused, with the one that was meant', () => {
    expect(failure(() => parse(row('choice', choices), 'id_tokne'))).toEqual({
      code: 'setting_invalid',
      message: '--x is id_tokne, not one of id_token, other',
      hint: 'did you mean id_token?',
      exitCode: 2,
    });
  });

  test.each(['constructor', '__proto__', 'toString'])('is not %s', (text) => {
    expect(failure(() => parse(row('choice', choices), text)).message).toBe(
      `--x is ${text}, not one of id_token, other`,
    );
  });

  test('is repeated on one line only', () => {
    expect(failure(() => parse(row('choice', choices), 'a\nhint: b')).message).toBe(
      '--x is a hint: b, not one of id_token, other',
    );
  });
});

describe('a URL', () => {
  test.each(['https://dex.example.com', 'https://dex.example.com/', 'HTTP://[::1]:5556/dex'])(
    '%s stays as it is written',
    (text) => {
      expect(parse(row('url'), text)).toBe(text);
    },
  );

  test.each([
    [
      'dex.example.com',
      '--x is not a URL',
      'write it with its scheme, such as https://dex.example.com/',
    ],
    ['ftp://h/', '--x is not a URL', 'write it with its scheme, such as https://dex.example.com/'],
    ['https://', '--x is not a valid URL', 'such as https://dex.example.com/'],
    ['https://h:99999/', '--x is not a valid URL', 'such as https://dex.example.com/'],
    ['https://h/a b', '--x is not a valid URL', 'such as https://dex.example.com/'],
    ['https://h/\n', '--x is not a valid URL', 'such as https://dex.example.com/'],
    ['https://h\u0085/', '--x is not a valid URL', 'such as https://dex.example.com/'],
  ])('%j is none', (text, message, hint) => {
    expect(failure(() => parse(row('url'), text))).toEqual({
      code: 'setting_invalid',
      message,
      hint,
      exitCode: 2,
    });
  });
});

describe('a command', () => {
  test('is its words', () => {
    expect(parse(row('command'), `vault read 'my path'`)).toEqual(['vault', 'read', 'my path']);
  });

  test.each([
    [`vault 'read`, '--x has a quote that is not closed'],
    ['  ', '--x holds no command'],
  ])('is not %j', (text, message) => {
    expect(failure(() => parse(row('command'), text))).toMatchObject({
      code: 'setting_invalid',
      message,
    });
  });
});

test('a path holds no NUL, which would end it early', () => {
  expect(parse(row('path'), '/a b')).toBe('/a b');
  expect(failure(() => parse(row('path'), '/a\0b'))).toMatchObject({
    code: 'setting_invalid',
    message: '--x is not a path',
  });
});

test.each(['text', 'list'] as const)('a %s is taken as it is', (type) => {
  expect(parse(row(type), ' a=b c ')).toBe(' a=b c ');
});
