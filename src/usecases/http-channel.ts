import type { Send } from '../http/message.ts';
import type { Secret } from '../secret.ts';
import type { Observe } from './trace-event.ts';

/** How to reach a server beyond those of the exchange; certificates as PEM. */
export interface ChannelSettings {
  readonly certificateAuthorityPem: readonly string[];
  /** Trust those alone, if there are any. */
  readonly onlyGivenAuthorities: boolean;
  readonly insecureSkipTlsVerify: boolean;
  readonly clientCertificatePem: string | undefined;
  readonly clientKeyPem: Secret | undefined;
  readonly allowHttp: boolean;
  /** The proxy variables are read here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For all requests together, in milliseconds from now. */
  readonly timeoutMs: number;
}

/** A way to send requests, which is to be closed. */
export interface Channel {
  readonly send: Send;
  close(): Promise<void>;
}

/** Opens a channel; tells an observer of its requests and answers. */
export type OpenChannel = (settings: ChannelSettings, observe?: Observe) => Channel;
