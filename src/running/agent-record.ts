import { parseJsonObject } from '../json.ts';

/** What a running agent writes about itself into its folder; contains no secret. */
export interface AgentRecord {
  readonly pid: number;
  /** All times are in milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** The files that it keeps fresh. */
  readonly tokenFile: string | undefined;
  readonly kubeconfig: string | undefined;
  /** KUBECONFIG of the job before the agent started, for `agent stop`. */
  readonly earlierKubeconfig: string | undefined;
  /** The address of its status pages, such as `http://127.0.0.1:9090`. */
  readonly statusUrl: string | undefined;
  /** When the credential in the files expires. */
  readonly expirationMs: number;
  readonly lifeMs: number;
  readonly renewals: number;
  /** The failed attempts to renew the credential, by error code. */
  readonly failures: Readonly<Record<string, number>>;
  readonly lastFailure: LastFailure | undefined;
}

/** The last attempt to renew the credential, if it failed. */
export interface LastFailure {
  readonly atMs: number;
  readonly code: string;
  readonly message: string;
}

/** The name of the record in the folder of an agent. */
export const recordName = 'agent.json';

/** Formats a record for its file. */
export function recordText(record: AgentRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Reads a record; undefined if the text is not one. */
export function readRecord(text: string): AgentRecord | undefined {
  const fields = parseJsonObject(text);
  if (fields === undefined) return undefined;
  const { pid, startedAtMs, expirationMs, lifeMs, renewals } = fields;
  if (!isCount(pid) || !isCount(startedAtMs) || !isCount(renewals)) return undefined;
  if (typeof expirationMs !== 'number' || typeof lifeMs !== 'number') return undefined;
  return {
    pid,
    startedAtMs,
    tokenFile: textOf(fields['tokenFile']),
    kubeconfig: textOf(fields['kubeconfig']),
    earlierKubeconfig: textOf(fields['earlierKubeconfig']),
    statusUrl: textOf(fields['statusUrl']),
    expirationMs,
    lifeMs,
    renewals,
    failures: failuresOf(fields['failures']),
    lastFailure: lastFailureOf(fields['lastFailure']),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function failuresOf(value: unknown): AgentRecord['failures'] {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, number] => isCount(pair[1])),
  );
}

function lastFailureOf(value: unknown): LastFailure | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { atMs, code, message } = value as Readonly<Record<string, unknown>>;
  if (typeof atMs !== 'number' || typeof code !== 'string') return undefined;
  return { atMs, code, message: textOf(message) ?? '' };
}
