import { requireSetting } from '../../config/missing-setting.ts';
import type { Settings } from '../../config/resolve.ts';
import {
  type AccessRule,
  accessRules,
  names,
  type RuleSubject,
} from '../../kubernetes/access-rules.ts';
import type { Permission } from '../../kubernetes/cluster-value.ts';
import { namespaceName, objectName, subjectName } from '../../kubernetes/names.ts';
import type { ReadResult } from '../../kubernetes/read-cluster.ts';
import { quoteInput, sanitize } from '../../sanitize.ts';
import { shellWord } from '../../shell-word.ts';
import { listed } from '../../terminal/layout.ts';
import { asked, type Check, grantHint, type Part, type Read } from './discovery.ts';

/** The ServiceAccount of `--service-account` and `--namespace`. */
export interface Account {
  readonly name: string;
  readonly namespace: string;
}

/**
 * The ServiceAccount that the settings name; undefined if they name none.
 * @throws DexchangeError setting_missing without a namespace, setting_invalid
 */
export function accountOf(settings: Settings): Account | undefined {
  const name = settings.value('service-account');
  if (name === undefined) return undefined;
  return {
    name: objectName(name, '--service-account'),
    namespace: namespaceName(requireSetting(settings, 'namespace'), '--namespace'),
  };
}

/**
 * The users, groups and ServiceAccount that the settings name.
 * @throws DexchangeError setting_invalid
 */
export function ruleSubjects(
  settings: Settings,
  account: Account | undefined,
): readonly RuleSubject[] {
  const named = (kind: 'User' | 'Group', flag: 'user' | 'group'): readonly RuleSubject[] =>
    (settings.value(flag) ?? []).map((name) => ({ kind, name: subjectName(name, `--${flag}`) }));
  return [
    ...named('User', 'user'),
    ...named('Group', 'group'),
    ...(account === undefined ? [] : [{ kind: 'ServiceAccount', ...account } as const]),
  ];
}

/**
 * Which rules name each subject. A list that is forbidden makes it unknown whether there is one, unless
 * another list has one.
 * @param remember gets the permissions that are missing to know it
 */
export async function rulePart(
  subjects: readonly RuleSubject[],
  read: Read,
  remember: (permissions: readonly Permission[]) => void,
): Promise<Part> {
  if (subjects.length === 0) return { values: [], checks: [] };
  const lists: ReadResult<readonly AccessRule[]>[] = [];
  for (const wanted of accessRules) lists.push(await read(wanted));
  const all = lists.flatMap((list) => (list.found ? list.value : []));
  const denied = lists.flatMap((list) =>
    list.found || list.error.code !== 'api_forbidden' ? [] : [list],
  );
  const [denial] = denied;
  const checks = subjects.map((subject) => asked(ruleCheck(subject, all, denial?.error.message)));
  if (checks.some(({ state }) => state === 'unknown')) {
    for (const { forbidden } of denied) remember(forbidden);
  }
  return { values: [], checks };
}

function ruleCheck(
  subject: RuleSubject,
  all: readonly AccessRule[],
  whyUnknown: string | undefined,
): Check {
  const name = 'rules';
  const who = titleOf(subject);
  const naming = all.filter((rule) => names(rule, subject));
  // Deckhouse makes bindings from its own rules, which say it better.
  const rules = naming.some(({ isDerived }) => !isDerived)
    ? naming.filter(({ isDerived }) => !isDerived)
    : naming;
  if (rules.length > 0) {
    const titles = rules.map(({ title }) => sanitize(title, { maxChars: 200 }));
    return { name, state: 'ok', text: `${who} is named in ${listed(titles, 6)}` };
  }
  if (whyUnknown !== undefined) {
    return {
      name,
      state: 'unknown',
      text: `no rule that you may read names ${who}: ${whyUnknown}`,
      hint: grantHint,
    };
  }
  return { name, state: 'missing', text: `no rule names ${who}`, hint: createRule(subject) };
}

function titleOf({ kind, name, namespace }: RuleSubject): string {
  const text = quoteInput(name, 120);
  switch (kind) {
    case 'ServiceAccount':
      return `ServiceAccount ${namespace}/${text}`;
    default:
      return `${kind.toLowerCase()} ${text}`;
  }
}

function createRule({ kind, name, namespace }: RuleSubject): string {
  const word = shellWord(name);
  switch (kind) {
    case 'User':
      return `create one with the access level it needs: \`dexchange manifests token-exchange --user ${word} --access-level User | kubectl apply -f -\``;
    case 'Group':
      return `create one with the access level it needs: \`dexchange manifests token-exchange --group ${word} --access-level User | kubectl apply -f -\``;
    case 'ServiceAccount':
      return `create one with the access level it needs: \`dexchange manifests service-account -n ${namespace} --service-account ${word} --access-level User | kubectl apply -f -\``;
  }
}
