import { settings as rows } from '../config/table.ts';
import { Secret } from '../secret.ts';
import type { RunRecord } from './run-record.ts';

/** All secrets of a run, to be redacted from its report. */
export function secretsOfRun(record: RunRecord): readonly Secret[] {
  const { subjectToken, dexToken, cacheHit, traffic, settings, clientSecret } = record;
  const found = [subjectToken, dexToken?.token, cacheHit?.entry.token].filter(
    (secret) => secret !== undefined,
  );
  // A single key input is the secret itself.
  const [secret, more] = clientSecret?.keyInputs ?? [];
  if (secret !== undefined && more === undefined) found.push(new Secret(secret));
  for (const { request } of traffic) {
    for (const [, value] of [...request.headers, ...(request.form ?? [])]) {
      if (typeof value !== 'string') found.push(value);
    }
  }
  for (const [name, row] of rows) {
    const value: unknown = row.secret === true ? settings?.found(name)?.value : undefined;
    found.push(...([value].flat().filter((each) => each !== undefined) as Secret[]));
    if (row.type === 'url') found.push(...secretPartsOf(settings?.found(name)?.value));
  }
  return found;
}

/** User information and query of a URL, as written. */
function secretPartsOf(url: unknown): readonly Secret[] {
  const [, user = '', query = ''] =
    /^[^:]+:\/\/(?:([^/?#]*)@)?[^?#]*(?:\?(.*))?$/.exec(String(url)) ?? [];
  return [user, ...user.split(':'), query]
    .filter((part) => part !== '')
    .map((part) => new Secret(part));
}
