/** One request to the Kubernetes API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query: `/api/v1/namespaces/x/secrets`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** A response with any status. */
export interface ApiResponse {
  readonly status: number;
  /** Undefined if the body is not JSON. */
  readonly json: unknown;
  /**
   * The sanitized error message: the message of the Status object, or its reason in words; or the
   * beginning of another body; of an HTML page, with any status, only the title. '' for a success.
   */
  readonly message: string;
  /** The Date header in milliseconds since the epoch, if it is valid. */
  readonly dateMs: number | undefined;
}

/** A client of a Kubernetes API, with the credential of a kubeconfig context. */
export interface KubernetesApi {
  /** The URL of the API server. */
  readonly server: string;
  /** The context's name, for messages. */
  readonly context: string;
  /** @throws DexchangeError server_*, proxy_failed, url_insecure, setting_invalid */
  send(request: ApiRequest): Promise<ApiResponse>;
  /** Sanitizes text from the server and redacts the secrets that were sent to it. */
  clean(text: string, maxChars?: number): string;
  close(): Promise<void>;
}
