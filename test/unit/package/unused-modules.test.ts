import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { withoutUnusedModules } from '../../../scripts/package/unused-modules.ts';

const modules = resolve(import.meta.dirname, '../../../node_modules');

function changed(file: string): string {
  const path = join(modules, file);
  return withoutUnusedModules(path, readFileSync(path, 'utf8'));
}

test.each([
  ['undici/lib/dispatcher/client.js', 'node:http'],
  ['undici/lib/dispatcher/client.js', './client-h2.js'],
  ['undici/lib/dispatcher/client.js', 'node:assert'],
  ['undici/lib/core/util.js', 'node:http'],
  ['undici/lib/core/util.js', './tree'],
  ['proper-lockfile/lib/lockfile.js', 'graceful-fs'],
  ['proper-lockfile/lib/adapter.js', 'graceful-fs'],
])('%s does not load %s', (file, module) => {
  const required = `require('${module}')`;
  expect(readFileSync(join(modules, file), 'utf8')).toContain(required);
  expect(changed(file)).not.toContain(required);
});

test('a failed assertion of undici keeps the code by which it is recognized', () => {
  const [, source = ''] =
    /const assert = (\(ok, message\) => \{.*?\n\})/s.exec(changed('undici/lib/core/util.js')) ?? [];
  const assert = new Function(`return ${source}`)() as (ok: unknown, message?: unknown) => void;
  expect(assert(1)).toBeUndefined();
  expect(() => assert(0, 'why')).toThrow(
    expect.objectContaining({ message: 'why', code: 'ERR_ASSERTION' }),
  );
  const own = new TypeError('own');
  expect(() => assert(false, own)).toThrow(own);
});

test('a library that has changed is not built', () => {
  expect(() => withoutUnusedModules(join(modules, 'undici/lib/core/util.js'), '')).toThrow(
    'undici/lib/core/util.js has no longer exactly one line',
  );
  expect(withoutUnusedModules(join(modules, 'jose/index.js'), 'any')).toBe('any');
});
