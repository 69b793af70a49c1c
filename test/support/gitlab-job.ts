import { parse, parseAllDocuments } from 'yaml';

/** A job as GitLab hands it to a runner. */
export interface GitlabJob {
  readonly id_tokens: Readonly<Record<string, { readonly aud: string }>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly before_script: readonly string[];
}

interface InputSpec {
  readonly default?: string;
  readonly regex?: string;
}

/**
 * The jobs of a component, with its inputs replaced as GitLab does it:
 * https://docs.gitlab.com/ci/inputs/
 * @throws Error if an input is missing or unknown, or does not match its regex
 */
export function jobsOfComponent(
  text: string,
  inputs: Readonly<Record<string, string>>,
): Readonly<Record<string, GitlabJob>> {
  const [head, body] = parseAllDocuments(text).map((document) => document.toJS());
  const specs: Readonly<Record<string, InputSpec | null>> = head.spec.inputs;
  const unknown = Object.keys(inputs).filter((name) => !(name in specs));
  if (unknown.length > 0) throw new Error(`unknown inputs: ${unknown.join()}`);
  const values = new Map<string, string>();
  for (const [name, spec] of Object.entries(specs)) {
    const value = inputs[name] ?? spec?.default;
    if (value === undefined) throw new Error(`input ${name} is required`);
    if (spec?.regex !== undefined && !new RegExp(spec.regex).test(value)) {
      throw new Error(`input ${name} does not match ${spec.regex}`);
    }
    values.set(name, value);
  }
  return replaced(body, values) as Readonly<Record<string, GitlabJob>>;
}

function replaced(value: unknown, inputs: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\[\[ *inputs\.([\w-]+) *\]\]/g, (_all, name: string) => {
      const input = inputs.get(name);
      if (input === undefined) throw new Error(`there is no input ${name}`);
      return input;
    });
  }
  if (Array.isArray(value)) return value.map((item) => replaced(item, inputs));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      String(replaced(key, inputs)),
      replaced(item, inputs),
    ]),
  );
}

/** What a runner needs to start a job. */
export interface PreparedJob {
  readonly env: Readonly<Record<string, string>>;
  readonly script: string;
}

/**
 * Prepares the only job of a `.gitlab-ci.yml`.
 * @param text the file
 * @param given the variables of the runner and of the project, which those of the job can refer to
 * @param mint issues an identity token for an audience
 * @throws Error if the file has not exactly one job
 */
export async function prepareGitlabJob(
  text: string,
  given: Readonly<Record<string, string>>,
  mint: (audience: string) => Promise<string>,
): Promise<PreparedJob> {
  const jobs = Object.values(parse(text) as Record<string, Partial<GitlabJob & Scripted>>);
  const [job] = jobs;
  if (job?.script === undefined || jobs.length !== 1) throw new Error('the file has not one job');
  const env: Record<string, string> = { ...given, GITLAB_CI: 'true' };
  for (const [name, value] of Object.entries(job.variables ?? {})) {
    env[name] = value.replace(/\$\{?(\w+)\}?/g, (all, other: string) => given[other] ?? all);
  }
  for (const [name, { aud }] of Object.entries(job.id_tokens ?? {})) env[name] = await mint(aud);
  return {
    env,
    script: runnerScript({ before_script: job.before_script ?? [] }, job.script),
  };
}

interface Scripted {
  readonly script: readonly string[];
}

/** The script that a runner makes of a job: it ends at the first command that fails. */
export function runnerScript(
  job: Pick<GitlabJob, 'before_script'>,
  script: readonly string[],
): string {
  // The runner tries this too: not every shell knows pipefail.
  const options = '(set -o pipefail) 2>/dev/null && set -o pipefail; set -o errexit';
  return [options, ...job.before_script, ...script].join('\n');
}
