import { missingSetting } from '../config/missing-setting.ts';
import type { Settings } from '../config/resolve.ts';
import type { SettingName } from '../config/table.ts';
import { DexchangeError } from '../errors.ts';
import type { ClientCredentials, ClientProofSource } from '../identity/client-credentials.ts';
import { rejectPlaceholder } from '../placeholders.ts';
import { Secret } from '../secret.ts';
import {
  idpClientSecretNames,
  type ReadSettingFile,
  type Secrets,
  settingsOfSecret,
} from './secrets.ts';

/** Settings that enable client credentials. Not idp-scope, because it has a default. */
export const clientCredentialsNames = [
  'idp-issuer-url',
  'idp-token-url',
  'idp-client-id',
  'idp-client-secret',
  'idp-client-secret-file',
  'idp-client-secret-command',
  'idp-private-key-file',
] as const satisfies readonly SettingName[];

/**
 * Builds the client_credentials request (RFC 6749, 4.4) from the settings.
 * @throws DexchangeError setting_missing, setting_conflict, setting_invalid,
 *   setting_file_unreadable
 */
export function clientCredentialsInput(
  settings: Settings,
  secrets: Secrets,
  readFile: ReadSettingFile,
): ClientCredentials {
  const clientId = settings.value('idp-client-id');
  const issuerUrl = settings.value('idp-issuer-url');
  const tokenUrl = settings.value('idp-token-url');
  if (clientId === undefined) throw missing('idp-client-id');
  if (issuerUrl === undefined && tokenUrl === undefined) {
    throw missing('idp-issuer-url', 'idp-token-url');
  }
  const tokenType = settings.value('subject-token-type');
  return {
    endpoint: tokenUrl === undefined ? { issuerUrl: issuerUrl ?? '' } : { tokenUrl },
    clientId,
    proof: clientProof(settings, secrets, readFile),
    scope: settings.value('idp-scope'),
    parameters: parameters(settings),
    tokenType: tokenType === 'id_token' ? 'id_token' : 'access_token',
  };
}

function clientProof(
  settings: Settings,
  secrets: Secrets,
  readFile: ReadSettingFile,
): ClientProofSource {
  const keyFile = settings.value('idp-private-key-file');
  const configured = settings.value('idp-auth-method');
  const method = configured ?? (keyFile === undefined ? 'client_secret_basic' : 'private_key_jwt');
  if (method === 'private_key_jwt') {
    if (keyFile === undefined)
      throw missingSetting(['idp-private-key-file'], {
        purpose: 'client credentials by private_key_jwt',
      });
    rejectSecretBesideKey(settings);
    return { method, privateKey: new Secret(readFile('idp-private-key-file') ?? '') };
  }
  if (keyFile !== undefined) {
    throw new DexchangeError(
      'setting_conflict',
      `${settings.found('idp-private-key-file')?.origin.name} and ${settings.found('idp-auth-method')?.origin.name} ${method} are both set`,
      { hint: 'remove one of them: a private key requires private_key_jwt' },
    );
  }
  return {
    method: method === 'client_secret_post' ? 'client_secret_post' : 'client_secret_basic',
    secret: secrets.get(idpClientSecretNames),
  };
}

/** Rejects a secret beside a key, unless the key has precedence, for example over a variable. */
function rejectSecretBesideKey(settings: Settings): void {
  for (const name of settingsOfSecret(idpClientSecretNames)) {
    if (settings.rank(name) > settings.rank('idp-private-key-file')) continue;
    const origins = [name, 'idp-private-key-file' as const].map(
      (each) => settings.found(each)?.origin.name,
    );
    throw new DexchangeError('setting_conflict', `${origins.join(' and ')} are both set`, {
      hint: 'remove one of them: a client authenticates with a secret or with a key',
    });
  }
}

/** The parameters of the grant, which --idp-param must not set. */
const reserved: ReadonlySet<string> = new Set([
  'grant_type',
  'scope',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
]);

function parameters(settings: Settings): ClientCredentials['parameters'] {
  return settings.value('idp-param').map((parameter) => {
    const text = parameter.reveal();
    const at = text.indexOf('=');
    const name = text.slice(0, at);
    if (at < 1) {
      throw new DexchangeError('setting_invalid', '--idp-param is not of the form key=value', {
        hint: 'write --idp-param key=value, with one parameter per flag',
      });
    }
    if (reserved.has(name)) {
      throw new DexchangeError('setting_conflict', `--idp-param ${name} is a reserved parameter`, {
        hint:
          name === 'scope'
            ? 'set --idp-scope instead'
            : 'remove it: dexchange sets this parameter from the other --idp- settings',
      });
    }
    rejectPlaceholder(text.slice(at + 1), `--idp-param ${name}`, true);
    return [name, new Secret(text.slice(at + 1))] as const;
  });
}

function missing(name: SettingName, ...alternatives: SettingName[]): DexchangeError {
  return missingSetting([name], { purpose: 'client credentials', alternatives });
}
