import { quoteId, sanitize } from '../../sanitize.ts';
import { shellWord } from '../../shell-word.ts';
import type { KubeconfigContext } from './context.ts';

/**
 * The flags by which dexchange and kubectl find a context again, for a command that can be copied:
 * `--kubeconfig F --context C`; without `--kubeconfig` if the user named no file, because the command
 * then runs with the same KUBECONFIG.
 */
export function contextFlags({
  name,
  kubeconfig,
}: Pick<KubeconfigContext, 'name' | 'kubeconfig'>): string {
  return selectionFlags(kubeconfig, name).trimStart();
}

/** The flags `--kubeconfig` and `--context` as the user gave them, each with a blank before it. */
export function selectionFlags(
  kubeconfig: string | undefined,
  context: string | undefined,
): string {
  const selected = context === undefined ? '' : ` --context ${shellWord(quoteId(context, 80))}`;
  return `${kubeconfig === undefined ? '' : fileFlag([kubeconfig])}${selected}`;
}

/** The flag for one kubeconfig file, with a blank before it; empty if there are several. */
export function fileFlag(paths: readonly string[]): string {
  const [path, ...others] = paths;
  return path === undefined || others.length > 0
    ? ''
    : ` --kubeconfig ${shellWord(sanitize(path))}`;
}
