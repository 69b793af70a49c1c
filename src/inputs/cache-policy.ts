import { cachePlace } from '../cache/folder.ts';
import type { CachePolicy } from '../cache/policy.ts';
import type { Settings } from '../config/resolve.ts';
import type { Runtime } from '../ports.ts';

/** Who asks for a credential. */
export interface Caller {
  /** True for a client that runs credential plugins; false by hand. */
  readonly isClient: boolean;
  /** True if the servers are to be asked even though a failure is remembered. */
  readonly ignoresFailures?: boolean;
}

/** The rules of the cache for one call, as the settings say. */
export async function cachePolicy(
  settings: Settings,
  { isClient, ignoresFailures = false }: Caller,
  runtime: Pick<Runtime, 'cwd' | 'platformFolders'>,
): Promise<CachePolicy> {
  const place = settings.value('no-cache')
    ? { off: 'switched off by --no-cache' }
    : (cachePlace(settings.value('cache-dir'), await runtime.platformFolders(), runtime.cwd) ?? {
        off: 'there is no home folder; --cache-dir can name another',
      });
  return {
    place,
    refreshBeforeMs: settings.value('refresh-before'),
    minTtlMs: settings.value('min-ttl') ?? 0,
    timeoutMs: settings.value('timeout'),
    isClient,
    ignoresFailures,
  };
}
