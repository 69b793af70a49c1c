import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { dexClients, startDex } from '../support/dex.ts';
import { execKubeconfig } from '../support/exec-kubeconfig.ts';
import { startKubernetesStandIn } from '../support/kubernetes.ts';
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

/** Runs a command in an unpacked image, as container runtimes do. */
function inImage(
  root: string,
  user: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): ReturnType<typeof runToEnd> {
  return runToEnd(
    'unshare',
    ['--mount', 'sh', '-ec', asContainer, root, `--userspec=${user}`, ...words],
    { env: { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env } },
  );
}

/** Changes the root to $0 as container runtimes do, which always mount /proc and /dev. */
const asContainer = `for f in proc dev; do mkdir -p "$0/$f"; mount --rbind "/$f" "$0/$f"; done
  user=$1; shift; exec chroot "$user" "$0" "$@"`;

describe.skipIf(!hasTools)('with skopeo and umoci', () => {
  test('the minimal image runs as a user without rights, and has no shell', async () => {
    const { root, config } = unpacked(`dexchange_${version}_image.oci.tar`, version);
    const { User: user = '', Entrypoint: entrypoint = [] } = config.config;
    expect(user).toBe('65532:65532');
    const inside = (...args: readonly string[]): ReturnType<typeof runToEnd> =>
      inImage(root, user, [...entrypoint, ...args], { HOME: '/home/nonroot' });
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

  test('in the image for jobs, kubectl and helm use dexchange as their plugin', async () => {
    const { root, config } = unpacked(`dexchange_${version}_job-image.oci.tar`, version);
    const { User: user = '', Entrypoint: entrypoint } = config.config;
    expect({ user, entrypoint }).toEqual({ user: '0:0', entrypoint: undefined });
    const [client] = dexClients;
    const dex = await startDex({ connectors: [{ id: 'gitlab', type: 'mockCallback' }] });
    const kubernetes = await startKubernetesStandIn({
      objects: { '/version': { major: '1', minor: '36', gitVersion: 'v1.36.0' } },
    });
    onTestFinished(async () => {
      await dex.close();
      await kubernetes.close();
    });
    const kubeconfig = execKubeconfig(dex.issuer, {
      server: kubernetes.url,
      'certificate-authority-data': Buffer.from(kubernetes.caPem).toString('base64'),
    });
    writeFileSync(join(root, 'root/ci.kubeconfig'), kubeconfig);
    const env = {
      HOME: '/root',
      KUBECONFIG: '/root/ci.kubeconfig',
      CI_TOKEN: 'any',
      DEXCHANGE_CLIENT_SECRET: client.secret,
    };
    const script = (text: string): ReturnType<typeof runToEnd> =>
      inImage(root, user, ['sh', '-ec', text], env);

    const token = await script('dexchange get-token --kubeconfig "$KUBECONFIG" -o token');
    expect(token).toMatchObject({ code: 0, stderr: '' });
    kubernetes.behaviour.users[token.stdout.trim()] = 'ci@example.com';
    expect(await script('kubectl get --raw /version | grep -c gitVersion')).toMatchObject({
      code: 0,
      stdout: '1\n',
      stderr: '',
    });
    const versions = await script('helm version --short; kubectl version --client');
    expect(versions).toMatchObject({ code: 0, stderr: '' });
    expect(versions.stdout).toMatch(/^v3\.\d+\.\d+\+?.*\nClient Version: v1\.\d+\.\d+\n/);
    // What the shells of runners need, and what other programs verify servers with.
    const tools = 'grep -c BEGIN /etc/ssl/certs/ca-certificates.crt; mktemp; sleep 0; uname -m';
    expect((await script(tools)).stdout).toMatch(/^\d{3}\n\/tmp\/\S+\nx86_64\n$/);
    for (const name of ['libc6', 'gcc-14-base', 'busybox', 'ca-certificates']) {
      expect(existsSync(join(root, `usr/share/doc/${name}/copyright`)), name).toBe(true);
    }
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
