/** Where a build of the site reads and writes. All paths are absolute. */
export interface SiteFolders {
  /** The repository with the Markdown files. */
  readonly root: string;
  /** The pages that VitePress reads, made from the Markdown files. */
  readonly pages: string;
  /** The finished site. */
  readonly out: string;
  /** The path of the site on its server, with a slash at both ends. */
  readonly base: string;
}

/** The variable that passes the folders to the configuration of VitePress, as JSON. */
export const foldersVariable = 'DEXCHANGE_SITE';

/** Reads the folders that `npm run site` passed. Throws if VitePress was started by other means. */
export function passedFolders(): SiteFolders {
  const text = process.env[foldersVariable];
  if (text === undefined) throw new Error('start the build with `npm run site`');
  return JSON.parse(text) as SiteFolders;
}
