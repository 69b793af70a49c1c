import { shellWord } from '../../shell-word.ts';
import type { AccessAnswer } from '../api-record.ts';

/** How an administrator grants access. */
export interface GrantTexts {
  readonly grantAccess: string;
  readonly grantMore: string;
}

/**
 * The command of a cluster administrator that grants a user access, and what to change in it if the job
 * needs more. Without a DexClient, the cluster may not be a Deckhouse cluster.
 * @param refused what the user is not allowed to do; empty if that is everything
 */
export function grantTexts(
  email: string,
  clientName: string | undefined,
  clientNamespace: string | undefined,
  refused: readonly AccessAnswer[],
): GrantTexts {
  const user = shellWord(email);
  const slug = email
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
    .slice(0, 50);
  // A rule of its own, because applying a rule of the same name would replace its subjects.
  const rule = `ci-${slug}`.replace(/-+$/, '');
  const isReading = refused.every(({ verb }) => ['get', 'list', 'watch'].includes(verb));
  if (clientName === undefined || clientNamespace === undefined) {
    const [role, more] = isReading ? ['view', 'edit'] : ['edit', 'admin'];
    return {
      grantAccess: `kubectl create clusterrolebinding ${rule} --clusterrole ${role} --user ${user}`,
      grantMore: `with another --clusterrole if the job needs more, such as ${more} or cluster-admin`,
    };
  }
  const [level, more] = isReading ? ['User', 'Editor'] : ['Editor', 'Admin'];
  return {
    grantAccess: `dexchange manifests token-exchange --client-name ${shellWord(clientName)} --client-namespace ${shellWord(clientNamespace)} --user ${user} --access-level ${level} --rule-name ${rule} | d8 k apply -f -`,
    grantMore: `with another --access-level if the job needs more, such as ${more} or ClusterAdmin`,
  };
}
