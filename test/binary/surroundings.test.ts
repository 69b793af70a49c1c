import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { execCredential, freshFolder } from '../support/dexchange.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { placeBinary } from './place-binary.ts';
import { binary } from './shipped.ts';
import { startTokenCall, type TokenCall } from './token-call.ts';

let call: TokenCall;
let folder: string;
let canary: string;
let trap: string;

beforeAll(async () => {
  call = await startTokenCall();
});
afterAll(() => call.dex.close());

beforeEach(() => {
  const fresh = freshFolder();
  onTestFinished(fresh.remove);
  folder = fresh.path;
  canary = join(folder, 'canary');
  trap = join(folder, 'trap.cjs');
  writeFileSync(trap, `require('node:fs').writeFileSync(${JSON.stringify(canary)}, '')`);
});

/** Asserts that a miss and a hit succeed as if the trap did not exist. */
async function expectUndisturbed(
  options: { env?: Readonly<Record<string, string>>; cwd?: string; program?: string } = {},
): Promise<void> {
  const { program = binary, cwd = folder } = options;
  const home = join(folder, 'home');
  mkdirSync(home);
  for (const kind of ['miss', 'hit']) {
    const before = call.dex.tokenRequests().length;
    const ended = await runToEnd(program, call.args, {
      cwd,
      env: { ...call.env, HOME: home, ...options.env },
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(execCredential(ended).kind).toBe('ExecCredential');
    expect(call.dex.tokenRequests().length - before).toBe(kind === 'miss' ? 1 : 0);
  }
  expect(existsSync(canary)).toBe(false);
}

test('a plain Node runs the trap', async () => {
  await runToEnd(process.execPath, ['--eval', ''], { env: { NODE_OPTIONS: `--require=${trap}` } });
  expect(existsSync(canary)).toBe(true);
});

describe('the variables of Node do not change the program', () => {
  test.each([
    ['NODE_OPTIONS', () => `--require=${trap}`],
    ['NODE_OPTIONS', () => `--import=${trap}`],
    ['NODE_OPTIONS', () => '--inspect-brk --cpu-prof --no-such-flag'],
    ['NODE_OPTIONS', () => `--experimental-config-file=${configFile()}`],
    ['NODE_PATH', () => folder],
    ['NODE_PENDING_DEPRECATION', () => '1'],
    ['NODE_REDIRECT_WARNINGS', () => canary],
    ['NODE_TLS_REJECT_UNAUTHORIZED', () => '0'],
    ['NODE_USE_ENV_PROXY', () => '1'],
    ['NODE_ICU_DATA', () => folder],
    ['NODE_TEST_CONTEXT', () => 'child-v8'],
    ['NODE_NO_WARNINGS', () => '1'],
    ['WATCH_REPORT_DEPENDENCIES', () => '1'],
    ['SSLKEYLOGFILE', () => canary],
    ['UV_THREADPOOL_SIZE', () => '1'],
  ])('%s=%s', async (name, value) => {
    await expectUndisturbed({ env: { [name]: value() } });
  });
});

describe('the program does not load files around it', () => {
  test.each(['the working folder', "the binary's folder"])('in %s', async (where) => {
    configFile();
    const around = join(folder, 'around');
    mkdirSync(join(around, 'node_modules'), { recursive: true });
    for (const name of ['bufferutil', 'undici', 'jose', 'supports-color', 'dexchange']) {
      const stranger = join(around, 'node_modules', name);
      mkdirSync(stranger);
      writeFileSync(join(stranger, 'index.js'), `require(${JSON.stringify(trap)})`);
    }
    for (const name of ['main.js', 'network.js', 'main.cache', 'network.cache', 'index.js']) {
      writeFileSync(join(around, name), `require(${JSON.stringify(trap)})`);
    }
    const manifest = { type: 'module', main: trap, imports: { '#x': trap } };
    writeFileSync(join(around, 'package.json'), JSON.stringify(manifest));
    writeFileSync(
      join(around, '.env'),
      `NODE_OPTIONS=--require=${trap}\nDEXCHANGE_DEX_URL=http://x`,
    );
    writeFileSync(join(around, '.npmrc'), `node-options=--require=${trap}\n`);
    writeFileSync(join(around, 'node.config.json'), config());
    const before = readdirSync(around);

    const inside = where === 'the working folder';
    await expectUndisturbed({
      cwd: inside ? around : folder,
      program: inside ? binary : placeBinary(around),
    });
    expect(readdirSync(around).filter((name) => name !== 'dexchange')).toEqual(before);
  });
});

function config(): string {
  return JSON.stringify({ nodeOptions: { require: [trap], import: [trap] } });
}

function configFile(): string {
  const file = join(folder, 'node.config.json');
  writeFileSync(file, config());
  return file;
}
