import { describe, expect, test } from 'vitest';
import { oddityOf } from '../../src/odd-secret.ts';

describe('what is not a bare secret', () => {
  test.each<readonly [string, string]>([
    ['s\0e\0c\0r\0e\0t\0', 'UTF-16'],
    ['schl\ufffdssel', 'not UTF-8'],
    ['sec\u200bret', 'invisible'],
    ['\u00a0secret', 'invisible'],
    ['secret\u00a0', 'invisible'],
    ['\u202esecret', 'invisible'],
    ['\u001b[0msecret', 'control characters'],
    ['<html><body>Login</body></html>', 'HTML'],
    ['<?xml version="1.0"?><Error/>', 'XML'],
    ['-----BEGIN PRIVATE KEY-----\nYQ==', 'PEM'],
    ['apiVersion: v1\nkind: Secret\ndata:\n  a: YQ==', 'manifest'],
    ['{"data":{"data":{"secret":"x"}}}', 'JSON'],
    ['["secret"]', 'JSON'],
    ['Bearer secret', 'scheme'],
    ['basic c2VjcmV0', 'scheme'],
    ['DEX_CLIENT_SECRET=secret', 'NAME=value'],
    ['export secret=x', 'NAME=value'],
    ['client_secret: secret', 'YAML'],
    ['"password": "x"', 'YAML'],
  ])('%j', (text, what) => {
    const odd = oddityOf(text);
    expect(odd?.what).toContain(what);
    expect(odd?.hint).toMatch(/./);
  });

  test.each([
    ...[
      'correct horse battery staple',
      'pässwörd',
      '密码',
      '😀',
      'it\'s "quoted"',
      'a=b',
      'A=b',
      '=',
    ],
    ...[
      'ABCDEF==',
      'A_B==',
      'AB_C=',
      'bearer',
      'token:x',
      'my secret: x',
      '{',
      '{not json',
      '[',
      '<',
    ],
    ...['a<b>c', 'a\u00a0b', 'a\tb', 'secret%', 'c2VjcmV0', '$$', '%41', '5', '"5', 'null', 'true'],
  ])('%j can be a secret', (text) => {
    expect(oddityOf(text)).toBeUndefined();
  });
});
