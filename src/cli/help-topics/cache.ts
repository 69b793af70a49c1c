import { type HelpTopic, lines, paragraph, table } from './help-topic.ts';

export const cache: HelpTopic = {
  name: 'cache',
  summary: 'what is cached, for how long, and for whom',
  parts: [
    paragraph(`One exchange per token lifetime is enough for all calls with the same identity and settings. A
problem with the cache never makes a call fail; -v prints the reason.`),
    table('What happens', [
      ['fresh', 'the call returns the credential, without a request'],
      [
        'due',
        'from 5m30s before the expiry, but at most 55 % of the lifetime: one call renews it, and others use the old one (--refresh-before)',
      ],
      ['expired or missing', 'one call exchanges the token, and others wait for the result'],
      ['rejected', 'after a 401 from the API server, kubectl asks again and gets a new credential'],
      [
        'denied',
        'kept for ten seconds, so that the repeated calls of kubectl do not ask Dex again',
      ],
    ]),
    table('What is stored', [
      ['entries', 'encrypted credentials, in XDG_CACHE_HOME or ~/.cache, or in --cache-dir'],
      ['key', 'a random key, in XDG_DATA_HOME or ~/.local/share'],
      ['never', 'identity tokens that a variable or file contains, client secrets, passwords'],
    ]),
    paragraph(`Every input of the exchange is part of the key of an entry: a changed secret, connector, audience
or identity token is a miss. So jobs on one runner never share an entry by accident. Do not add the two
folders to the cache or the artifacts of the CI system, where other jobs can read them.`),
    lines(
      'Commands',
      `dexchange cache list
dexchange cache prune
dexchange cache clear
dexchange get-token --no-cache
`,
    ),
  ],
};
