import { shellWord } from '../../shell-word.ts';
import type { AccessAnswer } from '../api-record.ts';

/** How an administrator grants access. */
export interface GrantTexts {
  readonly grantAccess: string;
  readonly grantMore: string;
}

/** Who needs which access. */
export interface GrantNeed {
  readonly email: string;
  /** The DexClient; undefined if the cluster may not be a Deckhouse cluster. */
  readonly client: { readonly name: string; readonly namespace: string } | undefined;
  /** What the user is not allowed to do; empty if that is everything. */
  readonly refused: readonly AccessAnswer[];
  /** The group of the job's project, and whether the API server knows that the user is in it. */
  readonly project:
    | { readonly claim: string; readonly group: string; readonly isMapped: boolean }
    | undefined;
}

/**
 * The command of a cluster administrator that grants access, and what to change in it if the job needs
 * more. It is for the group of the project, if the token has that: the user of a job is often the person
 * who started it, who would get the access everywhere.
 */
export function grantTexts(need: GrantNeed): GrantTexts {
  const { client, project } = need;
  const isForGroup = project?.isMapped === true;
  const subject = isForGroup ? project.group : need.email;
  const rule = ruleName(subject);
  const isReading = need.refused.every(({ verb }) => ['get', 'list', 'watch'].includes(verb));
  if (client === undefined) {
    const [role, more] = isReading ? ['view', 'edit'] : ['edit', 'admin'];
    const flag = isForGroup ? '--group' : '--user';
    return {
      grantAccess: `kubectl create clusterrolebinding ${rule} --clusterrole ${role} ${flag} ${shellWord(subject)}`,
      grantMore: `with another --clusterrole if the job needs more, such as ${more} or cluster-admin${otherSubject(need)}`,
    };
  }
  const name = shellWord(client.name);
  const namespace = shellWord(client.namespace);
  const [level, more] = isReading ? ['User', 'Editor'] : ['Editor', 'Admin'];
  return {
    grantAccess: isForGroup
      ? `dexchange manifests token-exchange --client-name ${name} --client-namespace ${namespace} --group ${shellWord(subject)} --access-level ${level} --rule-name ${rule} | d8 k apply -f -`
      : `dexchange manifests token-exchange --client-name ${name} --client-namespace ${namespace} --user ${shellWord(subject)} --access-level ${level} --rule-name ${rule} | d8 k apply -f -`,
    grantMore: `with another --access-level if the job needs more, such as ${more} or ClusterAdmin${otherSubject(need)}`,
  };
}

/** A rule of its own, because applying a rule of the same name would replace its subjects. */
function ruleName(subject: string): string {
  const slug = subject
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
    .slice(0, 50);
  return `ci-${slug}`.replace(/-+$/, '');
}

/** The other choice: the user instead of the group, or the group if Dex gets it from the token. */
function otherSubject({ email, client, project }: GrantNeed): string {
  if (project === undefined) return '';
  if (project.isMapped) {
    return `; that is for every job of ${project.group}: for this user alone, replace --group and --rule-name by --user ${shellWord(email)} --rule-name ${ruleName(email)}`;
  }
  if (client === undefined) return '';
  return `; this user gets it in every job: to grant it to the jobs of ${project.group} instead, map claim ${project.claim} to groups in the DexProvider, and use --group ${shellWord(project.group)} in place of --user`;
}
