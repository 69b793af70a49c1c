import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { proxyCases } from '../support/proxy-cases.ts';
import { runToEnd } from '../support/run-to-end.ts';

test('Go uses the proxies of the cases that test dexchange', async () => {
  const stdin = proxyCases.map(({ url, env }) => `${JSON.stringify({ url, env })}\n`).join('');
  const ended = await runToEnd('go', ['run', '-C', resolve(import.meta.dirname, 'go-proxy'), '.'], {
    // Go's own settings, such as GOPROXY.
    env: Object.fromEntries(
      Object.entries(process.env).flatMap(([name, text]) =>
        text === undefined ? [] : [[name, text]],
      ),
    ),
    stdin,
  });
  expect(ended.stderr).toBe('');
  const outcomes = ended.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const compared = proxyCases.map(({ url, env }, at) => ({ url, env, outcome: outcomes[at] }));
  expect(compared).toEqual(
    proxyCases.map(({ url, env, expected, go }) => ({
      url,
      env,
      outcome: go === undefined ? expected : go.outcome,
    })),
  );
});
