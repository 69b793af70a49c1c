import { asDexchangeError, DexchangeError } from '../errors.ts';
import { mergeKubeconfig } from '../kubernetes/kubeconfig/merge.ts';
import {
  type RunTarget,
  type RunUser,
  runEntries,
  runKubeconfig,
} from '../kubernetes/kubeconfig/run-kubeconfig.ts';
import type { RunFolder } from '../ports.ts';
import { quoteId, quotePath } from '../sanitize.ts';
import type { Credential } from '../usecases/get-token.ts';
import type { AgentPlan, AgentPorts } from './agent-ports.ts';

/** The files that an agent keeps fresh. */
export interface AgentFiles {
  /** The absolute paths. */
  readonly paths: {
    readonly tokenFile: string | undefined;
    readonly kubeconfig: string | undefined;
  };
  /** @throws DexchangeError file_not_written, kubeconfig_* */
  write(credential: Credential): Promise<void>;
  /** Removes the token file. A kubeconfig stays, because it can contain other entries. */
  remove(): void;
}

/**
 * Creates the token file and the kubeconfig of an agent. A kubeconfig that the user names gets entries
 * for the cluster, and keeps all others.
 * @param timeoutMs the deadline of one write
 */
export function agentFiles(
  plan: AgentPlan,
  folder: RunFolder,
  timeoutMs: number,
  { agent, updateFile }: Pick<AgentPorts, 'agent' | 'updateFile'>,
): AgentFiles {
  const inFolder = (name: string, path: string | undefined): string | undefined =>
    path === 'own' ? folder.pathOf(name) : path;
  const tokenFile = inFolder('token', plan.tokenFile);
  const kubeconfig = inFolder('kubeconfig', plan.kubeconfig);
  let isKubeconfigWritten = false;
  return {
    paths: { tokenFile, kubeconfig },
    async write({ token }) {
      if (plan.tokenFile === 'own') folder.write('token', token.reveal());
      else if (tokenFile !== undefined) agent.writeTokenFile(tokenFile, token);
      const { target } = plan;
      if (kubeconfig === undefined || target === undefined) return;
      // A kubeconfig that refers to the token file does not change.
      if (isKubeconfigWritten && !plan.embedsToken) return;
      const user = plan.embedsToken ? { token: token.reveal() } : { tokenFile: tokenFile ?? '' };
      if (plan.kubeconfig === 'own') folder.write('kubeconfig', runKubeconfig(target, user));
      else {
        await updateFile(kubeconfig, (old) => merged(old, target, user, kubeconfig), timeoutMs);
      }
      isKubeconfigWritten = true;
    },
    remove() {
      if (tokenFile !== undefined) agent.removeFile(tokenFile);
    },
  };
}

/**
 * Merges the entries of an agent into a kubeconfig. The context has the original name. If the file already
 * has that context, which must keep its user, the context has the name of the cluster.
 */
function merged(old: string | undefined, target: RunTarget, user: RunUser, path: string): string {
  const options = { name: quotePath(path), force: false, keepCurrentContext: true };
  for (const context of [target.context, target.cluster.name]) {
    try {
      return mergeKubeconfig(old, runEntries({ ...target, context }, user), options);
    } catch (thrown) {
      if (asDexchangeError(thrown).code !== 'kubeconfig_conflict') throw thrown;
    }
  }
  throw new DexchangeError(
    'kubeconfig_conflict',
    `${quotePath(path)} already has entries of another kind for ${quoteId(target.cluster.name, 80)} or user dexchange`,
    { hint: 'set --write-to to a new file' },
  );
}
