import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { runToEnd } from '../support/run-to-end.ts';
import { emptyFolder } from '../unit/support/folder.ts';

const { folder, version } = inject('release');
const hasTools = ['skopeo', 'umoci'].every(
  (program) => spawnSync(program, ['--version']).error === undefined,
);

/** The parts of an image's configuration and manifest that the tests read. */
interface Unpacked {
  /** The root file system. */
  readonly root: string;
  readonly manifest: { readonly annotations: Readonly<Record<string, string>> };
  readonly config: {
    readonly config: { readonly User?: string; readonly Entrypoint?: readonly string[] };
  };
}

/** Copies the image for this platform out of the layout, and unpacks it. */
function unpacked(file: string, tag: string): Unpacked {
  const work = emptyFolder();
  const source = `oci-archive:${join(folder, file)}:${tag}`;
  const run = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  run('skopeo', 'copy', '--insecure-policy', source, `oci:${join(work, 'image')}:${tag}`);
  run('umoci', 'raw', 'unpack', '--image', `${join(work, 'image')}:${tag}`, join(work, 'root'));
  chmodSync(work, 0o755);
  return {
    root: join(work, 'root'),
    manifest: JSON.parse(run('skopeo', 'inspect', '--raw', `oci:${join(work, 'image')}:${tag}`)),
    config: JSON.parse(run('skopeo', 'inspect', '--config', source)),
  };
}

/** Changes the root to $0 as container runtimes do, which always mount /proc. */
const withProc = `mkdir -p "$0/proc"; mount --rbind /proc "$0/proc"
  user=$1; shift; exec chroot "$user" "$0" "$@"`;

describe.skipIf(!hasTools)('with skopeo and umoci', () => {
  test('the minimal image runs as a user without rights, and has no shell', async () => {
    const { root, config } = unpacked(`dexchange_${version}_image.oci.tar`, version);
    const { User: user = '', Entrypoint: entrypoint = [] } = config.config;
    expect(user).toBe('65532:65532');
    const inside = (...args: readonly string[]): ReturnType<typeof runToEnd> =>
      runToEnd(
        'unshare',
        ['--mount', 'sh', '-ec', withProc, root, `--userspec=${user}`, ...entrypoint, ...args],
        { env: { HOME: '/home/nonroot', PATH: process.env['PATH'] ?? '' } },
      );
    expect(await inside('version')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(version),
      stderr: '',
    });
    expect(await inside('cache', 'path')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('/home/nonroot/.cache/dexchange'),
    });
    expect(existsSync(join(root, 'bin'))).toBe(false);
    expect(existsSync(join(root, 'usr/share/doc/libc6/copyright'))).toBe(true);
    expect(
      readFileSync(join(root, 'usr/local/share/doc/dexchange/THIRD-PARTY-LICENSES.txt'), 'utf8'),
    ).toContain('GNU');
  });

  test('the image for d8 has the plugin, which answers as d8 asks it after an installation', async () => {
    const file = `dexchange_${version}_d8-plugin.oci.tar`;
    const { root, manifest } = unpacked(file, `v${version}`);
    const contract = Buffer.from(manifest.annotations['contract'] ?? '', 'base64').toString();
    expect(JSON.parse(contract)).toMatchObject({ name: 'dexchange', version: `v${version}` });
    const ran = await runToEnd(join(root, 'plugin'), ['--version'], {});
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(version) });
  });
});
