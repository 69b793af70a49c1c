import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { execCredential, freshFolder } from '../support/dexchange.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { allowedLibraries } from './allowed-libraries.ts';
import { elfNeeds } from './elf.ts';
import { placeBinary } from './place-binary.ts';
import { binary } from './shipped.ts';
import { startTokenCall, type TokenCall } from './token-call.ts';

const path = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

let call: TokenCall;

beforeAll(async () => {
  call = await startTokenCall();
});
afterAll(() => call.dex.close());

test('runs in a root file system that contains only the binary and the allowed libraries', async ({
  skip,
}) => {
  const chroot = await findChroot();
  if (typeof chroot === 'string') return skip(chroot);
  const root = freshFolder();
  onTestFinished(root.remove);
  placeBinary(root.path);
  for (const file of sharedFiles(binary)) {
    expect(allowedLibraries).toContain(basename(file));
    mkdirSync(join(root.path, dirname(file)), { recursive: true });
    copyFileSync(file, join(root.path, file));
  }

  const [command, ...first] = chroot;
  const inside = (args: readonly string[], env: Readonly<Record<string, string>>) =>
    runToEnd(command, [...first, root.path, '/dexchange', ...args], { env: { ...path, ...env } });

  expect(await inside(['version'], {})).toMatchObject({ code: 0, stderr: '' });
  // There is no /proc, /dev, /etc, /tmp or home; the stand-in is addressed by its IP address.
  const ended = await inside(call.args, call.env);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  execCredential(ended);
  expect(await inside(call.args, { ...call.env, HOME: '/root' })).toMatchObject({ code: 0 });
  expect(await inside(call.args, { ...call.env, HOME: '/root' })).toMatchObject({ code: 0 });
  expect(call.dex.tokenRequests()).toHaveLength(2);
});

/** The command that runs a program in another root, or the reason why it is unavailable. */
async function findChroot(): Promise<readonly [string, ...string[]] | string> {
  if (process.platform !== 'linux') return 'only on Linux is there a root to change';
  const ways = [['chroot'], ['unshare', '--map-root-user', 'chroot']] as const;
  for (const [command, ...first] of ways) {
    const tried = runToEnd(command, [...first, '/', '/bin/true'], { env: path });
    if ((await tried.catch(() => undefined))?.code === 0) return [command, ...first];
  }
  return 'this user may neither change the root nor make a user namespace';
}

/** The paths of the dynamic loader and of all direct and indirect shared libraries. */
function sharedFiles(program: string): string[] {
  const { interpreter } = elfNeeds(program);
  if (interpreter === undefined) throw new Error(`${program} is not dynamically linked`);
  const triplet = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch as string];
  const folders = [`/lib/${triplet}`, `/usr/lib/${triplet}`, '/lib64', '/usr/lib64', '/usr/lib'];
  const found = new Set([interpreter]);
  const names = new Set(elfNeeds(program).libraries);
  for (const name of names) {
    if (name === basename(interpreter)) continue;
    const file = folders.map((folder) => join(folder, name)).find(existsSync);
    if (file === undefined) throw new Error(`this machine has no ${name}`);
    found.add(file);
    for (const further of elfNeeds(file).libraries) names.add(further);
  }
  return [...found];
}
