import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { SiteFolders } from './folders.ts';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** A running server of a site. */
export interface SiteServer {
  readonly url: string;
  readonly close: () => void;
}

/**
 * Serves a built site to this machine, as any server of files would. Port 0 means any free one.
 * Throws if the port is not free.
 */
export async function serveSite(
  { out, base }: Pick<SiteFolders, 'out' | 'base'>,
  port: number,
): Promise<SiteServer> {
  const server = createServer(async (request, response) => {
    const file = fileOf(request.url ?? '/', base);
    const content = file && (await readFile(join(out, file)).catch(() => undefined));
    const type = content === undefined ? types['.html'] : types[extname(file ?? '')];
    response.writeHead(content === undefined ? 404 : 200, {
      'content-type': type ?? 'text/plain; charset=utf-8',
    });
    response.end(content ?? (await readFile(join(out, '404.html'))));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const { port: used } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${used}${base}`, close: () => server.close() };
}

/** The file below the site that an address means; undefined if it is outside or malformed. */
function fileOf(address: string, base: string): string | undefined {
  try {
    const path = decodeURIComponent(new URL(address, 'http://localhost').pathname);
    if (!path.startsWith(base) || path.split(/[/\\]/).includes('..')) return undefined;
    return path.slice(base.length).replace(/(^|\/)$/, '$1index.html');
  } catch {
    return undefined;
  }
}
