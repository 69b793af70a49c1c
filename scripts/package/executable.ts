import { execFile } from 'node:child_process';
import { chmod, copyFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { log } from '@yao-pkg/pkg/lib-es5/log.js';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';
import { signMachO } from './sign-mach-o.ts';
import type { Target } from './targets.ts';

const platforms = { linux: 'linux', macos: 'macos', windows: 'win' } as const;

/** What an executable consists of. */
export interface ExecutableParts {
  readonly os: Target['os'];
  readonly node: string;
  /** The Node that writes the blob; default: `node`, which must then run on this machine. */
  readonly generator?: string | undefined;
  readonly main: string;
  readonly assets: Readonly<Record<string, string>>;
  /** More options of V8 and Node. */
  readonly options?: readonly string[];
  readonly output: string;
}

/**
 * Creates an executable from a Node binary, a main script and assets: with pkg, or with the steps of
 * pkg if the executable is for another platform. For these pkg would download Node, and it knows no
 * musl.
 */
export async function makeExecutable(parts: ExecutableParts): Promise<void> {
  await (parts.generator === undefined ? makeWithPkg(parts) : makeWithPostject(parts));
  await chmod(parts.output, 0o755);
}

async function makeWithPkg(parts: ExecutableParts): Promise<void> {
  // pkg prints every step on stdout; the build prints its own steps.
  log.info = () => {};
  // The executable contains the path of the main script. It is relative, to keep the folders of the
  // build machine secret, so pkg must create its temporary folder in this one.
  const folder = dirname(parts.output);
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = folder;
  const platform = platforms[parts.os];
  await pkg.default(parts.main, {
    seaConfig: seaConfig(parts),
    signature: true,
    nodePath: parts.node,
    targets: [{ nodeRange: 'node24', platform, arch: process.arch, output: parts.output }],
  });
}

async function makeWithPostject(parts: ExecutableParts): Promise<void> {
  const run = promisify(execFile);
  const blob = `${parts.output}.blob`;
  const config = `${parts.output}.json`;
  await writeFile(config, JSON.stringify({ ...seaConfig(parts), output: blob }));
  // The path of the main script is relative to a folder next to the executable, as with pkg.
  const scripts = dirname(parts.main);
  await run(parts.generator ?? parts.node, ['--experimental-sea-config', config], { cwd: scripts });
  await copyFile(parts.node, parts.output);
  const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js');
  await run(process.execPath, [
    postject,
    ...[parts.output, 'NODE_SEA_BLOB', blob, '--overwrite'],
    // The fuse in Node that says whether there is a blob.
    ...['--sentinel-fuse', 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'],
    ...(parts.os === 'macos' ? ['--macho-segment-name', 'NODE_SEA'] : []),
  ]);
  await Promise.all([rm(blob), rm(config)]);
  if (parts.os === 'macos') await signMachO(parts.output, 'dexchange');
}

function seaConfig({ os, main, assets, options = [], output }: ExecutableParts) {
  return {
    main: join('..', relative(dirname(output), main)),
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    // Node would print a warning on stderr if V8 rejected this code cache. It would only be that of
    // the main script, which is the loader; the loader handles the code caches of the assets.
    useCodeCache: false,
    assets: { ...assets },
    // Enough space for a miss: with V8's default of 1 MiB, garbage collection takes 3 ms.
    execArgv: [
      '--min-semi-space-size=4',
      // OPENSSL_CONF may name a module, which OpenSSL would load before the program starts.
      `--openssl-config=${os === 'windows' ? 'NUL' : '/dev/null'}`,
      // A SIGUSR1 in the first milliseconds, before the program has a listener, opens the inspector. Its
      // address has a secret part, which the inspector would tell every user of the machine over HTTP.
      '--inspect-publish-uid=stderr',
      ...options,
    ],
    // Otherwise the executable would obey NODE_OPTIONS, including --require.
    execArgvExtension: 'none' as const,
  };
}
