import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const src = resolve(import.meta.dirname, '../../src');

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .map((file) => file.replaceAll('\\', '/'));

const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(join(src, from), 'utf8');
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm,
  );
  return [...statements].map(([, type, fixed, dynamic]) => {
    const target = fixed ?? dynamic ?? '';
    const to = target.startsWith('.')
      ? relative(src, resolve(join(src, dirname(from)), target)).replaceAll('\\', '/')
      : target;
    return { from, to, typeOnly: type !== undefined };
  });
});

/** The layer a file belongs to: its folder, or `root` for the files that all may use. */
function layer(file: string): string {
  if (file === 'main.ts' || file.startsWith('compose/')) return 'composition root';
  return file.includes('/') ? (file.split('/')[0] ?? '') : 'root';
}

const ground = ['root', 'http'];
const siblings = ['identity', 'oauth', 'cache', 'kubernetes', 'config'];

// What each layer may import from; types may also come from where the right column says.
const allowed: Readonly<Record<string, readonly string[]>> = {
  root: ['root', 'http'],
  http: ['http', 'root'],
  identity: ['identity', ...ground],
  oauth: ['oauth', ...ground],
  cache: ['cache', ...ground],
  kubernetes: ['kubernetes', ...ground],
  config: ['config', ...ground],
  inputs: ['inputs', ...siblings, ...ground],
  usecases: ['usecases', 'inputs', ...siblings, ...ground],
  // Beside the use cases: it observes a run and judges what it saw.
  explain: ['explain', 'usecases', 'inputs', ...siblings, ...ground],
  cli: ['cli', 'explain', 'usecases', 'inputs', ...siblings, ...ground],
  platform: ['platform', ...ground],
  'composition root': [
    ...['composition root', 'cli', 'explain', 'usecases', 'inputs', 'platform'],
    ...siblings,
    ...ground,
  ],
};

/** The shapes that the platform fills in are declared by those who need them. */
const allowedTypes: Readonly<Record<string, readonly string[]>> = {
  platform: ['cache', 'oauth', 'kubernetes', 'usecases'],
  'composition root': ['config', 'kubernetes'],
};

test('every source file is known to the test', () => {
  expect(files.length).toBeGreaterThan(40);
  expect(imports.length).toBeGreaterThan(100);
  expect([...new Set(files.map(layer))].sort()).toEqual(Object.keys(allowed).sort());
});

test('arrows point one way', () => {
  const wrong = imports.filter(({ from, to, typeOnly }) => {
    if (!to.endsWith('.ts')) return false;
    if (allowed[layer(from)]?.includes(layer(to))) return false;
    return !(typeOnly && allowedTypes[layer(from)]?.includes(layer(to)));
  });
  expect(wrong).toEqual([]);
});

test('only main and platform touch the outside', () => {
  // Pure parts of the runtime: no clock, no process, no files, no network.
  const pure = new Set(['node:crypto', 'node:path', 'node:util']);
  const offenders = imports.filter(
    ({ from, to }) =>
      to.startsWith('node:') &&
      !pure.has(to) &&
      !['composition root', 'platform'].includes(layer(from)),
  );
  expect(offenders).toEqual([]);

  const globals =
    /\b(?:process|console|performance|setTimeout|setInterval|fetch)\b\s*[.(]|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\(\)/;
  const users = files.filter((file) => {
    if (['composition root', 'platform'].includes(layer(file))) return false;
    const code = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    return globals.test(code);
  });
  expect(users).toEqual([]);
});

test('third-party packages are known to the layer that wraps them', () => {
  const owners: Readonly<Record<string, string>> = {
    undici: 'platform',
    'proper-lockfile': 'platform',
    'env-paths': 'platform',
    jose: 'oauth',
    yaml: 'kubernetes',
  };
  const packages = imports.filter(({ to }) => !to.endsWith('.ts') && !to.startsWith('node:'));
  const strangers = packages.filter(
    ({ from, to }) => owners[to.split('/')[0] ?? ''] !== layer(from),
  );
  expect(strangers.filter(({ to }) => !to.startsWith('undici/'))).toEqual([]);
  expect(new Set(packages.map(({ to }) => to.split('/')[0]))).toEqual(new Set(Object.keys(owners)));
});

// Three, since a miss must not wait for what only commands need that people run, nor a token of a
// ServiceAccount for what an exchange needs.
test('what a cache hit does not need sits behind three dynamic imports of main', () => {
  const text = (file: string) => readFileSync(join(src, file), 'utf8');
  const dynamic = files.filter((file) => /\bimport\('\.[^']*'\)/.test(text(file)));
  expect(dynamic).toEqual(['main.ts']);
  expect(text('main.ts').match(/\bimport\('\.[^']*'\)/g)).toEqual([
    "import('./compose/network.ts')",
    "import('./compose/commands.ts')",
    "import('./compose/kubernetes.ts')",
  ]);

  const lazy = ['compose/network.ts', 'compose/commands.ts', 'compose/kubernetes.ts'];
  const reachedFrom = (entry: string): string[] => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const { from, to, typeOnly } of imports) {
        if (from === file && to.endsWith('.ts') && !typeOnly && !lazy.includes(to)) visit(to);
      }
    };
    visit(entry);
    return [...reached];
  };
  const notOnHit =
    /^(oauth|explain)\/|^http\/(?!form)|platform\/http|lock-file|platform\/run-command/;
  const notOnMiss =
    /^explain\/|help|kubeconfig|cluster-api|manifest|discover\b|completion|update-file|ask-secret/;
  expect(reachedFrom('main.ts').filter((file) => notOnHit.test(file))).toEqual([]);
  const onMiss = [...reachedFrom('main.ts'), ...reachedFrom('compose/network.ts')];
  expect(onMiss.filter((file) => notOnMiss.test(file))).toEqual([]);
});
