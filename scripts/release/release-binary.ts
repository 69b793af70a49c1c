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

/** What the names of files depend on. */
export type Platform = Pick<ReleaseBinary, 'os' | 'arch' | 'libc' | 'libraries'>;

/** The platform in the names of files: linux_amd64, linux-libs_amd64, linux-musl_amd64, darwin_arm64. */
export function platformLabel(platform: Platform): string {
  const { libc, libraries } = platform;
  const variant = libc === 'musl' ? '-musl' : libraries === undefined ? '' : '-libs';
  return `${goOs(platform)}${variant}_${goArch(platform)}`;
}

/**
 * Whether the binary brings libraries for minimal images with glibc. They need a newer glibc than the
 * plain binary, which package managers get: those cannot tell such images from others.
 */
export function isForMinimalImages({ libc, libraries }: Platform): boolean {
  return libc === 'glibc' && libraries !== undefined;
}

/** The name of the program file. */
export function programFile({ os }: Pick<ReleaseBinary, 'os'>): string {
  return os === 'windows' ? 'dexchange.exe' : 'dexchange';
}
