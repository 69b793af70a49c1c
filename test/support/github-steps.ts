import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Ended, runToEnd } from './run-to-end.ts';

interface CompositeAction {
  readonly inputs: Readonly<
    Record<string, { readonly default?: string; readonly required?: boolean }>
  >;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: {
    readonly steps: readonly {
      readonly id?: string;
      readonly shell: string;
      readonly env: Readonly<Record<string, string>>;
      readonly run: string;
    }[];
  };
}

/** The machine on which the steps run. */
export interface Runner {
  /** The command that stands for `sh`. */
  readonly shell: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** The folder of the runner's own files. */
  readonly folder: string;
}

/** What the steps of an action leave to the steps that follow it. */
export interface AfterSteps {
  /** The step that ran last. */
  readonly last: Ended;
  readonly env: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Runs the steps of a composite action as a runner of GitHub Actions does:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
 * @throws Error if an input is missing or unknown
 */
export async function runCompositeAction(
  file: string,
  inputs: Readonly<Record<string, string>>,
  { shell: [command, ...first], env, folder }: Runner,
): Promise<AfterSteps> {
  const action: CompositeAction = parse(readFileSync(file, 'utf8'));
  const known = new Map<string, string>();
  for (const [name, { default: preset, required }] of Object.entries(action.inputs)) {
    if (required === true && !inputs[name]) throw new Error(`input ${name} is required`);
    known.set(`inputs.${name}`, inputs[name] ?? preset ?? '');
  }
  const unknown = Object.keys(inputs).filter((name) => !(name in action.inputs));
  if (unknown.length > 0) throw new Error(`unknown inputs: ${unknown.join()}`);

  const files = { GITHUB_ENV: 'env', GITHUB_PATH: 'path', GITHUB_OUTPUT: 'output' };
  const paths = Object.entries(files).map(([name, file]) => [name, join(folder, file)] as const);
  let after: Readonly<Record<string, string>> = env;
  let last: Ended | undefined;
  for (const [number, step] of action.runs.steps.entries()) {
    if (step.shell !== 'sh') throw new Error(`a step runs in ${step.shell}`);
    for (const [, path] of paths) writeFileSync(path, '');
    const script = join(folder, `step-${number}.sh`);
    writeFileSync(script, step.run);
    const own = Object.entries(step.env).map(([name, value]) => [name, evaluated(value, known)]);
    last = await runToEnd(command, [...first, '-e', script], {
      env: { ...after, ...Object.fromEntries([...own, ...paths]) },
      cwd: env['GITHUB_WORKSPACE'],
    });
    if (last.code !== 0) break;
    const [variables = [], folders = [], outputs = []] = paths.map(([, path]) => linesOf(path));
    const path = [...folders.reverse(), after['PATH'] ?? ''].join(':');
    after = { ...after, ...Object.fromEntries(variables.map(assignment)), PATH: path };
    for (const [name, value] of outputs.map(assignment)) {
      known.set(`steps.${step.id}.outputs.${name}`, value);
    }
  }
  if (last === undefined) throw new Error('the action has no steps');
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [
    name,
    last.code === 0 ? evaluated(value, known) : '',
  ]);
  return { last, env: after, outputs: Object.fromEntries(outputs) };
}

/** The job of a workflow, as a runner starts it. */
export interface WorkflowJob {
  readonly env: Readonly<Record<string, string>>;
  /** The scripts of its steps, which run one after another in the workspace. */
  readonly steps: readonly string[];
  /** Whether the job may request identity tokens. */
  readonly isIdentified: boolean;
}

/**
 * Prepares the only job of a workflow whose actions only check out the repository.
 * @throws Error if there are other actions, or secrets that are not given
 */
export function prepareWorkflow(
  text: string,
  secrets: Readonly<Record<string, string>>,
): WorkflowJob {
  const { jobs } = parse(text) as { jobs: Record<string, Workflow> };
  const [job, ...others] = Object.values(jobs);
  if (job === undefined || others.length > 0) throw new Error('the workflow has not one job');
  const known = new Map(
    Object.entries(secrets).map(([name, value]) => [`secrets.${name}`, value] as const),
  );
  const env = Object.entries(job.env ?? {}).map(([name, value]) => [name, evaluated(value, known)]);
  const steps = job.steps.flatMap(({ uses, run }) => {
    if (uses !== undefined && !uses.startsWith('actions/checkout@')) {
      throw new Error(`unknown action ${uses}`);
    }
    return run ?? [];
  });
  return {
    env: Object.fromEntries(env),
    steps,
    isIdentified: job.permissions?.['id-token'] === 'write',
  };
}

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

function evaluated(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{\{ *([\w.-]+) *\}\}/g, (_all, name: string) => {
    const value = known.get(name);
    if (value === undefined) throw new Error(`there is no ${name}`);
    return value;
  });
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

function assignment(line: string): readonly [string, string] {
  const equals = line.indexOf('=');
  return [line.slice(0, equals), line.slice(equals + 1)];
}
