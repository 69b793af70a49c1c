import { isWrittenInFront } from '../../kubernetes/client/foreign-body.ts';
import { shellWord } from '../../shell-word.ts';
import type { Evidence } from '../evidence.ts';
import type { Cause, Likelihood } from './rule.ts';

/** A cause that another server answered, not kube-apiserver. */
export function foreignServer({ api }: Evidence): Likelihood | undefined {
  return api?.foreign === undefined ? undefined : 'certain';
}

/** Whether a denial (401, 403) is not from kube-apiserver but from something in front of it. */
export function isDeniedInFront({ api }: Evidence): boolean {
  return isWrittenInFront(api?.foreign);
}

/** The cause that the request never reached kube-apiserver. */
export const deniedInFront: Cause = {
  id: 'in-front',
  when: (evidence) => (isDeniedInFront(evidence) ? 'certain' : undefined),
  cause: ({ deniedBy }) => deniedBy,
  check: ({ server }) =>
    `\`curl -q -sSi ${shellWord(`${server}/version`)}\` shows in the header Server who answers`,
  fix: ({ correctServer }) =>
    `allow this machine in the ingress, gateway or firewall in front of the API (such as an allow-list of addresses, or a login); if the URL is wrong, ${correctServer}`,
};
