import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished } from 'vitest';
import { freshFolder } from './dexchange.ts';
import {
  archiveOf,
  checksumsOf,
  currentVersion,
  minisignature,
  type ReleaseServer,
  releaseKey,
  sha256,
  startReleaseServer,
} from './release-server.ts';
import { type Ended, runToEnd } from './run-to-end.ts';
import { missingPrograms, type Shell, shells, type Tools, toolFolder } from './shells.ts';

export const installScript = resolve(import.meta.dirname, '../../install.sh');
export const glibcArchive = `dexchange_${currentVersion}_linux_amd64.tar.gz`;
const muslArchive = `dexchange_${currentVersion}_linux-musl_amd64.tar.gz`;

/** The key that signs the releases on the server. */
export const key = releaseKey();

/** A program that stands for a version of dexchange. */
export const programOf = (number: string): string => `#!/bin/sh\necho dexchange ${number}\n`;

/** The archive for glibc. */
export const goodArchive = archiveOf({
  'bin/dexchange': programOf(currentVersion),
  'share/doc/dexchange/LICENSE': 'x',
});
const goodForMusl = archiveOf({
  // Runs only beside its libraries, as the real one.
  'bin/dexchange': `#!/bin/sh\ncat "\${0%/*}/../lib/dexchange/libstdc++.so.6"\n`,
  'lib/dexchange/libstdc++.so.6': `dexchange ${currentVersion}\n`,
});
const evil = archiveOf({
  'bin/dexchange': `#!/bin/sh\n: >"$EVIL_RAN"\necho dexchange ${currentVersion}\n`,
});

export const missing = missingPrograms([
  ...['busybox', 'dash', 'bash', 'curl', 'wget', 'minisign', 'openssl', 'shasum'],
]);

/** How a call differs from the usual one. */
export interface Installation {
  /** A folder for PATH; default: the usual tools of the shell. */
  readonly path?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface InstallSuite {
  readonly shell: Shell;
  readonly server: ReleaseServer;
  /** The home and working folder of the running test. */
  readonly home: string;
  /** The folder into which the script installs; it does not exist at first. */
  readonly bin: string;
  /** The SHA-256 of checksums.txt. */
  readonly pin: string;
  /** A folder for PATH that lives as long as the suite. */
  tools(tools?: Tools): string;
  surroundings(more?: Installation): Readonly<Record<string, string>>;
  install(args?: readonly string[], more?: Installation): Promise<Ended>;
  /** Puts archives and their checksums on the server, signed; returns the SHA-256 of the checksums. */
  publish(archives: Readonly<Record<string, Buffer>>, checksums?: string): string;
  /** Puts another program in the place of the archive, with a checksums.txt that fits. */
  swap(): void;
  /** Whether the program that `swap` put there ran. */
  evilRan(): boolean;
  /** Everything below the home folder, hidden files too. */
  left(): readonly string[];
  /** The names of the files that were requested. */
  requested(): readonly string[];
  /** Expects a message with at most one hint, and that nothing is left behind. */
  expectFailure(ended: Ended, code: number, message: RegExp): void;
}

/** Runs tests of install.sh in each shell, with a server that has a release. */
export function describeInstall(tests: (suite: InstallSuite) => void): void {
  describe.skipIf(missing.length > 0).each(shells)('install.sh in $name', (shell) => {
    tests(installSuite(shell));
  });
}

function installSuite(shell: Shell): InstallSuite {
  const place = freshFolder('dexchange-install-');
  const usual = toolFolder(shell, place.path);
  let server: ReleaseServer;
  let home: string;
  let pin: string;
  beforeAll(async () => {
    server = await startReleaseServer();
  });
  afterAll(async () => {
    place.remove();
    await server.close();
  });
  beforeEach(() => {
    const folder = freshFolder('dexchange-home-');
    onTestFinished(folder.remove);
    home = folder.path;
    server.files.clear();
    server.behaviour.misbehave = undefined;
    server.requests.length = 0;
    pin = suite.publish({ [glibcArchive]: goodArchive, [muslArchive]: goodForMusl });
  });

  const suite: InstallSuite = {
    shell,
    get server() {
      return server;
    },
    get home() {
      return home;
    },
    get bin() {
      return join(home, 'prefix/bin');
    },
    get pin() {
      return pin;
    },
    tools: (tools) => toolFolder(shell, place.path, tools),
    surroundings: ({ path = usual, env } = {}) => ({
      PATH: path,
      HOME: home,
      DEXCHANGE_INSTALL_URL: server.url,
      DEXCHANGE_INSTALL_TO: suite.bin,
      EVIL_RAN: join(home, 'evil'),
      ...env,
    }),
    install(args = [], more = {}) {
      const [command, ...first] = shell.command;
      const env = suite.surroundings(more);
      return runToEnd(command, [...first, installScript, ...args], { env, cwd: home });
    },
    publish(archives, checksums) {
      const files = new Map(Object.entries(archives));
      const text = Buffer.from(checksums ?? checksumsOf(files));
      for (const [name, content] of files) server.files.set(`/${currentVersion}/${name}`, content);
      server.files.set(`/${currentVersion}/checksums.txt`, text);
      const signature = Buffer.from(minisignature(text, key));
      server.files.set(`/${currentVersion}/checksums.txt.minisig`, signature);
      return sha256(text);
    },
    swap() {
      server.files.set(`/${currentVersion}/${glibcArchive}`, evil);
      const checksums = Buffer.from(checksumsOf(new Map([[glibcArchive, evil]])));
      server.files.set(`/${currentVersion}/checksums.txt`, checksums);
    },
    evilRan: () => existsSync(join(home, 'evil')),
    left: () => readdirSync(home, { recursive: true }).map(String).sort(),
    requested: () => server.requests.map(({ path }) => path.replace(/^.*\//, '')),
    expectFailure(ended, code, message) {
      expect(ended.stderr).toMatch(message);
      expect(ended.code).toBe(code);
      expect(ended.stderr).toMatch(/^install\.sh: .*\n(?:hint: .*\n)?$/);
      expect(suite.left()).toEqual([]);
    },
  };
  return suite;
}
