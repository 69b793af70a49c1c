import { chmod } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { log } from '@yao-pkg/pkg/lib-es5/log.js';
import pkg from '@yao-pkg/pkg/lib-es5/sea.js';

const platforms: Readonly<Record<string, 'linux' | 'macos' | 'win'>> = {
  linux: 'linux',
  darwin: 'macos',
  win32: 'win',
};

/** Creates an executable from a Node binary, a main script and assets. */
export async function makeExecutable(options: {
  readonly node: string;
  readonly main: string;
  readonly assets: Readonly<Record<string, string>>;
  readonly output: string;
}): Promise<void> {
  const platform = platforms[process.platform];
  if (platform === undefined) throw new Error(`no packaging for ${process.platform}`);
  // pkg prints every step on stdout; the build prints its own steps.
  log.info = () => {};
  // The executable contains the path of the main script. It is relative, to keep the folders of the
  // build machine secret, so pkg must create its temporary folder in this one.
  const folder = dirname(options.output);
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = folder;
  const seaConfig = {
    main: join('..', relative(folder, options.main)),
    disableExperimentalSEAWarning: true,
    useSnapshot: false,
    // Node would print a warning on stderr if V8 rejected this code cache. It would only be that of
    // the main script, which is the loader; the loader handles the code caches of the assets.
    useCodeCache: false,
    assets: { ...options.assets },
    // Enough space for a miss: with V8's default of 1 MiB, garbage collection takes 3 ms.
    execArgv: [
      '--min-semi-space-size=4',
      // OPENSSL_CONF may name a module, which OpenSSL would load before the program starts.
      `--openssl-config=${platform === 'win' ? 'NUL' : '/dev/null'}`,
      // SIGUSR1 would open the inspector, to which any user of the machine can connect.
      '--disable-sigusr1',
    ],
    // Otherwise the executable would obey NODE_OPTIONS, including --require.
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
