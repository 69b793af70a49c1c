import { isRecord, parseJsonObject } from '../../json.ts';
import type { Environment, Program } from '../../ports.ts';
import { quotePath, sanitize } from '../../sanitize.ts';
import { ok, warning } from './check.ts';
import type { DoctorPorts } from './ports.ts';
import type { DoctorCheck } from './report.ts';

/** How long a tool may take to say its version, in milliseconds. */
const toolMs = 5000;

/** The oldest kubectl that knows client.authentication.k8s.io/v1. */
const oldestMinor = 22;

/**
 * Looks for kubectl and d8, of which one is enough, and asks for their versions. A tool that is not
 * there is only mentioned if the other is missing too: helm, terraform and client libraries need none.
 */
export async function toolChecks(
  env: Environment,
  timeoutMs: number,
  ports: DoctorPorts,
): Promise<readonly DoctorCheck[]> {
  const [kubectl] = ports.programs.find('kubectl', env);
  const [d8] = ports.programs.find('d8', env);
  const checks = await Promise.all([
    kubectl && toolCheck(kubectlTool, kubectl, { env, timeoutMs }, ports),
    d8 && toolCheck(d8Tool, d8, { env, timeoutMs }, ports),
  ]);
  const found = checks.filter((check) => check !== undefined);
  if (found.length > 0) return found;
  return [
    warning(
      'kubectl',
      'neither kubectl nor d8 is in PATH',
      'install kubectl, unless only helm, terraform or another client is used: https://kubernetes.io/docs/tasks/tools/',
    ),
  ];
}

/** What to look at in the output of a tool. */
interface Tool {
  readonly name: 'kubectl' | 'd8';
  /** The arguments with which it prints its version. */
  readonly words: readonly string[];
  /** @param at the path of the tool, for a text */
  check(output: string, at: string): DoctorCheck;
}

const kubectlTool: Tool = {
  name: 'kubectl',
  words: ['version', '--client', '--output=json'],
  check(output, at) {
    const client = parseJsonObject(output)?.['clientVersion'];
    const version = isRecord(client) ? client['gitVersion'] : undefined;
    const [, major, minor] = /^v(\d+)\.(\d+)/.exec(String(version)) ?? [];
    if (major === undefined || minor === undefined) {
      return warning(
        'kubectl',
        `${at} does not say its version`,
        `run \`kubectl version --client\``,
      );
    }
    const found = `${sanitize(String(version), { maxChars: 40 })} (${at})`;
    if (Number(major) === 1 && Number(minor) < oldestMinor) {
      return warning(
        'kubectl',
        `${found} does not know client.authentication.k8s.io/v1`,
        `install kubectl 1.${oldestMinor} or newer`,
      );
    }
    return ok('kubectl', found);
  },
};

const d8Tool: Tool = {
  name: 'd8',
  words: ['--version'],
  check: (output, at) =>
    ok('d8', `${sanitize(output.trim().split('\n')[0] ?? '', { maxChars: 60 })} (${at})`),
};

async function toolCheck(
  { name, words, check }: Tool,
  program: Program,
  call: ToolCall,
  ports: DoctorPorts,
): Promise<DoctorCheck> {
  const at = quotePath(program.path);
  try {
    return check(await outputOf(program, words, call, ports), at);
  } catch (error) {
    return warning(
      name,
      `${at} ${sanitize((error as Error).message)}`,
      `run \`${name} version\` to see why`,
    );
  }
}

/** The environment of a tool, and the deadline of the whole call in milliseconds. */
interface ToolCall {
  readonly env: Environment;
  readonly timeoutMs: number;
}

/**
 * Runs a program with a short deadline and without the job's variables, so without its secrets.
 * @throws Error with a message that follows the name of the program
 */
export function outputOf(
  { path }: Program,
  words: readonly string[],
  { env, timeoutMs }: ToolCall,
  ports: DoctorPorts,
): Promise<string> {
  const kept = ['PATH', 'HOME', 'USERPROFILE', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG'];
  const bare = Object.fromEntries(kept.map((name) => [name, env[name]]));
  return ports.runCommand([path, ...words], bare, { timeoutMs, atMostMs: () => toolMs });
}
