/** What a command leaves behind when its text alone does not say it. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}
