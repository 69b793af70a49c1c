import type { AmbientSystem } from './ambient-system.ts';
import { azurePipelines } from './azure-pipelines.ts';
import { buildkite } from './buildkite.ts';
import { github } from './github.ts';
import { google } from './google.ts';
import { kubernetes } from './kubernetes.ts';
import { variableSystems } from './variable-systems.ts';

/** All CI systems and platforms that issue identity tokens, in the order of detection. */
export const ambientSystems: readonly AmbientSystem[] = [
  github,
  ...variableSystems,
  buildkite,
  azurePipelines,
  google,
  kubernetes,
];
