import { chmod } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { log } from '@yao-pkg/pkg/lib-es5/log.js';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';

const platforms: Readonly<Record<string, 'linux' | 'macos' | 'win'>> = {
  linux: 'linux',
  darwin: 'macos',
  win32: 'win',
};

/** Joins a Node binary, a main script and assets into one executable file. */
export async function makeExecutable(options: {
  readonly node: string;
  readonly main: string;
  readonly assets: Readonly<Record<string, string>>;
  readonly output: string;
}): Promise<void> {
  const platform = platforms[process.platform];
  if (platform === undefined) throw new Error(`no packaging for ${process.platform}`);
  // pkg tells every step on stdout; the build tells its own.
  log.info = () => {};
  // pkg works in a temporary folder that it makes below this one, which makes the path of the main
  // script a relative one: the executable keeps it, and nobody needs to know our folders.
  const folder = dirname(options.output);
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = folder;
  const seaConfig = {
    main: join('..', relative(folder, options.main)),
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    // For a main script, which is no more than the loader here, Node tells on stderr if V8 rejects
    // its code cache. Those of the assets are the loader's affair.
    useCodeCache: false,
    assets: { ...options.assets },
    // Room for what a miss allocates: with V8's own 1 MiB collections take 3 of its milliseconds.
    execArgv: [
      '--min-semi-space-size=4',
      // OPENSSL_CONF may name a module, which would be loaded before a line of ours.
      `--openssl-config=${platform === 'win' ? 'NUL' : '/dev/null'}`,
      // A signal would open the inspector, to which any user of the machine can connect.
      '--disable-sigusr1',
    ],
    // Without this the executable obeys NODE_OPTIONS, --require included.
    execArgvExtension: 'none',
  };
  await pkg.default(options.main, {
    seaConfig,
    signature: true,
    nodePath: options.node,
    targets: [{ nodeRange: 'node24', platform, arch: process.arch, output: options.output }],
  });
  await chmod(options.output, 0o755);
}
