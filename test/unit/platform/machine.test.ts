import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { callerOf, callerVariable, elapsedMs, uncounted } from '../../../src/platform/machine.ts';

const source = join(import.meta.dirname, '../../../src/platform/machine.ts');

test.runIf(process.platform === 'linux')('many variables are read as they are', () => {
  const many = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [`V${index}`, `value=${index}`]),
  );
  const script = `import { environment } from ${JSON.stringify(source)};
    const env = environment();
    console.log(JSON.stringify([env === process.env, Object.keys(env).length, env.V7, env.TEXT]))`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...many, TEXT: 'ü\nline two ' },
    encoding: 'utf8',
  });
  expect(JSON.parse(printed)).toEqual([false, 20_001, 'value=7', 'ü\nline two ']);
});

describe('the caller is', () => {
  test('a running process, and when its call ends', () => {
    const caller = callerOf({ [callerVariable]: `${process.pid} 123456` });
    expect(caller).toEqual({ pid: process.pid, endsAtMs: 123_456 });
  });

  test('not a process that has ended', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    expect(callerOf({ [callerVariable]: `${child.pid} 123456` })).toBeUndefined();
  });

  test.each([[''], ['1'], ['x 1'], ['1 x'], ['-1 5'], ['1 2 3'], ['99999999999 1']])(
    'none if the variable is %j',
    (value) => {
      expect(callerOf({ [callerVariable]: value })).toBeUndefined();
    },
  );
});

test('the time of a prompt does not count, while it lasts and afterwards', async () => {
  const before = elapsedMs();
  await uncounted(async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(elapsedMs() - before).toBeLessThan(200);
  });
  expect(elapsedMs() - before).toBeLessThan(200);
});
