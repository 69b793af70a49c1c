import { connect, createServer, type Socket } from 'node:net';
import { listen } from './http-server.ts';

/** How a SOCKS proxy behaves; may be changed while it runs. */
export interface SocksBehaviour {
  /** Requires these credentials (RFC 1929). */
  login?: { readonly username: string; readonly password: string } | undefined;
  /** Answers a connection with this reply (RFC 1928, section 6) instead of opening it. */
  reply?: number | undefined;
  /** Stops responding after the greeting. */
  hang?: boolean;
}

export interface SocksProxy {
  /** `127.0.0.1:1080`. */
  readonly address: string;
  /** The targets of all connections: `host:port`; a name is not resolved by the client. */
  readonly targets: string[];
  readonly behaviour: SocksBehaviour;
  readonly close: () => Promise<void>;
}

/** Starts a SOCKS5 proxy on a loopback address that connects every target to 127.0.0.1. */
export async function startSocksProxy(behaviour: SocksBehaviour = {}): Promise<SocksProxy> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    serve(client).catch(() => client.destroy());
  });

  async function serve(client: Socket): Promise<void> {
    const [, count = 0] = await take(client, 2);
    const methods = await take(client, count);
    const method = behaviour.login === undefined ? 0 : 2;
    if (!methods.includes(method)) {
      client.end(Buffer.from([5, 0xff]));
      return;
    }
    client.write(Buffer.from([5, method]));
    if (behaviour.hang) return;
    if (behaviour.login !== undefined && !(await isAllowed(client))) return;
    const [, , , type] = await take(client, 4);
    const host = await takeHost(client, type ?? 0);
    const port = (await take(client, 2)).readUInt16BE();
    targets.push(`${host}:${port}`);
    if (behaviour.reply !== undefined) {
      client.end(Buffer.from([5, behaviour.reply, 0, 1, 0, 0, 0, 0, 0, 0]));
      return;
    }
    const target = connect(port, '127.0.0.1', () => {
      client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
      client.pipe(target).pipe(client);
    });
    sockets.add(target);
    target.on('error', () => client.destroy());
  }

  async function isAllowed(client: Socket): Promise<boolean> {
    const [, nameLength = 0] = await take(client, 2);
    const username = (await take(client, nameLength)).toString();
    const [passwordLength = 0] = await take(client, 1);
    const password = (await take(client, passwordLength)).toString();
    const { login } = behaviour;
    const allowed = username === login?.username && password === login.password;
    client.write(Buffer.from([1, allowed ? 0 : 1]));
    return allowed;
  }

  const port = await listen(server, '127.0.0.1', 0);
  return {
    address: `127.0.0.1:${port}`,
    targets,
    behaviour,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function takeHost(client: Socket, type: number): Promise<string> {
  if (type === 1) return [...(await take(client, 4))].join('.');
  if (type === 4) return (await take(client, 16)).toString('hex');
  const [length = 0] = await take(client, 1);
  return (await take(client, length)).toString();
}

/** Reads exactly `count` bytes. */
async function take(socket: Socket, count: number): Promise<Buffer> {
  if (count === 0) return Buffer.alloc(0);
  for (;;) {
    const chunk = socket.read(count) as Buffer | null;
    if (chunk !== null) return chunk;
    await new Promise((resolve, reject) => {
      socket.once('readable', resolve);
      socket.once('close', reject);
    });
  }
}
