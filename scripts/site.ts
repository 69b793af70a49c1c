import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSite, installSiteTools } from './site/build-site.ts';
import { serveSite } from './site/serve-site.ts';

// Builds the documentation as a static site into dist/site. With --serve, it then serves the site to
// this machine until Ctrl-C, on --port. --base /PATH/ is for a site below a path of its server.

const root = resolve(import.meta.dirname, '..');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      base: { type: 'string', default: '/' },
      serve: { type: 'boolean', default: false },
      port: { type: 'string', default: '4173' },
    },
  });
  if (!/^\/(?:.*\/)?$/.test(values.base)) {
    throw new Error('--base needs a slash at both ends, such as /dexchange/');
  }
  const folders = {
    root,
    pages: join(root, 'dist/site-pages'),
    out: join(root, 'dist/site'),
    base: values.base,
  };
  installSiteTools();
  buildSite(folders);
  if (!values.serve) return;
  const { url } = await serveSite(folders, Number(values.port));
  console.log(`the site is at ${url} until you press Ctrl-C`);
}

try {
  await main();
} catch (error) {
  console.error(`site: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
