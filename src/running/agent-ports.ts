import type { RunTarget } from '../kubernetes/kubeconfig/run-kubeconfig.ts';
import type { AgentMachine, EndConditions, Environment, RunFolder } from '../ports.ts';
import type { RenewalPorts } from './renewals.ts';

/** What an agent keeps fresh, and for how long. */
export interface AgentPlan extends EndConditions {
  /** An absolute path; `own` is a file in the agent's folder. */
  readonly tokenFile: string | 'own' | undefined;
  readonly kubeconfig: string | 'own' | undefined;
  /** The token is in the kubeconfig itself, for clients that do not read token files. */
  readonly embedsToken: boolean;
  /** The cluster of the kubeconfig, if there is one. */
  readonly target: RunTarget | undefined;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  /** Write the files once and exit. */
  readonly isOnce: boolean;
  /** Remove the token file at the end, even if it is not in the agent's folder. */
  readonly removesFiles: boolean;
}

/** What an agent needs from the runtime. */
export interface AgentPorts extends RenewalPorts {
  readonly version: string;
  readonly agent: AgentMachine;
  /** @throws DexchangeError file_not_written */
  createRunFolder(env: Environment): RunFolder;
  /** Calls a function when this process ends, except by SIGKILL. */
  atExit(clean: () => void): void;
  /** Replaces the text of a kubeconfig. @throws DexchangeError file_not_written, kubeconfig_* */
  updateFile(
    path: string,
    change: (old: string | undefined) => string,
    timeoutMs: number,
  ): Promise<void>;
}
