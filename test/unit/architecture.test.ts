import { describe, expect, test } from 'vitest';
import { parameterLists } from './support/parameters.ts';
import {
  files,
  type Import,
  imports,
  layerOf,
  layers,
  platform,
  textOf,
} from './support/sources.ts';

// docs/architecture.md explains the rules that these tests keep.

const internal = imports.filter(({ to }) => to.endsWith('.ts'));
const rank = (layer: string): number =>
  layers.findIndex((row) => row.some((name) => name === layer));

/** Whether a file may import from another, types included. */
function isAllowed(from: string, to: string): boolean {
  const [own, other] = [layerOf(from), layerOf(to)];
  if (own === other) return true;
  if (own === platform) return other === 'ground';
  if (other === platform) return own === 'main' || own === 'compose';
  return rank(own) < rank(other);
}

function text({ from, to, kind }: Import): string {
  return `${from} imports ${kind === 'type' ? 'a type from ' : ''}${to}`;
}

test('every source file and every import is known to the tests', () => {
  expect(files.length).toBeGreaterThan(150);
  expect(internal.length).toBeGreaterThan(600);
  expect(new Set(files.map(layerOf))).toEqual(new Set([...layers.flat(), platform]));
  expect(internal.filter(({ to }) => !files.includes(to)).map(text)).toEqual([]);
});

test('imports go from a layer to those below it, and never to a sibling', () => {
  expect(internal.filter(({ from, to }) => !isAllowed(from, to)).map(text)).toEqual([]);
});

test('every file but main.ts is imported by another', () => {
  const imported = new Set(internal.map(({ to }) => to));
  expect(files.filter((file) => !imported.has(file))).toEqual(['main.ts']);
});

describe('circular imports', () => {
  test('do not exist', () => {
    expect(cyclesIn(internal.filter(({ kind }) => kind === 'value'))).toEqual([]);
  });

  test('of types alone are few, and stay inside one folder', () => {
    expect(cyclesIn(internal.filter(({ kind }) => kind !== 'dynamic'))).toEqual([
      ['cli/command-line.ts', 'cli/get-token.ts'],
      ['inputs/cache.ts', 'inputs/exchange.ts'],
    ]);
  });

  test('are found where they exist', () => {
    const edge = (from: string, to: string): Import => ({ from, to, kind: 'value' });
    expect(cyclesIn([edge('a', 'b'), edge('b', 'c'), edge('c', 'b'), edge('c', 'd')])).toEqual([
      ['b', 'c'],
    ]);
  });
});

/** The groups of files that reach each other, each sorted. */
function cyclesIn(edges: readonly Import[]): readonly (readonly string[])[] {
  const targets = Map.groupBy(edges, ({ from }) => from);
  const reachable = (from: string): ReadonlySet<string> => {
    const reached = new Set<string>();
    const visit = (file: string): void => {
      for (const { to } of targets.get(file) ?? []) {
        if (reached.has(to)) continue;
        reached.add(to);
        visit(to);
      }
    };
    visit(from);
    return reached;
  };
  const reach = new Map([...targets.keys()].sort().map((file) => [file, reachable(file)]));
  const circular = [...reach.keys()].filter((file) => reach.get(file)?.has(file));
  const groupOf = (file: string): string =>
    circular
      .filter((other) => reach.get(file)?.has(other) && reach.get(other)?.has(file))
      .join(' ');
  return [...new Set(circular.map(groupOf))].map((group) => group.split(' '));
}

test('only main, compose and platform use the runtime that does input and output', () => {
  const outside = ['main', 'compose', platform];
  const inside = files.filter((file) => !outside.includes(layerOf(file)));
  // These modules have no clock, process, file or network.
  const pure = ['node:crypto', 'node:path', 'node:util'];
  const impure = imports.filter(
    ({ from, to }) => inside.includes(from) && to.startsWith('node:') && !pure.includes(to),
  );
  expect(impure.map(text)).toEqual([]);

  const globals =
    /\b(?:process|console|performance|setTimeout|setInterval|fetch)\b\s*[.(]|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\(\)/;
  const users = inside.filter((file) =>
    globals.test(textOf(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')),
  );
  expect(users).toEqual([]);
});

test('each third-party package is imported by one layer only', () => {
  const owners: Readonly<Record<string, string>> = {
    undici: 'platform',
    'proper-lockfile': 'platform',
    'env-paths': 'platform',
    jose: 'oauth',
    yaml: 'kubernetes',
  };
  const packageOf = (to: string): string => to.split('/')[0] ?? '';
  const external = imports.filter(({ to }) => !to.endsWith('.ts') && !to.startsWith('node:'));
  const strangers = external.filter(({ from, to }) => {
    const owner = to.startsWith('undici/') ? platform : owners[packageOf(to)];
    return owner !== layerOf(from);
  });
  expect(strangers.map(text)).toEqual([]);
  expect(new Set(external.map(({ to }) => packageOf(to)))).toEqual(new Set(Object.keys(owners)));
});

test('no file has more than 300 lines, except the table of settings', () => {
  const lines = (file: string): number => textOf(file).trimEnd().split('\n').length;
  expect(files.filter((file) => lines(file) > 300)).toEqual(['config/table.ts']);
});

describe('parameters', () => {
  test('are at most five', () => {
    const lists = files.flatMap((file) =>
      parameterLists(textOf(file)).map((list) => ({ file, ...list })),
    );
    expect(lists.length).toBeGreaterThan(1200);
    const long = lists.filter(({ parameters }) => parameters.length > 5);
    expect(long.map(({ file, line }) => `${file}:${line}`)).toEqual([]);
  });

  test.each([
    ['function f(a: A, b: Map<B, C>, c = [1, 2]): D {', ['a: A', 'b: Map<B, C>', 'c = [1, 2]']],
    ['async function f<T extends U>(a: T): Promise<void> {', ['a: T']],
    ['const f = ({ a, b }: A, ...rest: B[]) => a;', ['{ a, b }: A', '...rest: B[]']],
    ['list.map((a, index): Row => 1);', ['a', 'index']],
    ['  method(a: A, b?: (c: C) => D): E;', ['a: A', 'b?: (c: C) => D', 'c: C']],
    ['  async method(a, b) {', ['a', 'b']],
    [`const t = \`\${[1].map((a, b) => \`(\${b}, x)\`)} (c, d) {\`;`, ['a', 'b']],
    ['// f(a, b) {', []],
    ["const s = '(a) => {'; const r = /(a, b) {/;", []],
    ['if (a) { call(b, c); } else if (a ? f(b, c) : d) {', []],
    ["call('a', 1, b) || { c };", []],
  ])('are found in %s', (code, parameters) => {
    const closed = `${code}${'}'.repeat(code.split('{').length - code.split('}').length)}`;
    expect(parameterLists(closed).flatMap((list) => list.parameters)).toEqual(parameters);
  });
});

describe('usecases/', () => {
  const usecases = files.filter((file) => file.startsWith('usecases/'));
  const hasValue = (file: string): boolean =>
    /^export (?:async )?(?:function|const|class) /m.test(textOf(file));

  test('holds at most 19 files that do something; the parts of a use case have a folder', () => {
    const cases = new Set(usecases.filter(hasValue).map((file) => file.split('/')[1]));
    expect(cases.size).toBeLessThanOrEqual(19);
  });

  test('declares apart from its use cases only the types that several of them share', () => {
    expect(usecases.filter((file) => !hasValue(file))).toEqual([
      'usecases/token-network.ts',
      'usecases/trace-event.ts',
    ]);
  });
});

describe('what a cache hit does not need', () => {
  // Four parts, since a miss must not wait for what only commands need, nor the token of a
  // ServiceAccount for what an exchange needs, and method identity may need nothing of all that.
  const parts = [
    'compose/network.ts',
    'compose/commands.ts',
    'compose/identity.ts',
    'compose/kubernetes.ts',
  ];

  test('is behind four dynamic imports of main.ts, one for each file of compose/', () => {
    const dynamic = imports.filter(({ kind, to }) => kind === 'dynamic' && to.endsWith('.ts'));
    expect(dynamic.map(({ from, to }) => [from, to])).toEqual(parts.map((to) => ['main.ts', to]));
    expect(files.filter((file) => file.startsWith('compose/'))).toEqual([...parts].sort());
  });

  test('is not imported by main.ts in another way', () => {
    const notOnHit =
      /^(compose|oauth|explain|http)\/|^(redaction|text-view)\.ts|platform\/(http|lock-file|run-command|deadline)/;
    expect(reachedFrom('main.ts').filter((file) => notOnHit.test(file))).toEqual([]);
  });

  test('is loaded on a miss without what only commands and ServiceAccounts need', () => {
    const notOnMiss =
      /^explain\/|help|kubeconfig|kubernetes\/client|manifest|discover\b|completion|update-file|ask-secret/;
    const onMiss = [...reachedFrom('main.ts'), ...reachedFrom('compose/network.ts')];
    expect(onMiss.filter((file) => notOnMiss.test(file))).toEqual([]);
    // Method identity itself needs no server: a token in a variable is its own credential.
    const withIdentity = [...reachedFrom('main.ts'), ...reachedFrom('compose/identity.ts')];
    expect(
      withIdentity.filter((file) =>
        /^(?:platform\/http|explain)\/|kubeconfig|kubernetes\/client/.test(file),
      ),
    ).toEqual([]);
    // The other two parts do need it.
    for (const part of ['compose/commands.ts', 'compose/kubernetes.ts']) {
      expect(reachedFrom(part)).toContain('kubernetes/client/connect.ts');
    }
  });
});

/** The file and all that it imports statically, directly or not. */
function reachedFrom(entry: string): readonly string[] {
  const reached = new Set([entry]);
  for (const file of reached) {
    for (const { from, to, kind } of internal)
      if (from === file && kind === 'value') reached.add(to);
  }
  return [...reached];
}
