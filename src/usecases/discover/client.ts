import type { Settings } from '../../config/resolve.ts';
import {
  clientSecret,
  type DexClient,
  dexClient,
  serviceAccount,
  serviceAccountToken,
} from '../../kubernetes/deckhouse.ts';
import { dexClientId } from '../../kubernetes/manifests/dex-client.ts';
import type { ReadResult } from '../../kubernetes/read-cluster.ts';
import { Secret } from '../../secret.ts';
import { asked, type Check, checkOf, failedCheck, type Part, type Read } from './discovery.ts';
import type { Account } from './rules.ts';

/**
 * The DexClient; with `--show-secrets` also its secret.
 * @param readOptional reads without asking for permissions
 */
export async function clientPart(
  named: Account,
  settings: Settings,
  read: Read,
  readOptional: Read,
): Promise<Part> {
  const { name, namespace } = named;
  const client = await read(dexClient(name, namespace));
  const isNamed = settings.found('client-name')?.origin.level !== 'default';
  const check = asked(clientCheck(client, named), isNamed);
  const id = dexClientId(name, namespace);
  const values = client.found ? [{ name: 'DEX_CLIENT_ID', value: id, place: client.location }] : [];
  const wanted = clientSecret(name, namespace);
  if (settings.value('show-secrets')) {
    return secretPart(
      { values, checks: [check] },
      { name: 'DEX_CLIENT_SECRET', check: 'client secret', text: 'exists' },
      await read(wanted),
    );
  }
  if (!isNamed || !client.found) return { values, checks: [check] };
  // Who does not want to see the secret does not need the permission.
  const secret = await readOptional(wanted);
  const isForbidden = !secret.found && secret.error.code === 'api_forbidden';
  const existence = asked(checkOf('client secret', secret, () => 'exists'));
  return { values, checks: isForbidden ? [check] : [check, existence] };
}

/** The ServiceAccount, if one is named; with `--show-secrets` also its static token. */
export async function accountPart(
  account: Account | undefined,
  settings: Settings,
  read: Read,
): Promise<Part> {
  if (account === undefined) return { values: [], checks: [] };
  const { name, namespace } = account;
  const existing = await read(serviceAccount(name, namespace));
  const text = `${namespace}/${name} exists`;
  const part = { values: [], checks: [asked(checkOf('ServiceAccount', existing, () => text))] };
  if (!settings.value('show-secrets')) return part;
  return secretPart(
    part,
    { name: 'KUBE_TOKEN', check: 'static token', text: 'exists; short-lived tokens are safer' },
    await read(serviceAccountToken(name, namespace)),
  );
}

/** Adds a secret that was asked for to what was read before. */
function secretPart(
  { values, checks }: Part,
  { name, check, text }: { readonly name: string; readonly check: string; readonly text: string },
  result: ReadResult<string>,
): Part {
  return {
    values: result.found
      ? [...values, { name, value: new Secret(result.value), place: result.location }]
      : values,
    checks: [...checks, asked(checkOf(check, result, () => text))],
  };
}

function clientCheck(client: ReadResult<DexClient>, { name, namespace }: Account): Check {
  if (!client.found) return failedCheck('DexClient', client.error);
  if (client.value.allowsAudienceKubernetes) {
    return { name: 'DexClient', state: 'ok', text: `${name} may ask for audience kubernetes` };
  }
  return {
    name: 'DexClient',
    state: 'missing',
    text: `${name} lacks the annotation allow-access-to-kubernetes: Dex will answer 500`,
    hint: `apply the DexClient again as a user who can update ModuleConfig user-authn: \`dexchange manifests token-exchange --client-name ${name} --client-namespace ${namespace} | kubectl apply -f -\``,
  };
}
