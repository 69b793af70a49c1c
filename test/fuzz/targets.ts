import type { Target } from './target.ts';
import { commandLineTargets } from './targets/command-line.ts';
import { peerTargets } from './targets/peers.ts';
import { surroundingsTargets } from './targets/surroundings.ts';

/** Everything that `npm run fuzz` varies. A new target is added to this list. */
export const targets: readonly Target[] = [
  ...commandLineTargets,
  ...surroundingsTargets,
  ...peerTargets,
];
