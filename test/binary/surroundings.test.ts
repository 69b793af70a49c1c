import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { baseNode } from '../../scripts/package/base-node.ts';
import { exercise } from '../../scripts/package/exercise.ts';
import { keptVariables, renamedVariables } from '../../scripts/package/runtime-variables.ts';
import { execCredential, freshFolder } from '../support/dexchange.ts';
import { type Ended, runToEnd } from '../support/run-to-end.ts';
import { placeBinary } from './place-binary.ts';
import { binary } from './shipped.ts';
import { startTokenCall, type TokenCall } from './token-call.ts';

const repository = resolve(import.meta.dirname, '../..');
const hasStrace = spawnSync('strace', ['-V']).status === 0;

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

describe('options of Node in the environment do not change the program', () => {
  test.each([
    ['NODE_OPTIONS', () => `--require=${trap}`],
    ['NODE_OPTIONS', () => `--import=${trap}`],
    ['NODE_OPTIONS', () => '--inspect-brk --cpu-prof --jitless --no-such-flag'],
    ['NODE_OPTIONS', () => `--experimental-config-file=${configFile()}`],
    ['NODE_PATH', () => folder],
    ['NODE_REPL_EXTERNAL_MODULE', () => trap],
  ])('%s=%s', async (name, value) => {
    await expectUndisturbed({ env: { [name]: value() } });
  });
});

/** Values that a job or an attacker could give to any variable. */
const hostileValues: Readonly<Record<string, () => string>> = {
  '1': () => '1',
  '0': () => '0',
  '-1': () => '-1',
  'a huge number': () => '99999999999999999999',
  junk: () => 'child-v8,ALL,*:\u{1f4a5}=%s',
  'a missing file': () => join(folder, 'missing', 'file'),
  'a new file': () => join(folder, 'new'),
  'a folder': () => folder,
  'a list of folders': () => [folder, join(folder, 'missing'), folder].join(delimiter),
  'a script': () => trap,
  'a FIFO': () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    return fifo;
  },
  'a full device': () => '/dev/full',
  'a long text': () => 'x/'.repeat(10_000),
};

const everyVariable = renamedVariables.map(({ name }) => name);

/** Those that the runtime still reads, and some that other programs read. */
const harmless = [
  // Proxies and the home folder are for the program, and started commands need PATH.
  ...keptVariables
    .map(({ name }) => name)
    .filter((name) => !/_proxy$/i.test(name) && name !== 'HOME' && name !== 'PATH'),
  ...['LANGUAGE', 'LC_CTYPE', 'LC_TIME', 'CI', 'DEBUG', '__proto__', 'constructor'],
];

const onUnix = test.skipIf(process.platform === 'win32');

describe('the variables of the runtime have no effect', () => {
  onUnix.each(Object.keys(hostileValues))('all of them as %s', async (kind) => {
    const value = hostileValues[kind]?.() ?? '';
    const before = filesIn(folder);
    const names = [...everyVariable, ...harmless];
    await expectUndisturbed({ env: Object.fromEntries(names.map((name) => [name, value])) });
    expect(filesIn(folder)).toEqual(before);
  });

  onUnix('on no command', async () => {
    const value = join(folder, 'new');
    const names = [...everyVariable, ...harmless];
    const runs = await exercise(binary, {
      env: Object.fromEntries(names.map((name) => [name, value])),
    });
    for (const { args, code, stderr } of runs) {
      // Those of `manifests`.
      const others = stderr.replaceAll(/^warning: DexProvider .*\n/gm, '');
      expect({ args, code, stderr: others }).toEqual({ args, code: 0, stderr: '' });
    }
    expect(existsSync(value)).toBe(false);
  });

  // One variable can hide the effect of another, as NODE_DISABLE_COMPILE_CACHE does.
  onUnix('each of them alone', async () => {
    const before = filesIn(folder);
    await expectUndisturbed();
    const env = { ...call.env, HOME: join(folder, 'home') };
    const hit = await runToEnd(binary, call.args, { env });
    for (const name of everyVariable) {
      const value = join(folder, 'new');
      const ended = await runToEnd(binary, call.args, { env: { ...env, [name]: value } });
      expect({ name, ...ended }).toEqual({ name, ...hit });
    }
    expect(filesIn(folder)).toEqual(before);
  });

  test.each([
    ['NODE_CHANNEL_FD', 'junk', 1],
    ['SIMDUTF_FORCE_IMPLEMENTATION', 'junk', null],
    ['LC_ALL', 'notalocalename', null],
  ])('although %s=%s ends an unchanged Node', async (name, value, code) => {
    const ended = await runToEnd(baseNode(repository).path, ['--eval', ''], {
      env: { [name]: value },
    });
    expect(ended.code).toBe(code);
  });

  test.runIf(hasStrace)('and cause no system calls for files', async () => {
    await expectUndisturbed();
    const path = join(folder, 'new');
    const clean = await openedFiles({});
    expect(clean.length).toBeGreaterThan(3);
    expect(await openedFiles(Object.fromEntries(everyVariable.map((n) => [n, path])))).toEqual(
      clean,
    );
  });
});

describe('what the runtime still reads does not disturb the program', () => {
  test.each([
    ['PKG_EXECPATH', 'PKG_INVOKE_NODEJS'],
    ['MALLOC_PERTURB_', '165'],
    ['MALLOC_ARENA_MAX', '1'],
    ['GLIBC_TUNABLES', 'glibc.malloc.check=3'],
    ['LD_BIND_NOW', '1'],
    ['TZ', ':/dev/full'],
  ])('%s=%s', async (name, value) => {
    await expectUndisturbed({ env: { [name]: value } });
  });

  test('libraries do not print what they read', async () => {
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, 'users: [{ name: u, user: { token: canary } }]\n');
    const { stdout, stderr } = await runToEnd(binary, ['whoami', `--kubeconfig=${kubeconfig}`], {
      env: { LOG_TOKENS: '1', LOG_STREAM: '1', NODE_DEBUG: 'gfs4' },
    });
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^dexchange: /);
    expect(stderr).not.toContain('canary');
  });
});

onUnix('commands get the environment of the job unchanged', async () => {
  const env = Object.fromEntries(everyVariable.map((name) => [name, `value of ${name}`]));
  const out = join(folder, 'environment');
  const program = join(folder, 'command');
  writeFileSync(program, `#!/bin/sh\n/usr/bin/env > '${out}'\necho any\n`, { mode: 0o755 });
  const ended = await callWithCommand(program, env);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const lines = new Set(readFileSync(out, 'utf8').split('\n'));
  for (const [name, value] of Object.entries(env)) expect(lines).toContain(`${name}=${value}`);
});

onUnix('signals of tools open no inspector and print nothing', async () => {
  const program = join(folder, 'command');
  const kill = ['USR1', 'PIPE', 'WINCH', 'CONT', 'URG', 'USR1'].map((s) => `kill -s ${s} $PPID`);
  writeFileSync(program, `#!/bin/sh\n${kill.join('\n')}\nsleep 0.3\necho any\n`, { mode: 0o755 });
  const ended = await callWithCommand(program, { PATH: process.env['PATH'] ?? '' });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  execCredential(ended);
});

/** A miss without the cache that gets its identity token from a command. */
function callWithCommand(program: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const args = call.args.filter((arg) => !arg.startsWith('--subject-token-env'));
  return runToEnd(binary, [...args, `--subject-token-command=${program}`, '--no-cache'], {
    env: { ...call.env, ...env },
  });
}

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

/** The files in a folder, except for the home folder. */
function filesIn(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => !/^home(\/|$)/.test(name))
    .sort();
}

/** The paths that a hit opens, or tries to. */
async function openedFiles(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const log = join(folder, 'home', 'strace');
  const words = ['-f', '-e', 'trace=%file', '-o', log, binary, ...call.args];
  const ended = await runToEnd('strace', words, {
    env: { PATH: process.env['PATH'] ?? '', ...call.env, HOME: join(folder, 'home'), ...env },
  });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const paths = readFileSync(log, 'utf8').matchAll(/^\d+ +\w+\([^"]*"([^"]*)"/gm);
  // V8 and libc read about the machine whenever they like.
  return [...paths]
    .map(([, name = '']) => name)
    .filter((name) => !/^(\/proc\/|\/sys\/|$)/.test(name))
    .sort();
}

function config(): string {
  return JSON.stringify({ nodeOptions: { require: [trap], import: [trap] } });
}

function configFile(): string {
  const file = join(folder, 'node.config.json');
  writeFileSync(file, config());
  return file;
}
