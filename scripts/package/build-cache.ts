import envPaths from 'env-paths';

/** The folder of what the build fetches, which may not exist yet. */
export function buildCache(): string {
  const chosen = process.env['DEXCHANGE_BUILD_CACHE'];
  return chosen ? chosen : envPaths('dexchange-build', { suffix: '' }).cache;
}
