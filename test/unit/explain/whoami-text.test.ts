import { expect, test } from 'vitest';
import { whoAmIText } from '../../../src/explain/whoami-text.ts';
import type { WhoAmI } from '../../../src/usecases/who-am-i.ts';

const nowMs = Date.UTC(2026, 0, 1);

function textOf(groups: readonly string[], width = 80): string {
  const who: WhoAmI = {
    context: 'ci',
    server: 'https://api.example.com',
    credential: { kind: 'plugin', origin: 'plugin dexchange', expiresMs: nowMs + 598_000 },
    version: 'v1.30.1',
    username: 'deployer@example.com',
    groups,
  };
  return whoAmIText(who, ['/home/jane/.kube/config'], nowMs, width);
}

test('has the user first, and each of a few groups on its own line', () => {
  expect(textOf(['developers', 'system:authenticated'])).toBe(
    `user        deployer@example.com
groups      developers
            system:authenticated
credential  plugin dexchange, expires in 9 min 58 s (2026-01-01T00:09:58Z)
server      https://api.example.com (v1.30.1)
context     ci of /home/jane/.kube/config
`,
  );
});

test('has many groups after the first block, and all of them', () => {
  const groups = Array.from({ length: 60 }, (_, index) => `team-${index}:role-of-the-team`);
  const lines = textOf(groups).trimEnd().split('\n');
  const end = lines.indexOf('');
  expect(end).toBeLessThanOrEqual(12);
  expect(lines.slice(0, end).join('\n')).toMatch(/^context /m);
  expect(lines.slice(0, end).join(' ')).toMatch(/and 54 more, +see +below/);
  expect(lines.slice(end + 1).map((line) => line.split(/ {2,}/)[1])).toEqual(groups);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
