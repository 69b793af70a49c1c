import type { SourceEnd } from './keep-fresh.ts';

/** Formats the line that says until when a credential can be renewed. */
export function limitLine({ name, atMs, isCredential, hint }: SourceEnd): string {
  const time = `${new Date(atMs).toISOString().slice(0, 19)}Z`;
  if (isCredential) {
    return `note: the credential expires at ${time} and cannot be renewed, because it is ${name}; ${hint}`;
  }
  return `note: the credential can be renewed until ${time}, when ${name} expires; ${hint}`;
}
