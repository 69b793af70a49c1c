import { expect, test } from 'vitest';
import { redactReport } from '../../../src/explain/redact-report.ts';
import type { Report } from '../../../src/explain/report.ts';
import { redactionOf } from '../../../src/redaction.ts';
import { Secret } from '../../../src/secret.ts';

function reportOf(said: string): Report {
  return {
    version: 2,
    dexchange: 'dev',
    verdict: {
      status: 'failed',
      summary: 'Dex does not authenticate client ci',
      rule: 'dex-client-refused',
      error: 'dex_client_refused',
      message: 'Dex denied client ci: wrong client id or secret',
      hint: 'run `d8 k get secret ci`, or set --client-secret-file',
      exitCode: 4,
    },
    steps: [
      {
        name: 'subject-token',
        status: 'ok',
        summary: 'JWT',
        type: 'id_token',
        token: {
          form: 'jwt',
          length: 40,
          sha256: '0123456789ab',
          header: { kid: said },
          claims: { [said]: `a ${said} b` },
          times: [],
        },
      },
      {
        name: 'exchange',
        status: 'failed',
        summary: 'Dex denied client ci: wrong client id or secret',
        requests: [
          {
            method: 'POST',
            url: 'https://dex.example.com/token',
            curl: ['curl', "'https://dex.example.com/token'"],
            attempts: [],
            answer: { status: 401, error: 'invalid_client', description: `not ${said}` },
          },
        ],
      },
    ],
    diagnoses: [],
  };
}

test.each(['wrong', 'secret', 'token', 'client', 'client-secret', 'secret-file', 'password'])(
  'a client secret that is literally %s garbles no words of a report, and no echo shows it',
  (secret) => {
    const before = reportOf('x');
    const after = redactReport(reportOf(secret), redactionOf([new Secret(secret)]));
    expect(after.verdict).toEqual(before.verdict);
    expect(after.steps[1]).toMatchObject({
      summary: 'Dex denied client ci: wrong client id or secret',
      requests: [
        {
          url: 'https://dex.example.com/token',
          answer: { error: expect.any(String), description: 'not [redacted]' },
        },
      ],
    });
    expect(after.steps[0]).toMatchObject({
      token: { header: { kid: '[redacted]' }, claims: { '[redacted]': 'a [redacted] b' } },
    });
  },
);

test.each(['s3cr+t%2F=&:x', 'correct-horse-battery-staple', 'the-system-of-2024', 'Tr0ub4dor&3'])(
  'a real secret, %s, is redacted everywhere',
  (secret) => {
    const report = reportOf(secret);
    const said = JSON.stringify(
      redactReport(
        { ...report, verdict: { ...report.verdict, hint: `try ${secret}`, message: secret } },
        redactionOf([new Secret(secret)]),
      ),
    );
    expect(said).toContain('try [redacted]');
    expect(said).not.toContain(JSON.stringify(secret).slice(1, -1));
  },
);
