/** A fleet of CI jobs and the Dex that it uses; all times in milliseconds. */
export interface Fleet {
  readonly jobsPerHour: number;
  /** Whether each job has a token of its own (GitLab, GitHub), or all have one client's. */
  readonly identity: 'job' | 'shared';
  /** What runs dexchange: each call of kubectl as a plugin, or `exec` or an agent for the whole job. */
  readonly client: 'plugin' | 'exec';
  /** Which calls share a cache: those of a job, those of a runner, or none. */
  readonly cache: 'job' | 'runner' | 'none';
  /** The calls of kubectl in a job, evenly spread over its length. */
  readonly calls: number;
  readonly jobLengthMs: number;
  readonly tokenLifeMs: number;
  readonly runners: number;
  /** How many of the jobs start at the full hour, by cron. */
  readonly herd: number;
  /** How long it takes until all jobs of the herd have started. */
  readonly herdSpreadMs: number;
  /** The cores that Dex can use. */
  readonly dexCores: number;
  /** The CPU time of Dex for an exchange. */
  readonly exchangeCostMs: number;
  /** What an exchange takes beside Dex's CPU time: network, TLS and IdP. */
  readonly latencyMs: number;
  /** The requests per second that a limiter in front of Dex passes on; undefined: no limiter. */
  readonly limitPerSecond: number | undefined;
  /** The burst: how many requests it passes on beyond that rate. */
  readonly limitBurst: number;
  /** The Retry-After of its 429; undefined: without one. */
  readonly retryAfterMs: number | undefined;
  /** --timeout of dexchange. */
  readonly timeoutMs: number;
  /** The same seed leads to the same result. */
  readonly seed: number;
}
