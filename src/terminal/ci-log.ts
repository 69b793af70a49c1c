import type { Environment } from '../ports.ts';

/** A CI system whose log has a language of its own. */
export type CiSystem = 'github' | 'gitlab' | 'azure-pipelines' | 'buildkite';

/**
 * The CI system whose log a text goes to, by the variables that these systems document. Forgejo and
 * Gitea set that of GitHub, and read its language.
 */
export function ciSystemOf(env: Environment): CiSystem | undefined {
  if (env['GITHUB_ACTIONS'] === 'true') return 'github';
  if (env['GITLAB_CI'] === 'true') return 'gitlab';
  if (env['TF_BUILD']?.toLowerCase() === 'true') return 'azure-pipelines';
  if (env['BUILDKITE'] === 'true') return 'buildkite';
  return undefined;
}

/** Whether the log of a CI system shows colors (SGR): Azure Pipelines does not document it. */
export function showsColors(system: CiSystem | undefined): boolean {
  return system !== undefined && system !== 'azure-pipelines';
}

/** How a text is marked up for a log. */
export interface CiLog {
  /** Lines that mark a result in the overview of the run; none where the system has no such mark. */
  annotation(level: 'error' | 'warning', lines: readonly string[]): readonly string[];
  /** A section that can be collapsed. */
  section(name: string, title: string, lines: readonly string[]): readonly string[];
  /** Lines after the last section. */
  rest(lines: readonly string[]): readonly string[];
}

const asTheyAre = (lines: readonly string[]): readonly string[] => lines;

/** A log without a language. Sections are separated by an empty line. */
export const plainLog: CiLog = {
  annotation: () => [],
  section: (_name, _title, lines) => (lines.length === 0 ? [] : ['', ...lines]),
  rest: (lines) => ['', ...lines],
};

/**
 * The language of a CI system's log.
 * @param nowMs milliseconds since the epoch; GitLab shows how long a section took
 */
export function ciLogOf(system: CiSystem | undefined, nowMs: number): CiLog {
  switch (system) {
    case undefined:
      return plainLog;
    // https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    case 'github':
      return {
        annotation: (level, lines) => [
          `::${level} title=dexchange::${escaped(lines.join('\n'), '%25')}`,
        ],
        section: (_name, title, lines) => [`::group::${title}`, ...lines, '::endgroup::'],
        rest: asTheyAre,
      };
    // https://docs.gitlab.com/ci/jobs/job_logs/#create-custom-collapsible-sections
    case 'gitlab': {
      const seconds = Math.floor(nowMs / 1000);
      return {
        annotation: () => [],
        section: (name, title, lines) => [
          `\u001b[0Ksection_start:${seconds}:dexchange_${name}[collapsed=true]\r\u001b[0K${title}`,
          ...lines,
          `\u001b[0Ksection_end:${seconds}:dexchange_${name}\r\u001b[0K`,
        ],
        rest: asTheyAre,
      };
    }
    // https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands
    case 'azure-pipelines':
      return {
        annotation: (level, lines) => [
          `##vso[task.logissue type=${level}]${escaped(lines.join('; '), '%AZP25')}`,
        ],
        section: (_name, title, lines) => [`##[group]${title}`, ...lines, '##[endgroup]'],
        rest: asTheyAre,
      };
    // https://buildkite.com/docs/pipelines/configure/managing-log-output
    case 'buildkite':
      return {
        annotation: () => [],
        section: (_name, title, lines) => [`--- ${title}`, ...lines],
        rest: (lines) => ['+++ dexchange', ...lines],
      };
  }
}

/** Escapes the message of a command; it has no properties that depend on the run. */
function escaped(message: string, percent: string): string {
  return message.replaceAll('%', percent).replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
