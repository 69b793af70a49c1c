import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import { certificatesOnly } from '../pem.ts';
import { quoteInput } from '../sanitize.ts';
import { checkCertificates } from './check-pem.ts';
import type { ReadSettingFile } from './secrets.ts';

/**
 * The CA of the API: of its setting, or else the one that discovery found.
 * @throws DexchangeError setting_invalid, setting_file_unreadable
 */
export function serverCa(
  settings: Settings,
  foundPem: string | undefined,
  readFile: ReadSettingFile,
): string | undefined {
  return caFile(settings, 'server-certificate-authority', readFile) ?? foundPem;
}

/** Linux allows 131,072 bytes for one argument or variable (execve, MAX_ARG_STRLEN). */
const maxCaCharacters = 120_000;

/**
 * The CA of Dex, the IdP and CI systems as its content, since the machines that use the kubeconfig do not
 * have the file: of its setting, or else the one that discovery found.
 * @throws DexchangeError setting_invalid, setting_file_unreadable
 */
export function dexCaTexts(
  settings: Settings,
  foundPem: string | undefined,
  readFile: ReadSettingFile,
): Partial<Record<'dex-certificate-authority-data', string>> {
  const given = caFile(settings, 'dex-certificate-authority', readFile);
  const pem = given ?? foundPem;
  if (pem === undefined) return {};
  const data = Buffer.from(pem).toString('base64');
  if (data.length <= maxCaCharacters) return { 'dex-certificate-authority-data': data };
  const name = given === undefined ? 'the CA of Dex in the cluster' : '--dex-certificate-authority';
  throw new DexchangeError(
    'setting_invalid',
    `${name} is too large to embed: ${pem.length} characters`,
    {
      hint: 'set --dex-certificate-authority to a file with only the CA that signed the certificates of Dex and the IdP',
    },
  );
}

/** The certificates of a file; undefined if the setting is not set. */
function caFile(
  settings: Settings,
  name: 'server-certificate-authority' | 'dex-certificate-authority',
  readFile: ReadSettingFile,
): string | undefined {
  const pem = readFile(name);
  if (pem === undefined) return undefined;
  checkCertificates({ name: `--${name} ${quoteInput(settings.value(name) ?? '')}`, text: pem });
  return certificatesOnly(pem);
}
