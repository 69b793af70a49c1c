import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { libraryFiles } from '../../scripts/package/libraries.ts';
import { type TargetName, targetNamed } from '../../scripts/package/targets.ts';
import { allowedLibraries } from '../binary/allowed-libraries.ts';
import { elfNeeds } from '../binary/elf.ts';
import { builtTarget, repository } from '../support/built-target.ts';
import { createCa } from '../support/certificates.ts';
import { busybox, type CleanRoot, cleanRoot, glibcFolder } from '../support/clean-root.ts';
import { type Dex, dexClients, startDex } from '../support/dex.ts';
import { execCredential } from '../support/dexchange.ts';

const installed = 'usr/local/bin/dexchange';

let dex: Dex;
let caPem: string;

beforeAll(async () => {
  const ca = await createCa();
  caPem = ca.certPem;
  dex = await startDex({ tls: await ca.issue({ commonName: 'dex', hosts: ['127.0.0.1'] }) });
});
afterAll(() => dex.close());

async function rootFor(name: TargetName): Promise<CleanRoot> {
  const root = await cleanRoot(name.includes('musl') ? 'musl' : 'glibc', targetNamed(name).arch);
  onTestFinished(root.remove);
  return root;
}

/** Puts the libraries of GCC where the system has them, as a package manager does. */
async function installLibraries(root: CleanRoot, name: TargetName): Promise<void> {
  const { arch } = targetNamed(name);
  const withLibraries = name.includes('musl') ? name : (`linux-${arch}-libs` as const);
  const folder = name.includes('musl') ? 'usr/lib' : glibcFolder(arch);
  mkdirSync(join(root.path, folder), { recursive: true });
  for (const [file, content] of await libraryFiles(repository, targetNamed(withLibraries))) {
    writeFileSync(join(root.path, folder, file), content);
  }
}

/** A miss and a hit over TLS with a CA from a file. */
async function expectCredentials(root: CleanRoot, program = `/${installed}`): Promise<void> {
  writeFileSync(join(root.path, 'root/ca.pem'), caPem);
  const [client] = dexClients;
  const before = dex.tokenRequests().length;
  for (const kind of ['miss', 'hit']) {
    const ended = await root.run(
      [
        ...[program, 'get-token', `--dex-url=${dex.issuer}`, `--client-id=${client.id}`],
        ...['--dex-certificate-authority=/root/ca.pem', '--connector-id=mock'],
        '--subject-token-env=CI_TOKEN',
      ],
      { CI_TOKEN: 'any', DEXCHANGE_CLIENT_SECRET: client.secret },
    );
    expect(ended, kind).toMatchObject({ code: 0, stderr: '' });
    execCredential(ended);
  }
  expect(dex.tokenRequests().length - before).toBe(1);
}

describe.each(['linux-x64', 'linux-arm64'] as const)('%s', (name) => {
  test('gets credentials in a root with glibc, libstdc++ and libgcc alone', async () => {
    const root = await rootFor(name);
    root.put(builtTarget(name).program, installed);
    await installLibraries(root, name);
    await expectCredentials(root);
  });

  test('needs only libraries that job images contain', () => {
    const { libraries } = elfNeeds(builtTarget(name).program);
    expect(libraries.filter((library) => !allowedLibraries.includes(library))).toEqual([]);
  });
});

describe.each([
  'linux-musl-x64',
  'linux-musl-arm64',
  'linux-x64-libs',
  'linux-arm64-libs',
] as const)('%s', (name) => {
  test('the program next to its libraries gets credentials in a root with libc alone', async () => {
    const root = await rootFor(name);
    const { folder } = builtTarget(name);
    for (const part of ['bin', 'lib']) {
      cpSync(join(folder, part), join(root.path, 'usr/local', part), { recursive: true });
    }
    expect(readdirSync(join(root.path, 'usr/local/lib/dexchange')).sort()).toEqual([
      'libgcc_s.so.1',
      'libstdc++.so.6',
    ]);
    await expectCredentials(root);
    symlinkSync(`../${installed}`, join(root.path, 'root/link'));
    expect(await root.run(['/root/link', 'version'])).toMatchObject({ code: 0, stderr: '' });
  });

  test('says what is missing without libstdc++', async () => {
    const root = await rootFor(name);
    root.put(builtTarget(name).program, installed);
    const { code, stderr } = await root.run([`/${installed}`, 'version']);
    expect(code).toBe(127);
    expect(stderr).toContain(
      name.includes('musl')
        ? 'Error loading shared library libstdc++.so.6: No such file or directory'
        : 'error while loading shared libraries: libstdc++.so.6: cannot open shared object file',
    );
  });
});

describe.each(['linux-musl-x64', 'linux-musl-arm64'] as const)('%s', (name) => {
  test('the program alone gets credentials after apk add libstdc++', async () => {
    const root = await rootFor(name);
    root.put(builtTarget(name).program, installed);
    await installLibraries(root, name);
    await expectCredentials(root);
  });

  test('needs only musl and the libraries of GCC', () => {
    const machine = targetNamed(name).arch === 'x64' ? 'x86_64' : 'aarch64';
    const { interpreter, libraries } = elfNeeds(builtTarget(name).program);
    expect(interpreter).toBe(`/lib/ld-musl-${machine}.so.1`);
    expect([...libraries].sort()).toEqual([
      `libc.musl-${machine}.so.1`,
      'libgcc_s.so.1',
      'libstdc++.so.6',
    ]);
  });
});

// The words of the troubleshooting guide.
test('in Alpine, the shell says of the program for glibc that it is not found', async () => {
  const root = await rootFor('linux-musl-x64');
  root.put(builtTarget('linux-x64').program, installed);
  root.put(await busybox(), 'bin/sh');
  const { code, stderr } = await root.run(['/bin/sh', '-c', 'dexchange version'], {
    PATH: '/usr/local/bin:/bin:/usr/sbin:/usr/bin:/sbin',
  });
  expect({ code, stderr }).toEqual({ code: 127, stderr: '/bin/sh: dexchange: not found\n' });
});
