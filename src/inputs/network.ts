import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import type { NetworkSettings } from '../ports.ts';
import { quoteInput } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import { checkCertificates, checkKeyPair, type PemFile } from './check-pem.ts';
import type { FileSetting, ReadSettingFile } from './secrets.ts';

/**
 * Builds the network settings and reads the certificates.
 * @throws DexchangeError setting_missing, setting_file_unreadable, setting_invalid
 */
export function networkSettings(settings: Settings, readFile: ReadSettingFile): NetworkSettings {
  const certificate = readFile('dex-client-certificate');
  const key = readFile('dex-client-key');
  if ((certificate === undefined) !== (key === undefined)) {
    const [set, unset] =
      key === undefined
        ? ['dex-client-certificate', 'dex-client-key']
        : ['dex-client-key', 'dex-client-certificate'];
    throw new DexchangeError('setting_missing', `--${set} is set, but --${unset} is not`, {
      hint: 'set both: a client certificate requires its key',
    });
  }
  const file = (name: FileSetting, text: string): PemFile => ({
    name: `--${name} ${quoteInput(settings.value(name) ?? '')}`,
    text,
  });
  if (certificate !== undefined && key !== undefined) {
    checkKeyPair(file('dex-client-certificate', certificate), file('dex-client-key', key));
  }
  const authorityFile = readFile('dex-certificate-authority');
  if (authorityFile !== undefined)
    checkCertificates(file('dex-certificate-authority', authorityFile));
  const authority = authorityFile ?? authorityData(settings);
  return {
    timeoutMs: settings.value('timeout'),
    allowHttp: settings.value('allow-http'),
    insecureSkipTlsVerify: settings.value('dex-insecure-skip-tls-verify'),
    certificateAuthorityPem: authority === undefined ? [] : [authority],
    clientCertificatePem: certificate,
    clientKeyPem: key === undefined ? undefined : new Secret(key),
  };
}

function authorityData(settings: Settings): string | undefined {
  const data = settings.value('dex-certificate-authority-data');
  if (data === undefined) return undefined;
  const pem = Buffer.from(data, 'base64').toString('latin1');
  if (pem.includes('-----BEGIN')) return pem;
  throw new DexchangeError(
    'setting_invalid',
    `${settings.found('dex-certificate-authority-data')?.origin.name} is not base64 of a PEM file`,
    { hint: 'copy certificate-authority-data from a kubeconfig, or run `base64 -w0 ca.crt`' },
  );
}
