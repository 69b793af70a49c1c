import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { helpTexts } from '../../../src/cli/help-texts.ts';
import { dexchange, freshFolder, program } from '../../support/dexchange.ts';

const folder = freshFolder();
afterAll(folder.remove);
beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const ended = await dexchange(['completion', shell]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    writeFileSync(join(folder.path, shell === 'zsh' ? '_dexchange' : shell), ended.stdout);
  }
  writeFileSync(join(folder.path, 'a-file'), '');
  const run = program.map((word) => `'${word}'`).join(' ');
  mkdirSync(join(folder.path, '.local/bin'), { recursive: true });
  for (const [name, call] of [
    ['dexchange', `${run} "$@"`],
    ['kubectl-dexchange', `${run} "$@"`],
  ] as const) {
    writeFileSync(join(folder.path, '.local/bin', name), `#!/bin/sh\nexec ${call}\n`, {
      mode: 0o755,
    });
  }
  mkdirSync(join(folder.path, '.kube'));
  const contexts = ['ci@cluster', 'arn:aws:eks:one', 'arn:aws:eks:two', 'a b'].map((name) => ({
    name,
    context: { cluster: 'c', user: 'u' },
  }));
  writeFileSync(join(folder.path, '.kube/config'), JSON.stringify({ contexts }));
});

/** The environment of a shell: the program in PATH, and a kubeconfig. */
const environment = (): Record<string, string> => ({
  PATH: `${folder.path}/.local/bin:${process.env['PATH']}`,
  HOME: folder.path,
});

const has = (program: string): boolean => spawnSync(program, ['-c', '']).error === undefined;

type Complete = (line: string) => string[];

/** Splits words at spaces and equals signs as bash does, with the cursor at the end. */
const bash: Complete = (line) => {
  const script = `
source ${folder.path}/bash
cd ${folder.path}
COMP_WORDS=(${line
    .replaceAll(/[=:]/g, ' $& ')
    .split(' ')
    .filter((word, index, all) => word !== '' || index === all.length - 1)
    .map((word) => `'${word}'`)
    .join(' ')})
COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
_dexchange
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return lines(
    spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', env: environment() }),
  );
};

const fish: Complete = (line) =>
  lines(
    spawnSync(
      'fish',
      ['--no-config', '-c', `cd ${folder.path}; source fish; complete -C ${JSON.stringify(line)}`],
      { encoding: 'utf8', env: environment() },
    ),
  ).map((found) => (found.split('\t')[0] ?? '').replace(/^--[\w-]+=/, ''));

/** zsh completes only in a terminal: the script opens one and records all offered words. */
const zsh: Complete = (line) => {
  const script = `
import os, pty, select, sys, time
home, line = sys.argv[1:]
pid, terminal = pty.fork()
if pid == 0:
    os.environ.update(HOME=home, TERM='dumb', COLUMNS='400', LINES='500')
    os.chdir(home)
    os.execvp('zsh', ['zsh', '-f', '-i'])
def read_until(text, seconds=20):
    seen, end = '', time.time() + seconds
    while time.time() < end and text not in seen:
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536).decode(errors='replace')
os.write(terminal, b'''PS1=; fpath=($HOME $fpath); autoload -U compinit; compinit -u -D
compadd() { local -a offered; builtin compadd -O offered "$@"; print -rl -- $offered >> $HOME/offered; builtin compadd "$@" }
offer_all() { _main_complete; print -n DO''NE }
zle -C offer list-choices offer_all; bindkey '^X^L' offer
echo REA''DY
''')
read_until('READY')
os.write(terminal, line.encode() + b'\\x18\\x0c')
read_until('DONE')
os.kill(pid, 9)
try:
    print(open(home + '/offered').read())
    os.unlink(home + '/offered')
except FileNotFoundError:
    pass
`;
  return lines(
    spawnSync('python3', ['-c', script, folder.path, line], {
      encoding: 'utf8',
      env: environment(),
    }),
  );
};

function lines(ran: { stdout: string; stderr: string }): string[] {
  expect(ran.stderr).toBe('');
  return ran.stdout.split('\n').filter((line) => line !== '');
}

describe.each([
  ['bash', bash],
  ['fish', fish],
  ['zsh', zsh],
] as const)('in %s', (shell, complete) => {
  test.runIf(has(shell) && (shell !== 'zsh' || has('python3'))).each([
    ['dexchange get', ['get-token'], ['cache']],
    ['dexchange kubeconfig ', ['token-exchange', 'service-account', 'basic-auth'], ['cache']],
    ['dexchange get-token --connector', ['--connector-id'], ['--user']],
    ['dexchange manifests basic-auth --', ['--provider', '--user'], ['--client-name']],
    ['dexchange manifests token-exchange --', ['--client-name'], ['--token-secret']],
    ['dexchange manifests service-account --access-level ', ['Admin', 'SuperAdmin'], ['--user']],
    ['dexchange manifests service-account --access-level=Cl', ['ClusterEditor'], ['Admin']],
    ['dexchange discover --output ', ['table', 'json', 'shell'], ['token']],
    ['dexchange get-token --client-secret-file ', ['a-file'], ['--user']],
    ['kubectl-dexchange whoami --context ', ['ci@cluster'], ['a-file']],
  ])('%j', (line, wanted, unwanted) => {
    const found = complete(line).map((word) => word.replace(/=$/, ''));
    expect(found).toEqual(expect.arrayContaining(wanted));
    for (const word of unwanted) expect(found).not.toContain(word);
  });
});

test('bash replaces only what follows the last colon or equals sign', () => {
  expect(bash('dexchange whoami --context=arn:aws:e')).toEqual(['eks:one', 'eks:two']);
  expect(bash('dexchange whoami --context arn:aws:eks:')).toEqual(['one', 'two']);
  expect(bash('dexchange whoami --context a')).toContain('a\\ b');
});

test.runIf(has('kubectl'))('kubectl completes its plugin as the help tells', () => {
  const [, commands = ''] = helpTexts.completion.examples?.split('\n\n') ?? [];
  const made = spawnSync('sh', ['-ec', commands], { encoding: 'utf8', env: environment() });
  expect(made).toMatchObject({ status: 0, stderr: '' });
  const ran = spawnSync('kubectl', ['__complete', 'dexchange', 'whoami', '--context', 'ci'], {
    encoding: 'utf8',
    env: environment(),
  });
  expect(ran.stdout.split('\n').slice(0, 2)).toEqual(['ci@cluster', ':4']);
});
