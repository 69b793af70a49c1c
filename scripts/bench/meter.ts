import { spawn } from 'node:child_process';
import { cleanPath } from './machine.ts';

/** A command to measure, and its environment in addition to PATH. */
export interface Command {
  readonly words: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** The number of concurrent runs; default: 1. */
  readonly copies?: number;
}

/** The cost of one run; CPU time and memory only if the system reports them. */
export interface Measured {
  readonly wallMs: number;
  /** User and system time of the command and its child processes. */
  readonly cpuMs: number | undefined;
  /** The peak memory of its largest process. */
  readonly peakBytes: number | undefined;
}

export interface Meter {
  /** A description for the report. */
  readonly name: string;
  /** @throws Error if the command fails */
  measure(command: Command): Promise<Measured>;
}

// Node does not report the resource usage of its children. A small perl process does, with
// getrusage(2): perl-base is on every Debian and Ubuntu, and can make a system call by its number.
// It also gives each run a separate parent, as kubectl does.
const script = String.raw`
my ($usage, $clock, $copies, @words) = @ARGV;
open(my $out, '>&=', 3) or die;
sub now { my $b = "\0" x 16; syscall($clock + 0, 1, $b); my ($s, $n) = unpack 'q2', $b; $s * 1e3 + $n / 1e6 }
my $start = now();
my @children = map { my $pid = fork; if (!$pid) { exec { $words[0] } @words; exit 127 } $pid } 1 .. $copies;
my $failed = 0;
for (@children) { waitpid $_, 0; $failed++ if $? }
my $wall = now() - $start;
my $b = "\0" x 144;
syscall($usage + 0, -1, $b);
my ($us, $uus, $ss, $sus, $rss) = unpack 'q5', $b;
print $out join ' ', $failed, $wall, ($us + $ss) * 1e3 + ($uus + $sus) / 1e3, $rss * 1024;
`;

/** The numbers of getrusage and clock_gettime. */
const systemCalls: Readonly<Record<string, readonly [number, number]>> = {
  'linux-x64': [98, 228],
  'linux-arm64': [165, 113],
};

/** The best meter for this machine: with CPU time, or with wall-clock time only. */
export async function findMeter(): Promise<Meter> {
  const numbers = systemCalls[`${process.platform}-${process.arch}`];
  if (numbers !== undefined) {
    const meter = cpuMeter(numbers);
    const tried = await meter.measure({ words: ['/bin/true'], env: {} }).catch(() => undefined);
    if (tried?.cpuMs !== undefined && tried.cpuMs > 0) return meter;
  }
  return wallMeter;
}

function cpuMeter([usage, clock]: readonly [number, number]): Meter {
  return {
    name: 'CPU time is user and system time by getrusage(2), wall-clock time by clock_gettime(2)',
    async measure({ words, env, copies = 1 }) {
      const args = ['-e', script, String(usage), String(clock), String(copies), ...words];
      const { figures, stderr } = await run(['perl', ...args], env);
      const [failed, wallMs, cpuMs, peakBytes] = figures.split(' ').map(Number);
      if (failed !== 0 || wallMs === undefined) throw failure(words, stderr);
      return { wallMs, cpuMs, peakBytes };
    },
  };
}

const wallMeter: Meter = {
  name: 'no CPU time (it needs Linux and perl): the figures are wall-clock time, and less steady',
  async measure({ words, env, copies = 1 }) {
    const start = performance.now();
    const ended = await Promise.all(Array.from({ length: copies }, () => run(words, env)));
    const wallMs = performance.now() - start;
    const bad = ended.find(({ status }) => status !== 0);
    if (bad !== undefined) throw failure(words, bad.stderr);
    return { wallMs, cpuMs: undefined, peakBytes: undefined };
  },
};

function failure([program]: Command['words'], stderr: string): Error {
  return new Error(`${program} failed: ${stderr.trim()}`);
}

function run(
  [program, ...args]: Command['words'],
  env: Command['env'],
): Promise<{ status: number | null; stderr: string; figures: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { PATH: cleanPath(), ...env },
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    const texts = { stderr: '', figures: '' };
    child.stdio[2]?.on('data', (chunk: Buffer) => {
      texts.stderr += chunk.toString();
    });
    child.stdio[3]?.on('data', (chunk: Buffer) => {
      texts.figures += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, ...texts }));
  });
}
