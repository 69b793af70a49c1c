import { createServer } from 'node:net';

// Below the ranges that Linux, macOS and Windows use for outgoing connections, because a connection
// could take a port of those ranges before the server listens on it.
const lowest = 15_000;
const highest = 29_999;

const given = new Set<number>();

/**
 * Finds `count` free TCP ports on 127.0.0.1; never returns a port twice in a process. Rejects if it
 * finds none.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries += 1) {
    if (tries > 1_000) throw new Error('no free port found on 127.0.0.1');
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

/** Finds one free port, see `freePorts`. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no free port found on 127.0.0.1');
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}
