import { readFile, writeFile } from 'node:fs/promises';
import { quantile } from '../quantile.ts';
import type { Measured } from './meter.ts';
import type { Scene } from './scenes.ts';
import type { Traced } from './trace.ts';

/** A scene and all its runs. */
export interface Result {
  readonly scene: Scene;
  readonly runs: readonly Measured[];
  readonly traced: Traced | undefined;
}

const end = '<!-- end of figures -->';

/** The results as a Markdown table. */
export function figuresTable(results: readonly Result[]): string {
  const time = ({ cpuMs, wallMs }: Measured): number => cpuMs ?? wallMs;
  /** The median time of one process of a scene. */
  const each = (name: string): number => {
    const result = results.find(({ scene }) => scene.name === name);
    return quantile(result?.runs.map(time) ?? [], 0.5) / (result?.scene.command(0).copies ?? 1);
  };
  const place = (name: string): number => results.findIndex(({ scene }) => scene.name === name);
  const rows = results.map(({ scene, runs, traced }, index) => {
    const times = runs.map(time);
    const peak = quantile(
      runs.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes])),
      0.5,
    );
    const ratio = each(scene.name) / each(scene.against);
    const above = index - place(scene.against);
    const isOfUnit = scene.against === results[0]?.scene.name || above === 0;
    const line = above === 1 ? 'the line' : `${above} lines`;
    const against = isOfUnit ? '' : ` of ${line} above`;
    return [
      scene.name,
      ms(quantile(times, 0.5)),
      `${ms(quantile(times, 0.25))} to ${ms(quantile(times, 0.75))}`,
      `${ratio.toFixed(2)}${against}`,
      ms(
        quantile(
          runs.map(({ wallMs }) => wallMs),
          0.5,
        ),
      ),
      Number.isNaN(peak) ? '' : String(Math.round(peak / 2 ** 20)),
      traced === undefined ? '' : String(traced.programs),
      traced === undefined ? '' : String(traced.systemCalls),
      String(runs.length),
    ];
  });
  const head = [
    'what',
    'CPU ms',
    'middle half',
    'ratio',
    'wall ms',
    'peak MiB',
    'programs',
    'system calls',
    'runs',
  ];
  return [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** Replaces the text between the markers of a document that name the command which makes it. */
export async function writeFigures(
  file: string,
  text: string,
  command = 'npm run bench',
): Promise<void> {
  const begin = `<!-- figures: made by ${command} -->`;
  const before = await readFile(file, 'utf8');
  const from = before.indexOf(begin);
  const to = before.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${file} has no markers for the figures`);
  await writeFile(file, `${before.slice(0, from)}${begin}\n\n${text}\n\n${before.slice(to)}`);
}

function ms(value: number): string {
  return value.toFixed(1);
}
