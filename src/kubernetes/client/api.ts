/** One request to the Kubernetes API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query: `/api/v1/namespaces/x/secrets`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What came back, whatever the status. */
export interface ApiResponse {
  readonly status: number;
  /** Undefined if the body is not JSON. */
  readonly json: unknown;
  /**
   * What the server says with an error, fit to be shown: the message of its Status object, or the
   * beginning of another body. '' for a success and for a web page.
   */
  readonly message: string;
  /** The server's time in milliseconds since the epoch, if it gave one. */
  readonly dateMs: number | undefined;
}

/** A Kubernetes API, asked with the credential of a kubeconfig context. */
export interface KubernetesApi {
  readonly server: string;
  /** The context's name, for messages. */
  readonly context: string;
  /** @throws DexchangeError server_*, proxy_failed, url_insecure, setting_invalid */
  send(request: ApiRequest): Promise<ApiResponse>;
  /** A text of this server, fit to be shown: the secrets sent to it are redacted. */
  clean(text: string, maxChars?: number): string;
  close(): Promise<void>;
}
