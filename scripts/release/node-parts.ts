/** What `process.versions` of a Node has: Node itself, its parts and some numbers of interfaces. */
export type NodeVersions = Readonly<Record<string, string | undefined>>;

/** A part of Node. */
export interface NodePart {
  readonly name: string;
  readonly version: string;
  readonly kind: 'library' | 'data';
  readonly purl: string;
  /** The name under which the National Vulnerability Database knows it. */
  readonly cpe: string | undefined;
}

/** Versions of interfaces, not of parts. */
const interfaces: ReadonlySet<string> = new Set(['node', 'modules', 'napi']);

const data: ReadonlySet<string> = new Set(['cldr', 'tz', 'unicode']);

/** Parts that are also npm packages, by their names in process.versions. */
const npmNames: Readonly<Record<string, string>> = {
  acorn: 'acorn',
  amaro: 'amaro',
  undici: 'undici',
};

/** Usual names of parts that process.versions abbreviates. */
const usualNames: Readonly<Record<string, string>> = { ares: 'c-ares', uv: 'libuv' };

/** Vendor and product in the names of the National Vulnerability Database. */
const cpeNames: Readonly<Record<string, string>> = {
  ares: 'c-ares:c-ares',
  nghttp2: 'nghttp2:nghttp2',
  openssl: 'openssl:openssl',
  sqlite: 'sqlite:sqlite',
  undici: 'nodejs:undici',
  uv: 'libuv:libuv',
};

/** The parts of a Node with their versions; a part that this Node does not have is left out. */
export function nodeParts(versions: NodeVersions): readonly NodePart[] {
  return Object.entries(versions).flatMap(([key, version]) => {
    if (!version || interfaces.has(key)) return [];
    const name = usualNames[key] ?? key;
    const npm = npmNames[key];
    const cpe = cpeNames[key];
    return {
      name,
      version,
      kind: data.has(key) ? ('data' as const) : ('library' as const),
      purl: npm === undefined ? genericPurl(name, version) : `pkg:npm/${npm}@${encoded(version)}`,
      cpe: cpe === undefined ? undefined : cpeOf(cpe, version),
    };
  });
}

/** The name of a package that no registry has (https://github.com/package-url/purl-spec). */
export function genericPurl(name: string, version: string): string {
  return `pkg:generic/${name}@${encoded(version)}`;
}

/** The name of a release in the National Vulnerability Database. */
export function cpeOf(product: string, version: string): string {
  return `cpe:2.3:a:${product}:${version}:*:*:*:*:*:*:*`;
}

function encoded(version: string): string {
  return encodeURIComponent(version);
}
