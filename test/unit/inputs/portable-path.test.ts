import { describe, expect, test } from 'vitest';
import type { SettingName } from '../../../src/config/table.ts';
import type { LocalFolders } from '../../../src/inputs/local-folders.ts';
import {
  checkPortableCommand,
  type PathMode,
  pathRules,
  pathWarnings,
  portableField,
  portablePath,
  portableProgram,
} from '../../../src/inputs/portable-path.ts';
import { failure } from '../support/failure.ts';

/** Links of the machine: /home is one, and so is /shared, which leads into the home folder. */
const links: readonly (readonly [string, string])[] = [
  ['/home/', '/data/home/'],
  ['/shared/', '/data/home/jane/shared/'],
  ['/mac/tmp/', '/private/tmp/'],
];

const folders: LocalFolders = {
  cwd: () => '/srv/repo',
  home: '/home/jane',
  kubeconfigFolder: () => '/opt/written/configs',
  temporary: ['/mac/tmp/session'],
  realPath(path) {
    const [link, target] = links.find(([from]) => `${path}/`.startsWith(from)) ?? ['', ''];
    return link === '' ? path : `${target}${path.slice(link.length)}`;
  },
};

const rules = (mode: PathMode = 'portable', changes: Partial<LocalFolders> = {}) =>
  pathRules(mode, { ...folders, ...changes });

/** Paths that only this machine has, with the folder that the error names. */
const ofThisMachine = [
  ['in the working folder', '/srv/repo/secret', '/srv/repo'],
  ['in a folder of it', '/srv/repo/a/b/secret', '/srv/repo'],
  ['in the home folder', '/home/jane/secret', '/home/jane'],
  ['the home folder itself', '/home/jane', '/home/jane'],
  ['the home folder with a slash', '/home/jane/', '/home/jane'],
  ['in the home folder without its link', '/data/home/jane/x', '/home/jane'],
  ['in the home folder through another link', '/shared/team/secret', '/home/jane'],
  ['in the home folder with steps up', '/etc/../home/jane/secret', '/home/jane'],
  ['in the folder of the kubeconfig', '/opt/written/configs/secret', '/opt/written/configs'],
  ['in the folder of TMPDIR', '/mac/tmp/session/secret', '/mac/tmp/session'],
  ['in the folder of TMPDIR without its link', '/private/tmp/session/x', '/mac/tmp/session'],
  ['in /tmp', '/tmp/secret', '/tmp'],
  ['in /var/tmp', '/var/tmp/secret', '/var/tmp'],
  ['in shared memory', '/dev/shm/secret', '/dev/shm'],
  ['a pipe of the shell', '/dev/fd/63', '/dev/fd'],
  ['a pipe of the process', '/proc/self/fd/3', '/proc'],
  ['in the folder of the session', '/run/user/1000/secret', '/run/user'],
] as const;

/** Paths that jobs can have too. */
const ofJobs = [
  '/run/secrets/dex',
  '/var/run/secrets/kubernetes.io/serviceaccount/token',
  '/builds/group/project.tmp/DEX_SECRET',
  '/etc/dexchange/secret',
  '/srv/repository/secret',
  '/srv/repo..old/secret',
  '/home/janet/secret',
  '/home/runner/secret',
  '/opt/written/secret',
  '/tmpfiles/secret',
  '/procedures/secret',
  '/srv/repo/../secret',
];

const files = ['client-secret-file', 'idp-private-key-file', 'subject-token-file'] as const;

describe('a file in the arguments of the plugin', () => {
  test.each(ofThisMachine)('%s is refused: %s', (_where, path, folder) => {
    for (const name of files) {
      const error = failure(() => portablePath(name, path, rules()));
      expect(error).toMatchObject({
        code: 'setting_invalid',
        message: `--${name} ${path} is a file of this machine, which a job does not have: it is in ${folder}`,
      });
      expect(error.hint).toContain('variable of type File');
      const local = rules('local');
      expect(portablePath(name, path, local)).toBe(path);
      expect(pathWarnings(local)).toEqual([
        expect.stringMatching(
          new RegExp(`^WARNING: this kubeconfig is for this machine only: --${name} `),
        ),
      ]);
    }
  });

  test.each(ofJobs)('is written if a job can have it: %s', (path) => {
    for (const mode of ['portable', 'relative', 'local'] as const) {
      const given = rules(mode);
      expect(portablePath('client-secret-file', path, given)).toBe(path);
      expect(pathWarnings(given)).toEqual([]);
    }
  });

  test.each(['secret', './secret', '../secret', 'a/b'])('relative, %s is as requested', (path) => {
    const refused = failure(() => portablePath('client-secret-file', path, rules()));
    expect(refused.hint).toMatch(/DEXCHANGE_CLIENT_SECRET_FILE.*--relative-paths.*--local-paths/);
    const relative = rules('relative');
    expect(portablePath('client-secret-file', path, relative)).toBe(path);
    expect(pathWarnings(relative)).toEqual([
      expect.stringMatching(/^note: the path of --client-secret-file .*working folder of kubectl/),
    ]);
    const local = portablePath('client-secret-file', path, rules('local'));
    expect(local).toMatch(/^\/srv\//);
  });

  test.each([undefined, '/', 'relative'])('a home folder of %s refuses no path', (home) => {
    const given = rules('portable', { home, cwd: () => '/' });
    expect(portablePath('client-secret-file', '/run/secrets/dex', given)).toBe('/run/secrets/dex');
  });
});

test('the folder of the cache may be in /tmp, since a job can create it, but not in a folder of the user', () => {
  expect(portablePath('cache-dir', '/tmp/cache', rules())).toBe('/tmp/cache');
  for (const path of ['/home/jane', '/home/jane/cache', 'cache', '/mac/tmp/session/c']) {
    const { message, hint } = failure(() => portablePath('cache-dir', path, rules()));
    expect(message).toContain('is a folder of this machine');
    expect(hint).toContain('DEXCHANGE_CACHE_DIR');
    expect(hint).not.toMatch(/File|--relative-paths/);
  }
});

describe('a field, such as tokenFile', () => {
  test.each([
    ['token', '/srv/repo', 'token'],
    ['secrets/token', '/srv/repo', 'secrets/token'],
    ['secrets/token', '/srv/repo/configs', '../secrets/token'],
    ['./configs/token', '/srv/repo/configs', 'token'],
    ['token', undefined, 'token'],
  ])('%s is relative to the kubeconfig in %s', (path, folder, written) => {
    const given = rules('relative', { kubeconfigFolder: () => folder });
    expect(portableField('token-file', path, given)).toBe(written);
    expect(pathWarnings(given)).toEqual([]);
  });

  test.each(ofThisMachine)('%s is refused: %s', (_where, path) => {
    for (const mode of ['portable', 'relative'] as const) {
      const { hint } = failure(() => portableField('token-file', path, rules(mode)));
      expect(hint).toMatch(/--embed-secrets.*--relative-paths.*--local-paths/);
    }
    expect(portableField('token-file', path, rules('local'))).toBe(path);
  });
});

describe('the program of the exec entry', () => {
  test.each(['dexchange', 'kubectl-dexchange', 'dexchange.exe'])('%s is in PATH', (path) => {
    for (const mode of ['portable', 'relative', 'local'] as const) {
      expect(portableProgram('exec-command', path, rules(mode))).toBe(path);
    }
  });

  test.each(['/usr/local/bin/dexchange', '/opt/my tools/dexchange'])('%s is written', (path) => {
    expect(portableProgram('exec-command', path, rules())).toBe(path);
  });

  test.each(ofThisMachine)('%s is refused: %s', (_where, path) => {
    const { code, hint } = failure(() => portableProgram('exec-command', path, rules()));
    expect(code).toBe('setting_invalid');
    expect(hint).toMatch(/without its folder.*PATH/);
    expect(portableProgram('exec-command', path, rules('local'))).toBe(path);
  });

  test.each([
    ['./dexchange', '/srv/repo', './dexchange'],
    ['bin/dexchange', '/srv/repo', 'bin/dexchange'],
    ['bin/dexchange', '/srv/repo/bin', './dexchange'],
    ['bin/dexchange', '/srv/repo/configs', '../bin/dexchange'],
    ['./dexchange', undefined, './dexchange'],
  ])('%s is relative to the kubeconfig in %s', (path, folder, written) => {
    const given = rules('relative', { kubeconfigFolder: () => folder });
    expect(portableProgram('exec-command', path, given)).toBe(written);
    for (const mode of ['portable', 'local'] as const) {
      const { message, hint } = failure(() => portableProgram('exec-command', path, rules(mode)));
      expect(message).toBe('--exec-command is a relative path');
      expect(hint).toContain('--relative-paths');
    }
  });
});

describe('a command', () => {
  const name: SettingName = 'client-secret-command';
  test.each([
    [['/home/jane/bin/get-secret'], '/home/jane/bin/get-secret'],
    [['vault', 'read', '/srv/repo/policy'], '/srv/repo/policy'],
    [['vault', '--config=/home/jane/.vault'], '/home/jane/.vault'],
    [['curl', '-d', '@/home/jane/body'], '/home/jane/body'],
    [['curl', 'file:///home/jane/secret'], '/home/jane/secret'],
    [['sh', '-c', 'cat "/home/jane/secret" | head -1'], '/home/jane/secret'],
    [['sh', '-c', 'X=/srv/repo/x;cat $X'], '/srv/repo/x'],
    [['cat', '/tmp/secret'], '/tmp/secret'],
    [['cat', '/shared/team/secret'], '/shared/team/secret'],
    [['/dev/shm/program'], '/dev/shm/program'],
  ])('with a path of this machine is refused: %j', (words, path) => {
    const error = failure(() => checkPortableCommand(name, words, rules()));
    expect(error.message).toBe(
      `--${name} contains ${path}, a file of this machine, which a job does not have`,
    );
    expect(error.hint).toContain('DEXCHANGE_CLIENT_SECRET_COMMAND');
    const local = rules('local');
    checkPortableCommand(name, words, local);
    expect(pathWarnings(local)).toEqual([expect.stringContaining(`--${name}`)]);
  });

  test.each([
    [['vault', 'kv', 'get', '-field=secret', 'secret/home/jane']],
    [['/usr/bin/vault', 'read', '/run/secrets/dex']],
    [['./scripts/get-secret']],
    [['curl', 'https://srv/repo/home/jane']],
    [['curl', 'https://vault.example.com/srv/repo/x']],
    [['sh', '-c', 'cat ~/secret; cat $HOME/secret; cat $X/srv/repo/x']],
    [['sh', '-c', 'get > /tmp/answer && jq -r .secret /tmp/answer']],
    [['sh', '-c', 'cat ../srv/repo/x a/srv/repo/x']],
    [['printf', '/']],
    [['']],
  ])('without one is written: %j', (words) => {
    const given = rules();
    checkPortableCommand(name, words, given);
    expect(pathWarnings(given)).toEqual([]);
  });
});
