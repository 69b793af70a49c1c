import type { AmbientSystem } from './ambient-system.ts';
import { ambientVariables } from './ambient-variables.ts';
import { azurePipelines } from './azure-pipelines.ts';
import { buildkite } from './buildkite.ts';
import { github } from './github.ts';
import { google } from './google.ts';
import { kubernetes } from './kubernetes.ts';

/** Every system that can say who its job is. */
export const ambientSystems: readonly AmbientSystem[] = [
  github,
  ...ambientVariables,
  buildkite,
  azurePipelines,
  google,
  kubernetes,
];
