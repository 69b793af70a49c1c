import type { NodeVersions } from './node-parts.ts';
import { runTool } from './run-tool.ts';

/** Asks a Node program for the versions of its parts. */
export async function nodeVersions(node: string): Promise<NodeVersions> {
  const text = await runTool(node, ['-p', 'JSON.stringify(process.versions)']);
  return JSON.parse(text) as NodeVersions;
}
