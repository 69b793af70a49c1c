import { expect, test } from 'vitest';
import { readySecret, Secret } from '../../src/secret.ts';

test('a ready secret is its own key input and returns its value', async () => {
  const secret = new Secret('s3cret');
  const ready = readySecret('variable X', secret);
  expect(ready.origin).toBe('variable X');
  expect(ready.keyInputs).toEqual(['s3cret']);
  expect(await ready.value()).toBe(secret);
});
