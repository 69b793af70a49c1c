/**
 * All error codes with their exit codes: 1 a bug · 2 usage or configuration · 3 no identity token ·
 * 4 Dex denied the request · 5 a server was unreachable, timed out or returned an invalid response
 * · 6 the Kubernetes API denied the request.
 */
export const exitCodes = {
  bug: 1,
  output_failed: 1,

  usage_unknown_command: 2,
  usage_unknown_flag: 2,
  usage_flag_value: 2,
  usage_argument: 2,
  setting_missing: 2,
  setting_invalid: 2,
  setting_conflict: 2,
  setting_not_expanded: 2,
  setting_not_from_cluster: 2,
  setting_file_unreadable: 2,
  setting_command_failed: 2,
  exec_version_unsupported: 2,
  url_insecure: 2,
  kubeconfig_unreadable: 2,
  kubeconfig_invalid: 2,
  kubeconfig_conflict: 2,
  file_not_written: 2,
  decode_unreadable: 2,
  decode_not_jwt: 2,

  identity_none: 3,
  identity_ambiguous: 3,
  identity_unavailable: 3,
  identity_refused: 3,
  subject_token_invalid: 3,
  subject_token_file_unreadable: 3,
  subject_token_command_failed: 3,
  idp_discovery_invalid: 3,
  idp_client_refused: 3,
  idp_refused: 3,

  dex_grant_not_enabled: 4,
  dex_client_id_encoding: 4,
  dex_client_refused: 4,
  dex_subject_token_type_refused: 4,
  dex_subject_token_missing: 4,
  dex_connector_unknown: 4,
  dex_connector_not_allowed: 4,
  dex_connector_cannot_exchange: 4,
  dex_subject_token_refused: 4,
  dex_subject_token_expired: 4,
  dex_requested_token_type_refused: 4,
  dex_audience_untrusted: 4,
  dex_refused: 4,

  server_unreachable: 5,
  server_timeout: 5,
  server_tls: 5,
  server_redirect: 5,
  server_too_large: 5,
  server_busy: 5,
  server_nonsense: 5,
  proxy_failed: 5,
  token_not_jwt: 5,
  token_without_expiry: 5,
  token_expired: 5,
  token_wrong_audience: 5,

  api_unauthorized: 6,
  api_forbidden: 6,
  api_missing: 6,
  api_refused: 6,
} as const;

export type ErrorCode = keyof typeof exitCodes;

/**
 * The only error class. `message` names what is wrong and `hint` tells what to do; both are one
 * lower-case line without secrets. `cause` is shown only with `-v`.
 */
export class DexchangeError extends Error {
  override readonly name = 'DexchangeError';
  readonly code: ErrorCode;
  readonly hint: string;
  /** The `Retry-After` of a busy server, in milliseconds; undefined if it sent none. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint: string; cause?: unknown; retryAfterMs?: number },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}

/** Builds the error for output that cannot be written. @param problem the code of the system's error */
export function outputFailed(problem: string): DexchangeError {
  return new DexchangeError('output_failed', `stdout cannot be written: ${problem}`, {
    hint: 'check the pipe or file that stdout goes to, and the space on its disk',
  });
}

/** The error for a bug of dexchange, which only its developers can fix. */
export function bugError(message: string, cause: unknown): DexchangeError {
  return new DexchangeError('bug', message, {
    hint: 'report this bug in the issue tracker of dexchange, with the output of the same command with -v',
    cause,
  });
}

/** Converts a thrown value to a DexchangeError; anything else that is thrown becomes `bug`. */
export function asDexchangeError(thrown: unknown): DexchangeError {
  if (thrown instanceof DexchangeError) return thrown;
  return bugError('internal error', thrown);
}
