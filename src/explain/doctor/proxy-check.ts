import type { Environment } from '../../ports.ts';
import { ok, skipped, warning } from './check.ts';
import type { DoctorPorts } from './ports.ts';
import type { DoctorCheck } from './report.ts';

/** A server that requests go to, for the check of proxies. */
export interface Destination {
  readonly name: string;
  readonly url: string;
  /** The proxy-url of the cluster entry, which overrides the variables. */
  readonly proxyUrl?: string | undefined;
}

/** Which proxy requests go through, by the rules of Go and so of kubectl. */
export function proxyCheck(
  destinations: readonly Destination[],
  env: Environment,
  ports: DoctorPorts,
): DoctorCheck {
  const ignored = new Set<string>();
  const texts: string[] = [];
  for (const { name, url, proxyUrl } of destinations) {
    if (proxyUrl !== undefined) {
      const host = URL.canParse(proxyUrl) ? new URL(proxyUrl).host : 'an invalid URL';
      texts.push(`${name} through ${host} (proxy-url of the cluster)`);
      continue;
    }
    const choice = ports.proxyOf(url, env);
    if (choice.kind === 'invalid') return warning('proxy', choice.message, choice.hint);
    if (choice.kind === 'proxy') texts.push(`${name} through ${choice.host} (${choice.variable})`);
    else {
      texts.push(`${name} directly`);
      if (choice.ignored !== undefined) ignored.add(choice.ignored);
    }
  }
  if (texts.length === 0) return skipped('proxy', 'no server is known');
  if (ignored.size === 0) return ok('proxy', texts.join(', '));
  return warning(
    'proxy',
    `${texts.join(', ')}; ${[...ignored].join(', ')} is set, but Go and kubectl do not read it`,
    'set HTTPS_PROXY instead, if the servers are only reachable through that proxy',
  );
}
