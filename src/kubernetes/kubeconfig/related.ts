import { basename } from 'node:path';
import { decodeJwt } from '../../jwt.ts';

/** The three kinds of entries that have names. */
export type Part = 'cluster' | 'user' | 'context';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether an entry is an earlier state of the one that is to take its name: the same server, the
 * same kind of credential of the same subject, the same cluster and user. Any other entry is
 * somebody else's, and not to be overwritten unasked.
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

/** Whom a token is for: issuer and subject; undefined if that cannot be told. */
function subjectOf(user: Fields): string | undefined {
  const token = user['token'];
  const claims = typeof token === 'string' ? decodeJwt(token)?.claims : undefined;
  const sub = claims?.['sub'];
  return typeof sub === 'string' ? `${String(claims?.['iss'])} ${sub}` : undefined;
}
