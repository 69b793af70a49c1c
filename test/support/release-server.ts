import { execFileSync } from 'node:child_process';
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { freshFolder } from './dexchange.ts';
import { type RunningServer, type ServerBehaviour, startHttpServer } from './http-server.ts';

/** A server of release files, as a package registry or a web server is one. */
export interface ReleaseServer extends RunningServer {
  /** The folder of the releases; `{version}` stands for the version. */
  readonly url: string;
  /** The files by their path, such as `/0.1.0/checksums.txt`; a test may change them. */
  readonly files: Map<string, Buffer>;
  readonly behaviour: ServerBehaviour;
}

/** Starts a server on a loopback address that answers 404 for what is not among its files. */
export async function startReleaseServer(): Promise<ReleaseServer> {
  const files = new Map<string, Buffer>();
  const behaviour: ServerBehaviour = {};
  const server = await startHttpServer({}, behaviour, ({ path }) => {
    const body = files.get(path);
    return body === undefined ? { status: 404, body: 'not found' } : { status: 200, body };
  });
  return { ...server, url: `${server.origin}/{version}`, files, behaviour };
}

export function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A .tar.gz with executable files: what they contain, by path. */
export function archiveOf(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const folder = freshFolder('dexchange-archive-');
  try {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, 'in', path)), { recursive: true });
      writeFileSync(join(folder.path, 'in', path), content, { mode: 0o755 });
    }
    const file = join(folder.path, 'out.tar');
    execFileSync('tar', ['-cf', file, '-C', join(folder.path, 'in'), '.']);
    // Not compressed, because that would take seconds for the binary.
    return gzipSync(readFileSync(file), { level: 0 });
  } finally {
    folder.remove();
  }
}

/** A key as minisign makes them. */
export interface ReleaseKey {
  readonly id: Buffer;
  readonly privateKey: KeyObject;
  /** What `minisign -P` takes. */
  readonly publicKey: string;
}

export function releaseKey(): ReleaseKey {
  const { privateKey: pem } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const privateKey = createPrivateKey(pem);
  const { x = '' } = privateKey.export({ format: 'jwk' });
  const id = randomBytes(8);
  const publicKey = Buffer.concat([Buffer.from('Ed'), id, Buffer.from(x, 'base64url')]);
  return { id, privateKey, publicKey: publicKey.toString('base64') };
}

/** A signature in the format of minisign (https://jedisct1.github.io/minisign/#signature-format). */
export function minisignature(content: Buffer | string, { id, privateKey }: ReleaseKey): string {
  const hash = createHash('blake2b512').update(content).digest();
  const signature = sign(null, hash, privateKey);
  const comment = 'file:checksums.txt';
  const global = sign(null, Buffer.concat([signature, Buffer.from(comment)]), privateKey);
  return [
    'untrusted comment: signature',
    Buffer.concat([Buffer.from('ED'), id, signature]).toString('base64'),
    `trusted comment: ${comment}`,
    global.toString('base64'),
    '',
  ].join('\n');
}

/** The content of checksums.txt for some files, as sha256sum prints it. */
export function checksumsOf(files: ReadonlyMap<string, Buffer>): string {
  return [...files].map(([name, content]) => `${sha256(content)}  ${name}\n`).join('');
}

/** The version in package.json. */
export const currentVersion: string = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
).version;
