import type { Settings } from '../config/resolve.ts';
import {
  type ReadSettingFile,
  type Secrets,
  secretsOf,
  settingFileReader,
} from '../inputs/secrets.ts';
import { lazyNetwork } from '../usecases/obtain-credential.ts';
import type { LazyNetwork } from '../usecases/token-network.ts';
import type { CliRuntime } from './command-line.ts';

/** The files and secrets in the settings of a command. */
export interface BoundSecrets {
  readonly readFile: ReadSettingFile;
  readonly secrets: Secrets;
  /** Runs the commands that print secrets; close it after use. */
  readonly network: LazyNetwork;
}

/** Binds reading files and secrets to the settings of a command. */
export function boundSecrets(settings: Settings, runtime: CliRuntime): BoundSecrets {
  const readFile = settingFileReader(settings, runtime);
  const network = lazyNetwork(settings, readFile, runtime);
  const { runCommand } = network;
  return { readFile, network, secrets: secretsOf(settings, { ...runtime, readFile, runCommand }) };
}
