import type { ReleaseInfo } from './release-info.ts';

/**
 * What an image says about itself:
 * https://github.com/opencontainers/image-spec/blob/main/annotations.md
 */
export function imageAnnotations(info: ReleaseInfo): Readonly<Record<string, string>> {
  return {
    'org.opencontainers.image.title': 'dexchange',
    'org.opencontainers.image.description': info.description,
    'org.opencontainers.image.version': info.version,
    'org.opencontainers.image.revision': info.commit,
    'org.opencontainers.image.licenses': info.license,
    'org.opencontainers.image.created': new Date(info.epoch * 1000).toISOString(),
    ...(info.homepage === undefined ? {} : { 'org.opencontainers.image.url': info.homepage }),
  };
}
