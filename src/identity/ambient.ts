/** A CI system that puts its identity token into a variable: one row is all it takes. */
export interface AmbientVariable {
  readonly name: string;
  readonly variable: string;
  /** Set by the system in every job: tells that it is there although it gave no token. */
  readonly marker: string;
  /** What to write so that the system gives a token. */
  readonly remedy: string;
}

export const ambientVariables: readonly AmbientVariable[] = [
  {
    name: 'gitlab',
    variable: 'GITLAB_OIDC_TOKEN',
    marker: 'GITLAB_CI',
    remedy:
      'add to the job: id_tokens: { GITLAB_OIDC_TOKEN: { aud: <dex-url> } }, or name your variable by --subject-token-env',
  },
];
