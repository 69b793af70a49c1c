import { expect, test } from 'vitest';
import {
  searchFuzziness,
  searchStem,
  searchWeight,
  searchWords,
} from '../../../scripts/site/search-words.ts';

test('the search knows names as a whole and by their parts', () => {
  expect(searchWords('set --dex-url, or DEX_URL. Срок токена…')).toEqual([
    'set',
    'dex-url',
    'dex',
    'url',
    'or',
    'DEX_URL',
    'DEX',
    'URL',
    'Срок',
    'токена',
  ]);
});

test('the search knows the flag of a variable', () => {
  expect(searchWords('$DEXCHANGE_CA_FILE')).toEqual([
    'DEXCHANGE_CA_FILE',
    'DEXCHANGE',
    'CA',
    'FILE',
    'ca-file',
  ]);
});

test('a whole name counts more than its parts', () => {
  expect(searchWeight('dex_url')).toBeGreaterThan(searchWeight('dex'));
});

test.each([
  ['токен токена токену токеном токене токены токенов токенам токенами токенах', 'токен'],
  ['ошибка ошибки ошибке ошибку ошибкой ошибкам ошибками ошибках', 'ошибк'],
  ['истёкший истекший истекшего истекшему истекшие истекших истекшими', 'истекш'],
  ['учётная учетной учетную учётные учетных', 'учетн'],
  ['задание задания заданию заданием заданий', 'задан'],
  ['для без Dex KUBECONFIG', undefined],
])('the forms %s have one stem', (forms, stem) => {
  for (const form of forms.split(' ')) {
    expect(searchStem(form)).toBe(stem ?? form.toLowerCase());
  }
});

test('words that every page has are left out', () => {
  expect(['the', 'The', 'И', 'на', 'not', 'не'].map(searchStem)).toEqual([
    null,
    null,
    null,
    null,
    'not',
    'не',
  ]);
});

test('only long words may be misspelled', () => {
  expect(['exec', 'credentail'].map(searchFuzziness)).toEqual([false, 0.2]);
});
