import { createServer } from 'node:net';

// Below the ranges from which Linux, macOS and Windows take the ports of outgoing connections:
// a port from there can be taken by any connection between its choice and its use.
const lowest = 15_000;
const highest = 29_999;

const given = new Set<number>();

/**
 * Gives `count` different TCP ports that nobody listened on just now, on 127.0.0.1; never the
 * same one twice in a process. Rejects when it finds none.
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

/** As `freePorts`, for one. */
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
