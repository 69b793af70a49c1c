import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installScript } from '../../../scripts/release/install-script.ts';

const source = readFileSync(join(import.meta.dirname, '../../../install.sh'), 'utf8');
const downloadUrl = 'https://files.example.com/releases/download/v1.2.3';

test('the install script of a release knows its version, its address and its key', () => {
  const script = installScript(source, { version: '1.2.3', downloadUrl, publicKey: 'RWkey' });
  const asked = '\nprintf "%s\\n" "$release_version" "$release_url" "$release_public_key"';
  const { stdout } = spawnSync('sh', ['-c', script.replace('\nmain "$@"', asked)]);
  expect(String(stdout).split('\n')).toEqual([
    '1.2.3',
    'https://files.example.com/releases/download/v{version}',
    'RWkey',
    '',
  ]);
});

test('what is not known stays empty', () => {
  const unknown = { version: '1.2.3', downloadUrl: undefined, publicKey: undefined };
  const script = installScript(source, unknown);
  expect(script).toContain("\nrelease_version='1.2.3'\nrelease_url=''\nrelease_public_key=''\n");
});

test('rejects a script without a place, and a value with a quote', () => {
  const defaults = { version: '1.2.3', downloadUrl, publicKey: undefined };
  expect(() => installScript('#!/bin/sh\n', defaults)).toThrow('release_version');
  const quoted = { ...defaults, downloadUrl: "https://files.example.com/'; id" };
  expect(() => installScript(source, quoted)).toThrow('quote');
});
