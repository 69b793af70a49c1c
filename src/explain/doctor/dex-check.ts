import { asDexchangeError } from '../../errors.ts';
import { jsonObject, textField } from '../../http/json-body.ts';
import { isKubernetesStatus } from '../../http/kubernetes-status.ts';
import { networkSettings } from '../../inputs/network.ts';
import { settingFileReader } from '../../inputs/secrets.ts';
import { endpointUrl } from '../../oauth/endpoint.ts';
import { quotePath } from '../../sanitize.ts';
import type { PreparedCall } from '../../usecases/prepare-call.ts';
import { displayUrl } from '../display.ts';
import type { ClockFacts } from '../report.ts';
import { clockFacts, requestFacts } from '../request-facts.ts';
import { seeDexHost } from '../rules/rule.ts';
import { recordRun } from '../run-record.ts';
import { failed, ok, warning } from './check.ts';
import { connectionText } from './connection-text.ts';
import type { DoctorPorts } from './ports.ts';
import type { DoctorCheck } from './report.ts';

/** What the check found, and how far Dex's clock is ahead. */
export interface DexFindings {
  readonly check: DoctorCheck;
  readonly clock: ClockFacts | undefined;
}

/** Short, because a person waits. */
const atMostMs = 10_000;

/**
 * Fetches the metadata of Dex (OpenID Connect Discovery 1.0, section 4) with the settings of the
 * call: whether Dex can be reached, over which TLS, and whether its issuer is `--dex-url`. Sends no
 * secret.
 */
export async function dexCheck(
  dexUrl: string,
  { settings, env }: PreparedCall,
  ports: DoctorPorts,
): Promise<DexFindings> {
  const { record, observe } = recordRun(() => ports.now().wallMs);
  const at = displayUrl(dexUrl);
  const clock = (): ClockFacts | undefined => clockFacts('Dex', record.traffic);
  try {
    const network = networkSettings(settings, settingFileReader(settings, ports));
    const channel = ports.openChannel(
      { ...network, onlyGivenAuthorities: false, env, atMostMs },
      observe,
    );
    try {
      const url = endpointUrl(dexUrl, '.well-known/openid-configuration');
      const response = await channel.send({ peer: 'dex', method: 'GET', url, headers: [] });
      const body = jsonObject(response) ?? {};
      const how = connectionText(record.traffic.map((each) => requestFacts(each, {})));
      return {
        check: issuerCheck(body, dexUrl, `${at} responds${how}`, response.status),
        clock: clock(),
      };
    } finally {
      await channel.close();
    }
  } catch (thrown) {
    return { check: failed('dex', asDexchangeError(thrown)), clock: clock() };
  }
}

function issuerCheck(
  body: Readonly<Record<string, unknown>>,
  dexUrl: string,
  found: string,
  status: number,
): DoctorCheck {
  if (isOfKubernetes(body)) {
    return warning(
      'dex',
      `${found}, but it is the Kubernetes API, not Dex (${status})`,
      `set --dex-url to the issuer of Dex, https://HOST/; ${seeDexHost}`,
    );
  }
  const issuer = textField(body, 'issuer');
  if (issuer === undefined) {
    return warning(
      'dex',
      `${found}, but not with metadata of an issuer (${status})`,
      'set --dex-url to the issuer of Dex, such as https://dex.example.com/',
    );
  }
  if (issuer.replace(/\/$/, '') === dexUrl.replace(/\/$/, ''))
    return ok('dex', `${found}, issuer as in --dex-url`);
  const named = URL.canParse(issuer) ? displayUrl(issuer) : quotePath(issuer);
  return warning(
    'dex',
    `${found}, but its issuer is ${named}`,
    `set --dex-url to ${named}, unless the configured one is an internal address of the same Dex`,
  );
}

/** The API server issues ServiceAccount tokens, and publishes metadata of that issuer if it may be read. */
function isOfKubernetes(body: Readonly<Record<string, unknown>>): boolean {
  return (
    isKubernetesStatus(body) || textField(body, 'jwks_uri')?.endsWith('/openid/v1/jwks') === true
  );
}
