import { asDexchangeError } from '../../../src/errors.ts';
import { createDeadline } from '../../../src/platform/deadline.ts';
import { createHttp } from '../../../src/platform/http/http.ts';

// A process of its own, for what only a whole process can show: variables that Node reads, and
// stderr. Prints the status or the error's code, and whether Node's switch is as it was.
const { TEST_CA: caPem = '', ...env } = process.env;
const http = createHttp(
  {
    allowHttp: false,
    certificateAuthorityPem: caPem === '' ? [] : [caPem],
    insecureSkipTlsVerify: false,
    env: {},
  },
  createDeadline(3_600_000, performance),
  { now: Date.now, random: Math.random, userAgent: 'dexchange/test', trace: () => {} },
);
const outcome = await http
  .send({ peer: 'dex', method: 'GET', url: process.argv[2] ?? '', headers: [] })
  .then(
    ({ status }) => status,
    (error: unknown) => asDexchangeError(error).code,
  );
const still = env['NODE_TLS_REJECT_UNAUTHORIZED'] === process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
process.stdout.write(
  `${outcome}, ${still ? 'still' : 'not'} ${env['NODE_TLS_REJECT_UNAUTHORIZED']}`,
);
await http.close();
