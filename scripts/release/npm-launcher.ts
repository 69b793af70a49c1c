#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

// The command of the npm package: runs the program, which is in the package for this platform.

function platformPackage(): string {
  const { arch, platform } = process;
  if (platform === 'win32') return `dexchange-windows-${arch}`;
  if (platform === 'darwin') return `dexchange-macos-${arch}`;
  return `dexchange-${platform}${isMusl() ? '-musl' : ''}-${arch}`;
}

function isMusl(): boolean {
  // Looking up the names of network interfaces can take seconds.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as unknown as {
    readonly header: { readonly glibcVersionRuntime?: string };
  };
  return header.glibcVersionRuntime === undefined;
}

function program(): string | undefined {
  const file = process.platform === 'win32' ? 'dexchange.exe' : 'dexchange';
  try {
    return createRequire(import.meta.url).resolve(`${platformPackage()}/bin/${file}`);
  } catch {
    return undefined;
  }
}

function run(path: string, args: readonly string[]): void {
  // A process in between would have to pass on signals; Node 22.15 and later can do without.
  if (process.platform !== 'win32' && typeof process.execve === 'function') {
    process.execve(path, ['dexchange', ...args], process.env as Record<string, string>);
  }
  const { status, signal, error } = spawnSync(path, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (signal !== null) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
}

const path = program();
if (path === undefined) {
  process.stderr.write(
    `dexchange: the package ${platformPackage()} is not installed: this platform is not supported, or npm installed without optional dependencies\n`,
  );
  process.exitCode = 1;
} else {
  run(path, process.argv.slice(2));
}
