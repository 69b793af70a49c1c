import { describe, expect, test } from 'vitest';
import { describeBody, jsonObject, textField } from '../../../src/http/json-body.ts';

function answer(body: string) {
  return { status: 200, headers: {}, body };
}

describe('a body', () => {
  test.each(['', 'x', '[]', 'null', '7', '"a"', '{', '\ufeff{}'])('%j is no object', (body) => {
    expect(jsonObject(answer(body))).toBeUndefined();
  });

  test.each([
    ['', 'an empty body'],
    [' \n', 'an empty body'],
    ['<!DOCTYPE html><title>Log in', 'an HTML page'],
    ['\n<HTML>', 'an HTML page'],
    ['<?xml version="1.0"?>', 'an HTML page'],
    ['404 page not found', 'a body that is not a JSON object'],
    ['[]', 'a body that is not a JSON object'],
    ['{}', 'JSON'],
  ])('%j is %s', (body, words) => {
    expect(describeBody(answer(body))).toBe(words);
  });
});

test.each([undefined, null, '', 7, ['x'], { a: 'x' }])('%j is no text field', (value) => {
  expect(textField({ a: value }, 'a')).toBeUndefined();
});

test('a text field is its text', () => {
  expect(textField({ a: 'x' }, 'a')).toBe('x');
});
