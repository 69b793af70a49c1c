import { join } from 'node:path';
import { baseNode } from '../package/base-node.ts';
import type { ReleaseBinary } from './release-binary.ts';

/**
 * The binaries that the build has made: that for this machine.
 * @throws Error if there are no releases for this platform
 */
export function builtBinaries(root: string): readonly ReleaseBinary[] {
  const { arch, platform } = process;
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) {
    throw new Error(`releases are made on Linux, x64 or arm64, not on ${platform} ${arch}`);
  }
  return [
    {
      target: `linux-${arch}`,
      os: 'linux',
      arch,
      libc: 'glibc',
      program: join(root, 'dist', 'dexchange'),
      licenses: join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'),
      node: baseNode(root).path,
      ran: true,
    },
  ];
}
