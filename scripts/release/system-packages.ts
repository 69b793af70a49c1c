import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { archiveEntries } from './archive-entries.ts';
import { compressApk } from './compress-apk.ts';
import type { ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';
import { runTool } from './run-tool.ts';
import { packageFormats, systemPackageConfig, systemPackageName } from './system-package-config.ts';

/**
 * Writes the deb, rpm or apk packages of a binary into a folder.
 * @param nfpm the path of the program that writes packages
 * @returns the names of the files, none for a binary that no such system runs
 */
export async function writeSystemPackages(
  nfpm: string,
  info: ReleaseInfo,
  binary: ReleaseBinary,
  folder: string,
): Promise<readonly string[]> {
  const formats = packageFormats(binary);
  if (formats.length === 0) return [];
  const work = await mkdtemp(join(folder, '.packages-'));
  try {
    const entries = await archiveEntries(info.root, info.version, binary);
    for (const { path, content } of entries) {
      await mkdir(dirname(join(work, path)), { recursive: true });
      await writeFile(join(work, path), content);
    }
    const names: string[] = [];
    for (const format of formats) {
      const name = systemPackageName(info.version, binary, format);
      const config = systemPackageConfig(info, binary, format, { entries, folder: work });
      await writeFile(join(work, 'nfpm.yaml'), stringify(config));
      const options = ['--config', join(work, 'nfpm.yaml'), '--packager', format];
      const target = join(folder, name);
      await runTool(nfpm, ['package', ...options, '--target', target], {
        SOURCE_DATE_EPOCH: String(info.epoch),
      });
      if (format === 'apk') await writeFile(target, compressApk(await readFile(target)));
      names.push(name);
    }
    return names;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
