import type { Settings } from '../config/resolve.ts';
import { DexchangeError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { NetworkInput, Runtime } from '../usecases/outside.ts';
import { readSettingFile } from './secrets.ts';

/**
 * What the settings say of the network, certificates read.
 * @throws DexchangeError setting_missing, setting_file_unreadable, setting_invalid
 */
export function networkInput(settings: Settings, runtime: Runtime): NetworkInput {
  const read = (name: 'certificate-authority' | 'client-certificate' | 'client-key') => {
    const path = settings.value(name);
    if (path === undefined) return undefined;
    return readSettingFile(name, path, settings, runtime, 'setting_file_unreadable');
  };
  const certificate = read('client-certificate');
  const key = read('client-key');
  if ((certificate === undefined) !== (key === undefined)) {
    const [set, unset] =
      key === undefined
        ? ['client-certificate', 'client-key']
        : ['client-key', 'client-certificate'];
    throw new DexchangeError('setting_missing', `--${set} is set, but --${unset} is not`, {
      hint: 'a client certificate and its key go together',
    });
  }
  const authority = read('certificate-authority') ?? authorityData(settings);
  return {
    timeoutMs: settings.value('timeout'),
    allowHttp: settings.value('allow-http'),
    insecureSkipTlsVerify: settings.value('insecure-skip-tls-verify'),
    certificateAuthorityPem: authority === undefined ? [] : [authority],
    clientCertificatePem: certificate,
    clientKeyPem: key === undefined ? undefined : new Secret(key),
  };
}

function authorityData(settings: Settings): string | undefined {
  const data = settings.value('certificate-authority-data');
  if (data === undefined) return undefined;
  const pem = Buffer.from(data, 'base64').toString('latin1');
  if (pem.includes('-----BEGIN')) return pem;
  throw new DexchangeError(
    'setting_invalid',
    `${settings.found('certificate-authority-data')?.origin.name} is not base64 of a PEM`,
    { hint: 'copy certificate-authority-data from a kubeconfig, or: base64 -w0 ca.crt' },
  );
}
