import { isDexchangeEntry } from '../../kubernetes/client/dexchange-entry.ts';
import { pluginName } from '../../kubernetes/client/plugin-failure.ts';
import type { ExecEntry } from '../../kubernetes/kubeconfig/context.ts';
import type { Environment, Program } from '../../ports.ts';
import { quotePath, sanitize } from '../../sanitize.ts';
import { shellWord } from '../../shell-word.ts';
import { failed, ok, warning } from './check.ts';
import type { DoctorPorts } from './ports.ts';
import type { DoctorCheck } from './report.ts';
import { outputOf } from './tool-checks.ts';

/**
 * Checks the plugin that kubectl will run for a kubeconfig: whether it is there under that name,
 * whether it can run, and whether it is this program in this version.
 */
export async function pluginCheck(
  entry: ExecEntry,
  env: Environment,
  timeoutMs: number,
  ports: DoctorPorts,
): Promise<DoctorCheck> {
  const name = pluginName(entry);
  const all = ports.programs.find(entry.command, env);
  // Go looks for the first executable file (os/exec, LookPath).
  const found = all.find(({ problem }) => problem?.kind !== 'not-executable');
  if (found === undefined) return missing(entry, all[0], ports);
  const at = quotePath(found.path);
  if (found.problem?.kind === 'no-loader') return withoutLoader(at, found.problem.loader);
  if (found.realPath === ports.programs.own()) {
    const others = new Set(all.map(({ realPath }) => realPath)).size - 1;
    const hidden =
      others === 0 ? '' : `; it hides ${others} other${others === 1 ? '' : 's'} in PATH`;
    return ok('plugin', `${at} is this program, ${ports.version}${hidden}`);
  }
  if (!isDexchangeEntry(entry)) return ok('plugin', `${name} is ${at}`);
  return otherFile(found, at, { env, timeoutMs }, ports);
}

async function otherFile(
  found: Program,
  at: string,
  call: { readonly env: Environment; readonly timeoutMs: number },
  ports: DoctorPorts,
): Promise<DoctorCheck> {
  try {
    const text = sanitize(await outputOf(found, ['version'], call, ports), { maxChars: 60 });
    const [, version] = /^dexchange (\S+)$/.exec(text) ?? [];
    if (version === ports.version)
      return ok('plugin', `${at} is another file, of the same version ${version}`);
    return warning(
      'plugin',
      version === undefined
        ? `${at} does not say that it is dexchange`
        : `${at} is dexchange ${version}, this is ${ports.version}`,
      `replace that file, or write the absolute path of the right one into command of the exec entry`,
    );
  } catch (error) {
    return failed('plugin', {
      code: 'kubeconfig_invalid',
      message: `${at} ${sanitize((error as Error).message)}`,
      hint: `run \`${shellWord(found.path)} version\` to see why, and install the plugin again`,
    });
  }
}

function missing(
  entry: ExecEntry,
  notExecutable: Program | undefined,
  ports: DoctorPorts,
): DoctorCheck {
  if (notExecutable !== undefined) {
    return failed('plugin', {
      code: 'kubeconfig_invalid',
      message: `${quotePath(notExecutable.path)} is not executable, so kubectl cannot run it`,
      hint: `run \`chmod +x ${shellWord(notExecutable.path)}\``,
    });
  }
  const own = ports.programs.own();
  const isPath = /[/\\]/.test(entry.command);
  const target = isPath ? entry.command : `/usr/local/bin/${entry.command}`;
  const isOwn = isDexchangeEntry(entry) && /dexchange/.test(own);
  return failed('plugin', {
    code: 'kubeconfig_invalid',
    message: isPath
      ? `${quotePath(entry.command)} does not exist, so kubectl cannot run the plugin`
      : `${pluginName(entry)} is not in PATH, so kubectl cannot run the plugin`,
    hint: isOwn
      ? `run \`install -m 755 ${shellWord(own)} ${shellWord(sanitize(target))}\`, or add the folder of the plugin to PATH`
      : entry.installHint === undefined
        ? 'install the plugin into a folder of PATH'
        : sanitize(entry.installHint, { maxChars: 500 }),
  });
}

function withoutLoader(at: string, loader: string): DoctorCheck {
  return failed('plugin', {
    code: 'kubeconfig_invalid',
    message: `${at} exists, but ${quotePath(loader)}, which must start it, does not: the system says "not found"`,
    hint: /\/ld-musl-/.test(loader)
      ? 'install the program for glibc: that file is for musl (Alpine)'
      : /\/ld-/.test(loader)
        ? 'install the program for musl if the image is Alpine (musl), or use one with glibc, such as `debian:bookworm-slim`'
        : `install ${quotePath(loader)}, or replace the file by one for this system`,
  });
}
