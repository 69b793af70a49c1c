import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import { createServer } from 'node:https';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';
import { listen } from './http-server.ts';

/** A server's certificate and the CA of a kubeconfig, and whether kubectl trusts the server. */
export interface TlsCase {
  readonly name: string;
  readonly expected: 'trusted' | 'refused';
  /** Why dexchange refuses a server that kubectl trusts. */
  readonly differs?: string;
  readonly tlsServerName?: string;
  /** The host in the URL; default 127.0.0.1. */
  readonly host?: 'localhost';
  readonly make: () => Promise<MadeCase>;
}

interface MadeCase {
  /** The certificates that the server sends, from the leaf. */
  readonly chain: readonly string[];
  readonly keyPem: string;
  readonly authorityPem: string;
}

/** A server of a case that answers whoami and kubectl. */
export interface TlsCaseServer {
  readonly url: string;
  readonly authorityPem: string;
  readonly close: () => Promise<void>;
}

/** Starts the server of a case. */
export async function startTlsCase(given: TlsCase): Promise<TlsCaseServer> {
  const { chain, keyPem, authorityPem } = await given.make();
  const review = JSON.stringify({ status: { userInfo: { username: 'jane', groups: [] } } });
  const server = createServer(
    // Level 0, because OpenSSL would not even load the weak certificates of some cases.
    { cert: chain.join(''), key: keyPem, ciphers: 'DEFAULT@SECLEVEL=0' },
    (request, response) => {
      response.writeHead(request.method === 'POST' ? 201 : 200, {
        'content-type': 'application/json',
      });
      response.end(request.method === 'POST' ? review : '{}');
    },
  );
  server.on('tlsClientError', () => undefined);
  const port = await listen(server, '127.0.0.1', 0);
  return {
    url: `https://${given.host ?? '127.0.0.1'}:${port}`,
    authorityPem,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Algorithm =
  | webcrypto.RsaHashedKeyGenParams
  | webcrypto.EcKeyGenParams
  | { readonly name: 'Ed25519' };

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const rsa = (modulusLength: number): webcrypto.RsaHashedKeyGenParams => ({
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength,
});

interface Request {
  readonly commonName: string;
  readonly ca?: boolean;
  readonly hosts?: readonly string[];
  /** The signer; default: itself. */
  readonly issuer?: Issued;
  readonly algorithm?: Algorithm;
  readonly hash?: 'SHA-1' | 'SHA-256';
  /** Days from now; default -1 and 30. */
  readonly from?: number;
  readonly to?: number;
  readonly usage?: x509.ExtendedKeyUsage;
  /** Permits only this domain (RFC 5280, 4.2.1.10). */
  readonly permitted?: string;
}

interface Issued {
  readonly pem: string;
  readonly keyPem: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly name: x509.Name;
  readonly algorithm: Algorithm;
}

const dayMs = 86_400_000;
let serial = 1;

async function issue(request: Request): Promise<Issued> {
  const { commonName, ca = false, hosts = [], hash = 'SHA-256', from = -1, to = 30 } = request;
  const algorithm = request.algorithm ?? ecdsa;
  const keys = (await crypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const name = new x509.Name([{ CN: [{ utf8String: commonName }] }]);
  const issuer = request.issuer ?? { name, keys, algorithm };
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(ca, undefined, true),
    new x509.KeyUsagesExtension(
      ca ? x509.KeyUsageFlags.keyCertSign : x509.KeyUsageFlags.digitalSignature,
      true,
    ),
    await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
  ];
  if (!ca) {
    const usage = request.usage ?? x509.ExtendedKeyUsage.serverAuth;
    extensions.push(new x509.ExtendedKeyUsageExtension([usage]));
  }
  if (hosts.length > 0) {
    const names = hosts.map((host) => ({
      type: isIP(host) === 0 ? ('dns' as const) : ('ip' as const),
      value: host,
    }));
    extensions.push(new x509.SubjectAlternativeNameExtension(names));
  }
  if (request.permitted !== undefined) {
    extensions.push(new x509.Extension('2.5.29.30', true, nameConstraints(request.permitted)));
  }
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: (0x1000 + serial++).toString(16),
    subject: name,
    issuer: issuer.name,
    notBefore: new Date(Math.floor((Date.now() + from * dayMs) / 1000) * 1000),
    notAfter: new Date(Math.floor((Date.now() + to * dayMs) / 1000) * 1000),
    publicKey: keys.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: { ...issuer.algorithm, hash } as webcrypto.EcdsaParams,
    extensions,
  });
  const der = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  const keyPem = `${x509.PemConverter.encode(der, x509.PemConverter.PrivateKeyTag).trimEnd()}\n`;
  return { pem: `${certificate.toString('pem').trimEnd()}\n`, keyPem, keys, name, algorithm };
}

/** DER of `permittedSubtrees` with one dNSName. */
function nameConstraints(domain: string): Uint8Array<ArrayBuffer> {
  const wrap = (tag: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([tag, content.length]), content]);
  const base = wrap(0x82, Buffer.from(domain));
  return new Uint8Array(wrap(0x30, wrap(0xa0, wrap(0x30, base))));
}

const hosts = ['127.0.0.1', 'localhost', 'api.example'];
const root = (more: Partial<Request> = {}) =>
  issue({ commonName: `root ${serial}`, ca: true, ...more });
const intermediate = (issuer: Issued, more: Partial<Request> = {}) =>
  issue({ commonName: `intermediate ${serial}`, ca: true, issuer, ...more });
const leaf = (more: Partial<Request> = {}) => issue({ commonName: 'api.example', hosts, ...more });

/** A case whose server has a leaf of a root that the kubeconfig contains. */
async function simple(leafOptions: Partial<Request>, rootOptions: Partial<Request> = {}) {
  const issuer = await root(rootOptions);
  const { pem, keyPem } = await leaf({ issuer, ...leafOptions });
  return { chain: [pem], keyPem, authorityPem: issuer.pem };
}

/** A case with an intermediate CA; `parts` selects what the server sends and what is trusted. */
async function threeLevels(
  parts: (certificates: { root: Issued; middle: Issued; end: Issued }) => {
    chain: readonly Issued[];
    authorities: readonly Issued[];
  },
  middleOptions: Partial<Request> = {},
): Promise<MadeCase> {
  const top = await root();
  const middle = await intermediate(top, middleOptions);
  const end = await leaf({ issuer: middle });
  const { chain, authorities } = parts({ root: top, middle, end });
  return {
    chain: chain.map(({ pem }) => pem),
    keyPem: end.keyPem,
    authorityPem: authorities.map(({ pem }) => pem).join(''),
  };
}

async function selfSigned(options: Partial<Request> = {}): Promise<MadeCase> {
  const { pem, keyPem } = await leaf(options);
  return { chain: [pem], keyPem, authorityPem: pem };
}

const brokenBlock = '-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n';

async function withBundle(change: (pem: string) => string): Promise<MadeCase> {
  const made = await simple({});
  return { ...made, authorityPem: change(made.authorityPem) };
}

/** Cases for comparing dexchange with kubectl. */
export const tlsCases: readonly TlsCase[] = [
  { name: 'a root', expected: 'trusted', make: () => simple({}) },
  {
    name: 'an intermediate CA alone, and a server that sends only its leaf',
    expected: 'trusted',
    make: () => threeLevels(({ middle, end }) => ({ chain: [end], authorities: [middle] })),
  },
  {
    name: 'an intermediate CA alone, and a server that sends the whole chain',
    expected: 'trusted',
    make: () =>
      threeLevels(({ root: top, middle, end }) => ({
        chain: [end, middle, top],
        authorities: [middle],
      })),
  },
  {
    name: 'a root and a server that sends the intermediate CA',
    expected: 'trusted',
    make: () =>
      threeLevels(({ root: top, middle, end }) => ({ chain: [end, middle], authorities: [top] })),
  },
  {
    name: 'a root and a server that does not send the intermediate CA',
    expected: 'refused',
    make: () => threeLevels(({ root: top, end }) => ({ chain: [end], authorities: [top] })),
  },
  {
    name: 'several CAs',
    expected: 'trusted',
    make: async () => {
      const other = await root();
      return threeLevels(({ middle, end }) => ({ chain: [end], authorities: [other, middle] }));
    },
  },
  {
    name: 'another CA',
    expected: 'refused',
    make: async () => ({ ...(await simple({})), authorityPem: (await root()).pem }),
  },
  {
    name: 'an expired intermediate CA from the server',
    expected: 'refused',
    make: () =>
      threeLevels(({ root: top, middle, end }) => ({ chain: [end, middle], authorities: [top] }), {
        from: -9,
        to: -2,
      }),
  },
  {
    name: 'an expired intermediate CA in the kubeconfig',
    expected: 'refused',
    make: () =>
      threeLevels(({ middle, end }) => ({ chain: [end], authorities: [middle] }), {
        from: -9,
        to: -2,
      }),
  },
  {
    name: 'the leaf itself as CA',
    expected: 'trusted',
    make: () => threeLevels(({ end }) => ({ chain: [end], authorities: [end] })),
  },
  { name: 'a self-signed leaf', expected: 'trusted', make: () => selfSigned() },
  {
    name: 'an expired self-signed leaf',
    expected: 'refused',
    make: () => selfSigned({ from: -9, to: -2 }),
  },
  { name: 'an expired leaf', expected: 'refused', make: () => simple({ from: -9, to: -2 }) },
  { name: 'a leaf of tomorrow', expected: 'refused', make: () => simple({ from: 1 }) },
  { name: 'another name', expected: 'refused', make: () => simple({ hosts: ['other.example'] }) },
  {
    name: 'another name, and tls-server-name',
    expected: 'trusted',
    tlsServerName: 'other.example',
    make: () => simple({ hosts: ['other.example'] }),
  },
  {
    name: 'tls-server-name that is not in the certificate',
    expected: 'refused',
    tlsServerName: 'missing.example',
    make: () => simple({}),
  },
  { name: 'an address', expected: 'trusted', make: () => simple({ hosts: ['127.0.0.1'] }) },
  {
    name: 'an address as a DNS name',
    expected: 'refused',
    make: () => simple({ hosts: ['localhost'] }),
  },
  {
    name: 'a common name alone',
    expected: 'refused',
    host: 'localhost',
    make: () => simple({ commonName: 'localhost', hosts: [] }),
  },
  {
    name: 'a common name with an address',
    expected: 'refused',
    host: 'localhost',
    make: () => simple({ commonName: 'localhost', hosts: ['127.0.0.1'] }),
  },
  {
    name: 'a wildcard',
    expected: 'trusted',
    tlsServerName: 'api.example.com',
    make: () => simple({ hosts: ['*.example.com'] }),
  },
  {
    name: 'a wildcard for two labels',
    expected: 'refused',
    tlsServerName: 'a.b.example.com',
    make: () => simple({ hosts: ['*.example.com'] }),
  },
  {
    name: 'a certificate for clients',
    expected: 'refused',
    make: () => simple({ usage: x509.ExtendedKeyUsage.clientAuth }),
  },
  {
    name: 'name constraints that permit another domain',
    expected: 'refused',
    tlsServerName: 'api.example',
    make: () => simple({ hosts: ['api.example'] }, { permitted: 'other.example' }),
  },
  {
    name: 'name constraints that permit the domain',
    expected: 'trusted',
    tlsServerName: 'api.example',
    make: () => simple({ hosts: ['api.example'] }, { permitted: 'example' }),
  },
  { name: 'a signature by SHA-1', expected: 'refused', make: () => simple({ hash: 'SHA-1' }) },
  { name: 'RSA of 2048 bits', expected: 'trusted', make: () => simple({ algorithm: rsa(2048) }) },
  {
    name: 'RSA of 1024 bits',
    expected: 'trusted',
    differs: 'OpenSSL refuses keys with less than 112 bits of security',
    make: () => simple({ algorithm: rsa(1024) }),
  },
  {
    name: 'Ed25519',
    expected: 'trusted',
    make: () => simple({ algorithm: { name: 'Ed25519' } }),
  },
  {
    name: 'text and a broken certificate in the CA bundle',
    expected: 'trusted',
    make: () => withBundle((pem) => `# our CA\n${brokenBlock}text\n${pem}\nmore text`),
  },
  {
    name: 'a truncated certificate at the end of the CA bundle',
    expected: 'trusted',
    make: () => withBundle((pem) => `${pem}${pem.slice(0, 200)}`),
  },
  {
    name: 'nothing but a broken certificate in the CA bundle',
    expected: 'refused',
    make: () => withBundle(() => brokenBlock),
  },
  {
    name: 'CRLF in the CA bundle',
    expected: 'trusted',
    make: () => withBundle((pem) => pem.replaceAll('\n', '\r\n')),
  },
];
