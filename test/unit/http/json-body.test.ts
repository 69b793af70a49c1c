import { describe, expect, test } from 'vitest';
import { describeBody, jsonObject, textField } from '../../../src/http/json-body.ts';
import { Secret } from '../../../src/secret.ts';

function response(body: string) {
  return { status: 200, headers: {}, body };
}

describe('a body', () => {
  test.each(['', 'x', '[]', 'null', '7', '"a"', '{', '\ufeff{}'])(
    '%j is not a JSON object',
    (body) => {
      expect(jsonObject(response(body))).toBeUndefined();
    },
  );

  test.each([
    ['', 'an empty body'],
    [' \n', 'an empty body'],
    ['<!DOCTYPE html><title>Log in', 'an HTML page'],
    ['<!DOCTYPE html><title>Log in</title>', 'an HTML page titled "Log in"'],
    [
      '<html><head><TITLE lang=en>\n 502\u001b[1m Bad </TITLE>',
      'an HTML page titled "502 [1m Bad"',
    ],
    ['<html><title></title>', 'an HTML page'],
    [`<html><title>${'x'.repeat(2000)}</title>`, 'an HTML page'],
    ['\n<HTML>', 'an HTML page'],
    ['<?xml version="1.0"?>', 'an HTML page'],
    ['404 page not found', 'a body that is not a JSON object'],
    ['[]', 'a body that is not a JSON object'],
    ['{}', 'JSON'],
  ])('%j is described as %s', (body, text) => {
    expect(describeBody(response(body), [])).toBe(text);
  });
});

test.each([undefined, null, '', 7, ['x'], { a: 'x' }])('%j is not a text field', (value) => {
  expect(textField({ a: value }, 'a')).toBeUndefined();
});

test('textField returns the text', () => {
  expect(textField({ a: 'x' }, 'a')).toBe('x');
});

test('the title of a page shows no secret, even one that is longer than the title', () => {
  const secret = new Secret(`canary${'x'.repeat(300)}`);
  const page = `<html><title>no access for ${secret.reveal()}</title>`;
  expect(describeBody({ status: 403, headers: {}, body: page }, [secret])).toBe(
    'an HTML page titled "no access for [redacted]"',
  );
});
