import { asDexchangeError } from '../../../src/errors.ts';
import { createDeadline } from '../../../src/platform/deadline.ts';
import { createHttp } from '../../../src/platform/http/http.ts';

// Runs as a separate process, to test environment variables that Node reads, and stderr. Prints the
// status or the error code, and whether NODE_TLS_REJECT_UNAUTHORIZED is unchanged.
const { TEST_CA: caPem = '', ...env } = process.env;
const http = createHttp(
  {
    allowHttp: false,
    certificateAuthorityPem: caPem === '' ? [] : [caPem],
    insecureSkipTlsVerify: false,
    // Without proxies.
    env: {
      NODE_EXTRA_CA_CERTS: env['NODE_EXTRA_CA_CERTS'],
      SSL_CERT_FILE: env['SSL_CERT_FILE'],
      SSL_CERT_DIR: env['SSL_CERT_DIR'],
    },
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
