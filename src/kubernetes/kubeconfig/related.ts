import { basename } from 'node:path';
import { decodeJwt } from '../../jwt.ts';

/** The kinds of named entries in a kubeconfig. */
export type Part = 'cluster' | 'user' | 'context';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether an existing entry is an earlier version of a new one with the same name: the same server
 * for a cluster, the same cluster and user for a context, the same kind of credential and subject
 * for a user. Any other entry belongs to something else and is not overwritten without --force.
 */
export function isRelated(part: Part, old: Fields, next: Fields): boolean {
  if (Object.keys(old).length === 0) return true;
  switch (part) {
    case 'cluster':
      return withoutSlash(old['server']) === withoutSlash(next['server']);
    case 'context':
      return old['cluster'] === next['cluster'] && old['user'] === next['user'];
    case 'user':
      return sameUser(old, next);
  }
}

function withoutSlash(server: unknown): unknown {
  return typeof server === 'string' ? server.replace(/\/$/, '') : server;
}

function sameUser(old: Fields, next: Fields): boolean {
  if (next['exec'] !== undefined) {
    const commands = [old, next].map((user) => (user['exec'] as Fields | undefined)?.['command']);
    const [before, after] = commands.map((command) =>
      typeof command === 'string' ? basename(command) : undefined,
    );
    return before !== undefined && before === after;
  }
  if (next['username'] !== undefined) return old['username'] === next['username'];
  if (next['tokenFile'] !== undefined) return old['tokenFile'] === next['tokenFile'];
  const [before, after] = [old, next].map(subjectOf);
  return before !== undefined && before === after;
}

/** The issuer and subject of a token; undefined if it is not a JWT. */
function subjectOf(user: Fields): string | undefined {
  const token = user['token'];
  const claims = typeof token === 'string' ? decodeJwt(token)?.claims : undefined;
  const sub = claims?.['sub'];
  return typeof sub === 'string' ? `${String(claims?.['iss'])} ${sub}` : undefined;
}
