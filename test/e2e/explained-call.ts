import { resolve } from 'node:path';
import { expect } from 'vitest';
import type { Report } from '../../src/explain/report.ts';
import { parsedReport } from '../support/report-schema.ts';
import { runInTerminal, withoutColors } from '../support/terminal-capture.ts';
import { type ConnectedServers, run } from './harness/client.ts';
import { type DexAddress, dexClients } from './harness/dex.ts';

/** The binary. */
export const command = resolve(import.meta.dirname, '../../dist/dexchange');

/** A call of get-token against the servers of the run; what is not given works. */
export interface Call {
  readonly dex?: DexAddress;
  readonly server?: string;
  /** Default: the id_token of a GitLab job. */
  readonly token?: string;
  readonly connector?: string;
  /** They replace the flags of the same name. */
  readonly args?: readonly string[];
  /** Flags that are left out. */
  readonly without?: readonly string[];
  /** An undefined value removes the variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly home?: string;
  /** Default: the binary. */
  readonly program?: readonly [string, ...string[]];
}

/** What someone who broke a setup that way would tell, in fixed words. */
export interface Words {
  readonly cause: string;
  readonly fix: string;
  /** Whether no evidence distinguishes it from another cause, so that it is the second. */
  readonly isAlternative?: boolean;
}

/** Functions that explain calls of get-token. */
export interface Explainer {
  /** The arguments and the whole environment of a call. */
  readonly commandLine: (call: Call) => Promise<{ args: string[]; env: NodeJS.ProcessEnv }>;
  /** The report of a call that succeeds; its exit code is the one of the verdict. */
  readonly explained: (call?: Call) => Promise<Report>;
  /**
   * The report of a call that fails or gets a warning, after checking that its first twelve lines
   * tell cause and fix, as a log and as a terminal of 80 columns.
   */
  readonly broken: (call: Call, words: Words) => Promise<Report>;
}

/** Creates the functions for the servers of a run. */
export function explainer(servers: ConnectedServers): Explainer {
  async function commandLine(call: Call) {
    const dex = call.dex ?? servers.dex;
    const nameOf = (arg: string) => arg.split('=')[0] ?? '';
    const replaced = new Set([...(call.args ?? []).map(nameOf), ...(call.without ?? [])]);
    const base = [
      `--dex-url=${dex.issuer}`,
      `--dex-certificate-authority=${servers.tls.caFile}`,
      `--client-id=${dexClients.ci.id}`,
      `--connector-id=${call.connector ?? 'gitlab'}`,
      `--server=${call.server ?? servers.kubernetes.url}`,
    ];
    const needsToken = !(call.args ?? []).some((arg) => arg.startsWith('--idp-'));
    const kept = base.filter((arg) => !replaced.has(nameOf(arg)));
    return {
      args: ['get-token', ...kept, ...(call.args ?? [])],
      env: {
        PATH: process.env['PATH'],
        HOME: call.home ?? (await servers.folder('home')),
        DEXCHANGE_CLIENT_SECRET: dexClients.ci.secret,
        ...(needsToken ? { SUBJECT_TOKEN: call.token ?? (await servers.mint()) } : {}),
        ...call.env,
      },
    };
  }

  async function json(call: Call) {
    const { args, env } = await commandLine(call);
    const [program, ...first] = call.program ?? [command];
    const ran = await run(program, [...first, ...args, '--explain=json'], { env });
    expect(ran.stderr).toBe('');
    const report = parsedReport(ran.stdout);
    expect(ran.code).toBe(report.verdict.exitCode);
    return { report, program, args: [...first, ...args, '--explain'], env };
  }

  return {
    commandLine,
    async explained(call = {}) {
      const { report } = await json(call);
      expect(report.verdict.status, JSON.stringify(report.diagnoses)).toBe('ok');
      return report;
    },
    async broken(call, words) {
      const { report, program, args, env } = await json(call);
      const logged = await run(program, args, { env });
      expect(logged).toMatchObject({ code: report.verdict.exitCode, stderr: '' });
      checkHead(logged.stdout, report, words);
      const shown = await runInTerminal(program, args, { env: { ...env, NO_COLOR: undefined } });
      expect(shown.stdout).toContain('\u001b[');
      checkHead(shown.stdout, report, words);
      return report;
    },
  };
}

/** The first twelve lines of a report tell the likeliest cause and its fix. */
function checkHead(text: string, { verdict }: Report, words: Words): void {
  // In a log of GitLab, the other parts are sections.
  const [head = ''] = withoutColors(text).split(/\n\n|\nsection_start:/);
  const lines = head.split('\n');
  expect(lines.length, head).toBeLessThanOrEqual(12);
  // Each command has its own line, which is not wrapped.
  for (const line of lines.filter((each) => !each.startsWith('    '))) {
    expect(line.length, head).toBeLessThanOrEqual(80);
  }
  expect(head).toMatch(verdict.status === 'failed' ? /^FAILED: / : /^WARNING: /);
  const said = head.replaceAll(/\s+/g, ' ');
  if (verdict.error !== null) expect(said).toContain(`(${verdict.error})`);
  const pattern = words.isAlternative
    ? / or: (.*?) fix: (.*?)(?: or: .*)? read more: run /
    : /^(.*?) fix: (.*?)(?: or: .*)? read more: run /;
  const [, cause = '', fix = ''] = pattern.exec(said) ?? [];
  expect(cause, head).toContain(words.cause);
  expect(fix, head).toContain(words.fix);
}
