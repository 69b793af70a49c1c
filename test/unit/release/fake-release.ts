import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ReleaseBinary } from '../../../scripts/release/release-binary.ts';
import type { ReleaseInfo } from '../../../scripts/release/release-info.ts';

/** A release whose facts do not depend on the work tree. */
export const info: ReleaseInfo = {
  root: resolve(import.meta.dirname, '../../..'),
  version: '1.2.3',
  description: 'kubectl credential plugin',
  license: 'Apache-2.0',
  homepage: 'https://git.example.com/dexchange',
  downloadUrl: 'https://downloads.example.com/dexchange/v1.2.3',
  maintainer: 'Jane Doe <jane@example.com>',
  commit: '0123456789abcdef0123456789abcdef01234567',
  changed: false,
  epoch: 1_700_000_000,
};

/** A binary whose program is a short text. */
export function fakeBinary(folder: string, overrides: Partial<ReleaseBinary> = {}): ReleaseBinary {
  writeFileSync(join(folder, 'program'), 'the program');
  writeFileSync(join(folder, 'licenses'), 'the licences');
  return {
    target: 'linux-x64',
    os: 'linux',
    arch: 'x64',
    ...((overrides.os ?? 'linux') === 'linux' ? { libc: 'glibc' as const } : {}),
    program: join(folder, 'program'),
    licenses: join(folder, 'licenses'),
    node: process.execPath,
    ran: true,
    ...overrides,
  };
}
