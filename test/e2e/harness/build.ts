import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive } from '../../../src/platform/machine.ts';
import { unzip } from './archive.ts';
import { startChild } from './child.ts';
import { inTurn } from './in-turn.ts';
import { keycloakBuildOptions, snapshotKeycloak } from './keycloak-process.ts';
import { realmFile } from './keycloak-realm.ts';

/** The absolute paths of the programs that the harness runs. */
export interface BuiltServers {
  readonly dex: string;
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubectl: string;
  /** Only if requested. */
  readonly kubeControllerManager?: string;
  /** The unpacked distribution, already augmented for `start --optimized`. */
  readonly keycloakHome: string;
  readonly java: string;
}

export interface BuildOptions {
  /** Receives lines of progress; default: stderr. */
  readonly log?: (line: string) => void;
  /** Also build kube-controller-manager, which takes two minutes on two cores; rarely needed. */
  readonly controllerManager?: boolean;
}

/** A tool is missing; the message says what to install. */
export class MissingTool extends Error {
  override name = 'MissingTool';
}

interface GoProgram {
  readonly name: string;
  readonly package: string;
}

/** A platform as Go names it. */
export interface GoPlatform {
  readonly os: 'linux' | 'windows';
  readonly arch: 'amd64' | 'arm64';
}

interface GoModule {
  /** The folder with its go.mod, from the top of the work tree. */
  readonly folder: string;
  /** The module whose version is that of the programs, and the version to show. */
  readonly pinned: string;
  readonly linkerFlags: (version: string) => string;
  readonly programs: readonly GoProgram[];
  /**
   * Files that the released module lacks, by their paths in it. The programs are then built in a
   * copy of that module, with its own go.mod.
   */
  readonly addedFiles?: Readonly<Record<string, string>>;
  /** The platform of the programs; default: that of this machine. */
  readonly platform?: GoPlatform;
}

// Go serves modules of a major version above 1 without a /v2 path under pseudo-versions only, so
// the release of Dex is named here.
export const dexVersion = 'v2.45.1';
export const keycloakVersion = '26.4.7';

const strip = '-s -w';

const dexModule: GoModule = {
  folder: 'test/e2e/servers/dex',
  pinned: 'github.com/dexidp/dex',
  linkerFlags: () => `${strip} -X main.version=${dexVersion}`,
  programs: [{ name: 'dex', package: 'github.com/dexidp/dex/cmd/dex' }],
};

const etcdModule: GoModule = {
  folder: 'test/e2e/servers/etcd',
  pinned: 'go.etcd.io/etcd/server/v3',
  linkerFlags: () => strip,
  programs: [{ name: 'etcd', package: 'go.etcd.io/etcd/server/v3' }],
};

const kubernetesModule: GoModule = {
  folder: 'test/e2e/servers/kubernetes',
  pinned: 'k8s.io/kubernetes',
  linkerFlags: kubernetesLinkerFlags,
  programs: [
    { name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' },
    { name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  ],
};

const controllerManagerModule: GoModule = {
  ...kubernetesModule,
  programs: [
    {
      name: 'kube-controller-manager',
      package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    },
  ],
};

/** Programs of this repository that use client-go: each has a folder with its main.go. */
export type GoClient = 'kubeconfig-reader' | 'namespace-lister';

const helmModule: GoModule = {
  folder: 'test/e2e/servers/helm',
  pinned: 'helm.sh/helm/v3',
  linkerFlags: (version) => `${strip} -X helm.sh/helm/v3/internal/version.version=${version}`,
  programs: [{ name: 'helm', package: 'helm.sh/helm/v3/cmd/helm' }],
};

/** Clients that only tests use: the folder of each has its Go module. */
const clientModules = {
  opentofu: {
    folder: 'test/e2e/servers/opentofu',
    pinned: 'github.com/opentofu/opentofu',
    linkerFlags: () => strip,
    programs: [{ name: 'tofu', package: 'github.com/opentofu/opentofu/cmd/tofu' }],
  },
  // hashicorp/kubernetes has no current version among the Go modules. This provider uses client-go
  // in the same way.
  'opentofu-kubectl': {
    folder: 'test/e2e/servers/opentofu-kubectl',
    pinned: 'github.com/gavinbunney/terraform-provider-kubectl',
    linkerFlags: () => strip,
    programs: [
      {
        name: 'terraform-provider-kubectl',
        package: 'github.com/gavinbunney/terraform-provider-kubectl',
      },
    ],
  },
  flux: {
    folder: 'test/e2e/servers/flux',
    pinned: 'github.com/fluxcd/flux2/v2',
    linkerFlags: (version) => `${strip} -X main.VERSION=${version.slice(1)}`,
    programs: [{ name: 'flux', package: './cmd/flux' }],
    // `make` would write the manifests that `flux install` needs.
    addedFiles: { 'cmd/flux/manifests/none.yaml': '# none\n' },
  },
} as const satisfies Record<string, GoModule>;

/**
 * Builds or downloads every server that is not in the cache yet (`$DEXCHANGE_E2E_CACHE`, else
 * `dexchange-e2e` in the platform's cache folder) and returns their paths. The name of an entry is
 * a hash of its inputs, and an entry is created atomically, so that concurrent runs are safe.
 * Rejects with `MissingTool` before it starts if a toolchain is missing, and otherwise with an
 * Error that ends with the output of the failed command.
 */
export async function buildServers(options: BuildOptions = {}): Promise<BuiltServers> {
  const log = options.log ?? ((line: string) => process.stderr.write(`${line}\n`));
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true, mode: 0o700 });
  await removeLeftovers(cache);

  const go = await goVersion();
  const java = await javaPath();
  const modules = [etcdModule, dexModule, kubernetesModule];
  if (options.controllerManager === true) modules.push(controllerManagerModule);
  const recipes = await Promise.all(modules.map((module) => goRecipe(cache, module, go)));
  const keycloak = keycloakRecipe(cache, java);
  const missing = [...recipes, keycloak].filter((recipe) => !existsSync(recipe.entry));

  if (missing.length > 0) {
    await requireTools(missing);
    log(`building in ${cache}: ${missing.map((recipe) => recipe.name).join(', ')}`);
  }
  // Keycloak mostly waits for the network; the Go builds use all cores one after another.
  await allOrFirstError([
    build(keycloak, log),
    (async () => {
      for (const recipe of recipes) await build(recipe, log);
    })(),
  ]);

  const program = (module: number, name: string) => join(recipes[module]?.entry ?? '', name);
  return {
    etcd: program(0, 'etcd'),
    dex: program(1, 'dex'),
    kubectl: program(2, 'kubectl'),
    kubeApiserver: program(2, 'kube-apiserver'),
    ...(options.controllerManager === true
      ? { kubeControllerManager: program(3, 'kube-controller-manager') }
      : {}),
    keycloakHome: keycloak.entry,
    java,
  };
}

/**
 * Builds a program of this repository that uses client-go, unless it is in the cache; returns its
 * path. It takes a few seconds once kubectl is built.
 */
export async function buildGoClient(name: GoClient): Promise<string> {
  return await buildOne({ ...kubernetesModule, programs: [{ name, package: `./${name}` }] }, name);
}

/** Builds a client, unless it is in the cache, which takes a minute or two; returns its path. */
export async function buildClient(client: keyof typeof clientModules): Promise<string> {
  const module: GoModule = clientModules[client];
  return await buildOne(module, module.programs[0]?.name ?? client);
}

/** Builds helm, unless it is in the cache, which takes a minute on two cores; returns its path. */
export async function buildHelm(platform?: GoPlatform): Promise<string> {
  return await buildOne({ ...helmModule, ...(platform && { platform }) }, 'helm');
}

/** Builds kubectl for another platform, unless it is in the cache; returns its path. */
export async function buildKubectl(platform: GoPlatform): Promise<string> {
  const programs = [{ name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' }];
  return await buildOne({ ...kubernetesModule, programs, platform }, 'kubectl');
}

/** Builds a program for Windows that presses Ctrl-C, unless it is in the cache; returns its path. */
export async function buildCtrlC(): Promise<string> {
  const programs = [{ name: 'ctrl-c', package: './ctrl-c' }];
  const platform = { os: 'windows', arch: 'amd64' } as const;
  return await buildOne({ ...kubernetesModule, programs, platform }, 'ctrl-c');
}

/** Builds Dex, unless it is in the cache, which takes a minute on two cores; returns its path. */
export async function buildDex(): Promise<string> {
  return await buildOne(dexModule, 'dex');
}

/** Builds etcd and kube-apiserver, unless they are in the cache; returns their paths. */
export async function buildApiServer(): Promise<Pick<BuiltServers, 'etcd' | 'kubeApiserver'>> {
  const etcd = await buildOne(etcdModule, 'etcd');
  return { etcd, kubeApiserver: await buildOne(kubernetesModule, 'kube-apiserver') };
}

async function buildOne(module: GoModule, name: string): Promise<string> {
  const cache = cacheFolder();
  await mkdir(cache, { recursive: true, mode: 0o700 });
  const recipe = await goRecipe(cache, module, await goVersion());
  await build(recipe, (line) => process.stderr.write(`${line}\n`));
  return join(recipe.entry, name);
}

/** Programs that make or try the files of a release. */
const releaseTools = {
  nfpm: { pinned: 'github.com/goreleaser/nfpm/v2', package: 'cmd/nfpm' },
  krew: { pinned: 'sigs.k8s.io/krew', package: 'cmd/krew' },
} as const;

/** Builds a tool of the release, unless it is in the cache; returns its path. */
export async function buildReleaseTool(name: keyof typeof releaseTools): Promise<string> {
  const { pinned, package: path } = releaseTools[name];
  const module: GoModule = {
    folder: `scripts/release/tools/${name}`,
    pinned,
    linkerFlags: () => strip,
    programs: [{ name, package: `${pinned}/${path}` }],
  };
  return await buildOne(module, name);
}

/** The folder of the cache, which may not exist yet. */
export function cacheFolder(): string {
  const chosen = process.env['DEXCHANGE_E2E_CACHE'];
  if (chosen !== undefined && chosen !== '') return chosen;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'dexchange-e2e');
  const xdg = process.env['XDG_CACHE_HOME'];
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.cache'), 'dexchange-e2e');
}

interface Recipe {
  readonly name: string;
  readonly entry: string;
  readonly tools: readonly ('go' | 'mvn')[];
  readonly make: (folder: string, step: Step) => Promise<void>;
}

/** Runs a step of a recipe, usually a command; a download is tried three times. */
type Step = (
  what: string,
  work: readonly string[] | (() => Promise<void>),
  options?: { cwd?: string; env?: NodeJS.ProcessEnv; download?: boolean },
) => Promise<void>;

async function goRecipe(cache: string, module: GoModule, go: string): Promise<Recipe> {
  const folder = join(import.meta.dirname, '../../..', module.folder);
  const goMod = await readFile(join(folder, 'go.mod'), 'utf8');
  const goSum = await readFile(join(folder, 'go.sum'), 'utf8');
  const pinned = new RegExp(`^\\s+${module.pinned.replaceAll('.', '\\.')} (\\S+)`, 'm').exec(goMod);
  const version = pinned?.[1];
  if (version === undefined) throw new Error(`${folder}/go.mod does not pin ${module.pinned}`);
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', module.linkerFlags(version)];
  const packages = module.programs.map((program) => program.package);
  const sources = await Promise.all(
    packages
      .filter((name) => name.startsWith('./') && module.addedFiles === undefined)
      .map((name) => readFile(join(folder, name, 'main.go'), 'utf8')),
  );
  const added = Object.entries(module.addedFiles ?? {});
  const { platform } = module;
  const target: Readonly<Record<string, string>> =
    platform === undefined ? {} : { GOOS: platform.os, GOARCH: platform.arch };
  const special = [...Object.values(target), ...added.flat()];
  const key = hash([goMod, goSum, go, ...flags, ...packages, ...sources, ...special]);
  const names = module.programs.map((program) => program.name);
  // Without cgo the build needs no C compiler and skips a slow package (sqlite3).
  const env = {
    ...process.env,
    ...{ CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' },
    ...target,
  };

  return {
    name: names.join(' and '),
    entry: join(cache, `${names.at(-1)}-${key}`),
    tools: ['go'],
    make: async (out, step) => {
      const copy = join(out, 'source');
      const cwd = added.length === 0 ? folder : copy;
      if (added.length > 0) {
        await step('downloading it', ['go', 'mod', 'download', module.pinned], {
          cwd: folder,
          env,
          download: true,
        });
        const list = ['go', 'list', '-mod=readonly', '-m', '-f', '{{.Dir}}', module.pinned];
        // The files of the module cache are read-only.
        const line = 'cp -r "$("$@")" "$copy" && chmod -R u+w "$copy"';
        await step('copying it', ['sh', '-c', line, 'sh', ...list], {
          cwd: folder,
          env: { ...env, copy },
        });
        for (const [path, text] of added) {
          await mkdir(dirname(join(copy, path)), { recursive: true });
          await writeFile(join(copy, path), text);
        }
      }
      await step('downloading modules', ['go', 'list', '-deps', ...packages], {
        cwd,
        env,
        download: true,
      });
      // One command for all programs of a module: the slow single-threaded link of one program
      // overlaps with the compilation of the next.
      const output = packages.length === 1 ? join(out, names[0] ?? '') : `${out}/`;
      await step('compiling', ['go', 'build', ...flags, '-o', output, ...packages], { cwd, env });
      await rm(copy, { recursive: true, force: true });
      // The name of a Go program is the last element of its path that is not a version.
      for (const name of names) {
        if (!existsSync(join(out, name))) throw new Error(`go build did not create ${name}`);
      }
    },
  };
}

function keycloakRecipe(cache: string, java: string): Recipe {
  const coordinates = `org.keycloak:keycloak-quarkus-dist:${keycloakVersion}:zip`;
  return {
    name: 'keycloak',
    entry: join(
      cache,
      `keycloak-${hash([coordinates, ...keycloakBuildOptions, JSON.stringify(realmFile({}))])}`,
    ),
    tools: ['mvn'],
    make: async (out, step) => {
      await step(
        'downloading',
        [
          ...['mvn', '-B', '-q', 'dependency:copy', `-Dartifact=${coordinates}`],
          ...[`-DoutputDirectory=${out}`, '-Dmdep.useBaseVersion=true'],
        ],
        { cwd: out, download: true },
      );
      const archive = join(out, `keycloak-quarkus-dist-${keycloakVersion}.zip`);
      unzip(archive, out);
      await rm(archive);
      const unpacked = join(out, `keycloak-${keycloakVersion}`);
      for (const item of await readdir(unpacked)) {
        await rename(join(unpacked, item), join(out, item));
      }
      await rm(unpacked, { recursive: true });
      await step('augmenting', [join(out, 'bin', 'kc.sh'), 'build', ...keycloakBuildOptions], {
        env: { ...process.env, JAVA: java },
      });
      await step('importing the realm', () => snapshotKeycloak(out, java));
    },
  };
}

async function build(recipe: Recipe, log: (line: string) => void): Promise<void> {
  if (existsSync(recipe.entry)) {
    // Updates the time, so that users can see which entries are no longer used.
    await utimes(recipe.entry, new Date(), new Date()).catch(() => {});
    return;
  }
  const isBuilt = () => existsSync(recipe.entry);
  await inTurn(recipe.entry, isBuilt, () => makeEntry(recipe, log));
}

async function makeEntry(recipe: Recipe, log: (line: string) => void): Promise<void> {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const temporary = await mkdtemp(`${recipe.entry}.tmp-${process.pid}-`);
  let doing = 'starting';
  const ticker = setInterval(() => log(`  ${recipe.name}: ${doing}, ${seconds()} so far`), 20_000);
  const step: Step = async (what, work, options = {}) => {
    doing = what;
    log(`  ${recipe.name}: ${what}`);
    if (typeof work === 'function') return await work();
    const pauses = options.download === true ? [5_000, 20_000] : [];
    for (;;) {
      const { code, output } = await run(recipe.name, work, `${temporary}.log`, options);
      if (code === 0) return;
      const wait = pauses.shift();
      if (wait === undefined) {
        throw new Error(`${recipe.name}: ${what} failed: ${work.join(' ')}\n${output}`);
      }
      log(`  ${recipe.name}: ${what} failed, next try in ${wait / 1000} s`);
      await pause(wait);
    }
  };
  try {
    await recipe.make(temporary, step);
    await rename(temporary, recipe.entry).catch((error: NodeJS.ErrnoException) => {
      // Another run was faster, and its entry is equivalent.
      if (!existsSync(recipe.entry)) throw error;
    });
    log(`  ${recipe.name}: done in ${seconds()}`);
  } finally {
    clearInterval(ticker);
    await rm(temporary, { recursive: true, force: true });
    await rm(`${temporary}.log`, { force: true });
  }
}

/** Runs in a process group that ends with this process; compilers would run on for minutes. */
async function run(
  name: string,
  [command = '', ...args]: readonly string[],
  logFile: string,
  options: { cwd?: string; env?: NodeJS.ProcessEnv },
): Promise<{ code: number; output: string }> {
  await rm(logFile, { force: true });
  const child = await startChild({ name, command, args, logFile, ...options });
  const code = await child.finished;
  return { code, output: (await child.log()).slice(-8_000).trimEnd() };
}

/** Runs a short command; returns code 127 if the program does not exist. */
function runShort(
  [command = '', ...args]: readonly string[],
  cwd?: string,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, cwd === undefined ? {} : { cwd }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 127;
      resolve({ code, output: (stdout + stderr).trimEnd() });
    });
  });
}

async function goVersion(): Promise<string> {
  // In the folder of the module, because its go.mod may select a newer toolchain.
  const cwd = join(import.meta.dirname, '..', 'servers', 'kubernetes');
  const { code, output } = await runShort(['go', 'env', 'GOVERSION', 'GOOS', 'GOARCH'], cwd);
  if (code === 0) return output;
  throw new MissingTool(
    output === ''
      ? 'go is not installed; the servers need Go 1.26 or newer on the PATH'
      : `this go cannot build the servers; they need Go 1.26 or newer\n${output}`,
  );
}

async function javaPath(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  const java = home !== undefined && home !== '' ? join(home, 'bin', 'java') : 'java';
  const { code, output } = await runShort([java, '-version']);
  const major = Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  if (code === 0 && major >= 17) return java;
  throw new MissingTool(
    `${code === 0 ? `java is version ${major}` : 'java is not installed'}; Keycloak needs Java 17 or ` +
      'newer (Debian: apt-get install openjdk-17-jre-headless)',
  );
}

async function requireTools(recipes: readonly Recipe[]): Promise<void> {
  if (!recipes.some((recipe) => recipe.tools.includes('mvn'))) return;
  const { code } = await runShort(['mvn', '-v']);
  if (code !== 0) {
    throw new MissingTool(
      'mvn is not installed; it downloads Keycloak (Debian: apt-get install maven)',
    );
  }
}

async function removeLeftovers(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const pid = /\.tmp-(\d+)-\w+(\.log)?$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await rm(join(cache, name), { recursive: true, force: true });
    }
  }
}

/** Waits until all have settled, then rejects with the first error. */
async function allOrFirstError(works: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

function kubernetesLinkerFlags(version: string): string {
  const [major = '', minor = ''] = version.replace(/^v/, '').split('.');
  const flags = [strip];
  for (const path of ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']) {
    flags.push(`-X ${path}.gitVersion=${version}`);
    flags.push(`-X ${path}.gitMajor=${major} -X ${path}.gitMinor=${minor}`);
  }
  return flags.join(' ');
}

function hash(parts: readonly string[]): string {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(`${Buffer.byteLength(part)}:${part}`);
  return digest.digest('hex').slice(0, 16);
}

if (import.meta.main) {
  const started = Date.now();
  try {
    const built = await buildServers({
      controllerManager: process.argv.includes('--controller-manager'),
    });
    for (const [name, path] of Object.entries(built)) console.log(`${name}: ${path}`);
    console.log(`ready after ${Math.round((Date.now() - started) / 1000)} s`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
