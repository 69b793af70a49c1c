import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { addressesOf, releaseInfo } from '../../../scripts/release/release-info.ts';
import { emptyFolder } from '../support/folder.ts';

/** A git work tree with a package.json, committed at a known time. */
function workTree(): string {
  const root = emptyFolder();
  const git = (...args: readonly string[]): void => {
    const identity = ['-c', 'user.name=Jane', '-c', 'user.email=jane@example.com'];
    execFileSync('git', [...identity, ...args], {
      cwd: root,
      stdio: 'ignore',
      env: { ...process.env, GIT_COMMITTER_DATE: '1600000000 +0000' },
    });
  };
  const manifest = { version: '1.2.3', description: 'a plugin', license: 'Apache-2.0' };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  git('init');
  git('add', '.');
  git('commit', '-m', 'first');
  return root;
}

test('the version, the commit and its time are those of the work tree', async () => {
  const root = workTree();
  expect(await releaseInfo(root, {})).toMatchObject({
    version: '1.2.3',
    commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    changed: false,
    epoch: 1_600_000_000,
    downloadUrl: undefined,
    homepage: undefined,
  });
  writeFileSync(join(root, 'new.txt'), '');
  expect(await releaseInfo(root, { SOURCE_DATE_EPOCH: '17' })).toMatchObject({
    changed: true,
    epoch: 17,
  });
  await expect(releaseInfo(root, { SOURCE_DATE_EPOCH: 'today' })).rejects.toThrow(
    'SOURCE_DATE_EPOCH is not a number of seconds: "today"',
  );
});

describe('the addresses', () => {
  const version = '1.2.3';

  test('are unknown unless package.json or the variable has them', () => {
    expect(addressesOf({ version }, {})).toEqual({ homepage: undefined, downloadUrl: undefined });
  });

  test('of downloads are those of the variable', () => {
    const env = { DEXCHANGE_DOWNLOAD_URL: 'https://downloads.example.com/v1.2.3/' };
    const downloadUrl = 'https://downloads.example.com/v1.2.3';
    expect(addressesOf({ version }, env)).toMatchObject({ downloadUrl });
    for (const url of ['http://downloads.example.com/', 'downloads.example.com']) {
      expect(() => addressesOf({ version }, { DEXCHANGE_DOWNLOAD_URL: url })).toThrow(
        'DEXCHANGE_DOWNLOAD_URL is not an https URL',
      );
    }
  });

  test('follow from a repository on GitHub', () => {
    const repository = { url: 'git+https://github.com/example/dexchange.git' };
    expect(addressesOf({ version, repository }, {})).toEqual({
      homepage: 'https://github.com/example/dexchange',
      downloadUrl: 'https://github.com/example/dexchange/releases/download/v1.2.3',
    });
    const elsewhere = 'https://gitlab.example.com/dexchange.git';
    expect(addressesOf({ version, repository: elsewhere }, {})).toEqual({
      homepage: 'https://gitlab.example.com/dexchange',
      downloadUrl: undefined,
    });
  });
});
