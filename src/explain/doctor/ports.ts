import type { ConnectPorts } from '../../kubernetes/client/connect.ts';
import type { CacheFiles, Environment, Programs, ProxyChoice } from '../../ports.ts';
import type { ExplainRuntime } from '../explain-call.ts';

/** The ports that `runDoctor` needs. */
export interface DoctorPorts extends ExplainRuntime, ConnectPorts {
  readonly programs: Programs;
  readonly cacheFiles: CacheFiles;
  /** The public CAs that this program has built in, as PEM. */
  publicRoots(): readonly string[];
  /** The proxy of a request, selected as the HTTP client does; without user and password. */
  proxyOf(url: string, env: Environment): ProxyChoice;
}
