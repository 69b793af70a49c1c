import { describe, expect, test } from 'vitest';
import { describeBody, jsonObject, textField } from '../../../src/http/json-body.ts';

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
    ['\n<HTML>', 'an HTML page'],
    ['<?xml version="1.0"?>', 'an HTML page'],
    ['404 page not found', 'a body that is not a JSON object'],
    ['[]', 'a body that is not a JSON object'],
    ['{}', 'JSON'],
  ])('%j is described as %s', (body, text) => {
    expect(describeBody(response(body))).toBe(text);
  });
});

test.each([undefined, null, '', 7, ['x'], { a: 'x' }])('%j is not a text field', (value) => {
  expect(textField({ a: value }, 'a')).toBeUndefined();
});

test('textField returns the text', () => {
  expect(textField({ a: 'x' }, 'a')).toBe('x');
});
