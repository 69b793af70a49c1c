/** A binary to release, and what the build has put next to it. */
export interface ReleaseBinary {
  /** The name in the table of targets, such as linux-musl-x64. */
  readonly target: string;
  readonly os: 'linux' | 'macos' | 'windows';
  readonly arch: 'x64' | 'arm64';
  /** The C library that the binary needs; only on Linux. */
  readonly libc?: 'glibc' | 'musl';
  /** The path of the program. */
  readonly program: string;
  /** The path of the licences of the third-party software in the program. */
  readonly licenses: string;
  /** A folder with libraries that the program looks for in ../lib/dexchange. */
  readonly libraries?: string;
  /** The path of a Node of the version in the program, which runs on this machine. */
  readonly node: string;
  /** Whether the build ran the program. */
  readonly ran: boolean;
}

const systems = { linux: 'linux', macos: 'darwin', windows: 'windows' } as const;
const architectures = { x64: 'amd64', arm64: 'arm64' } as const;

/** The operating system, as Go and Kubernetes name it. */
export function goOs({ os }: Pick<ReleaseBinary, 'os'>): 'linux' | 'darwin' | 'windows' {
  return systems[os];
}

/** The processor architecture, as Go, Kubernetes and Debian name it. */
export function goArch({ arch }: Pick<ReleaseBinary, 'arch'>): 'amd64' | 'arm64' {
  return architectures[arch];
}

/** The platform in the names of files: linux_amd64, linux-musl_amd64, darwin_arm64. */
export function platformLabel(binary: Pick<ReleaseBinary, 'os' | 'arch' | 'libc'>): string {
  return `${goOs(binary)}${binary.libc === 'musl' ? '-musl' : ''}_${goArch(binary)}`;
}

/** The name of the program file. */
export function programFile({ os }: Pick<ReleaseBinary, 'os'>): string {
  return os === 'windows' ? 'dexchange.exe' : 'dexchange';
}
