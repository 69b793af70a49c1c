import type { TestProject } from 'vitest/node';
import { type Servers, startServers } from './cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    servers: Servers;
  }
}

/** Vitest's global set-up of the e2e project: starts all servers, returns their stop function. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { servers, stop } = await startServers();
  const versions = Object.entries(servers.versions).map(([name, version]) => `${name} ${version}`);
  process.stderr.write(`servers: ${versions.join(', ')}\n`);
  project.provide('servers', servers);
  return stop;
}
