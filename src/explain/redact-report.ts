import { exitCodes } from '../errors.ts';
import type { Redaction } from '../redaction.ts';
import { sanitize } from '../sanitize.ts';
import type { Report } from './report.ts';

/** Fields with fixed values of dexchange: a secret that happens to equal a part of one is no leak. */
const fixedFields: ReadonlySet<string> = new Set([
  ...['name', 'status', 'rule', 'id', 'likelihood', 'result', 'kind', 'granted'],
  ...['claim', 'form', 'sha256', 'method', 'at', 'code'],
]);

/** Fields whose names come from a token too. */
const claimFields: ReadonlySet<string> = new Set(['claims', 'header']);

/** Fields with what a token or a server says; all others are dexchange's own words. */
const foreignFields: ReadonlySet<string> = new Set(['answer', 'username', 'groups', 'audiences']);

/** The maximum length of a text in a report, such as a claim or a part of a curl command. */
const maxChars = 2000;

/**
 * Returns a copy of the report without the secrets of the run, in any encoding. A report contains no
 * secrets by construction; this removes those that a server echoes or a claim repeats. A secret that
 * is an ordinary word, such as `wrong`, stays in dexchange's own words: it cannot be told apart from
 * the word, and the quotes of servers in them have been redacted where they were made.
 */
export function redactReport(report: Report, redaction: Redaction): Report {
  const own: Redaction = { add: redaction.add, clean: (text) => redaction.clean(text, true) };
  return redact(report, { own, foreign: redaction }, 'own') as Report;
}

type Redactions = Readonly<Record<'own' | 'foreign', Redaction>>;

/** What a text is: dexchange's own, a value of others, or within claims, whose names are others' too. */
type Origin = 'own' | 'foreign' | 'claims';

function redact(value: unknown, redactions: Redactions, origin: Origin): unknown {
  if (typeof value === 'string') {
    if (Object.hasOwn(exitCodes, value)) return value;
    const redaction = origin === 'own' ? redactions.own : redactions.foreign;
    return sanitize(value, { maxChars, redaction });
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => redact(item, redactions, origin));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      if (origin === 'claims') {
        const redaction = redactions.foreign;
        return [sanitize(name, { maxChars, redaction }), redact(item, redactions, origin)];
      }
      if (fixedFields.has(name) && typeof item === 'string') return [name, item];
      return [name, redact(item, redactions, originOf(name, origin))];
    }),
  );
}

function originOf(field: string, around: Origin): Origin {
  if (claimFields.has(field)) return 'claims';
  return foreignFields.has(field) ? 'foreign' : around;
}
