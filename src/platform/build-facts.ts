import type { BuildFacts } from '../ports.ts';

declare const DEXCHANGE_BUILD: { readonly commit: string | null; readonly target: string };

/** What the build defines, and the Node that runs; the sources have neither commit nor target. */
export function buildFacts(): BuildFacts {
  const { commit, target } =
    typeof DEXCHANGE_BUILD === 'object' ? DEXCHANGE_BUILD : { commit: null, target: null };
  return { commit, target, node: process.versions.node };
}
