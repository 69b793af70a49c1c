import { describe, expect, test } from 'vitest';
import { curlCommand } from '../../../src/explain/curl.ts';
import type { OutgoingRequest } from '../../../src/http/message.ts';
import { Secret } from '../../../src/secret.ts';

const misplaced = 'kX9tQz7L2mB8wR4pN6sD3qW5';

function curlOf(part: Partial<OutgoingRequest>): string {
  const request: OutgoingRequest = {
    peer: 'dex',
    method: 'POST',
    url: 'https://dex.example.com/token',
    headers: [],
    ...part,
  };
  return curlCommand(request, {}).join(' ');
}

describe('a curl command', () => {
  test('has the values of settings, and variables in place of secrets', () => {
    const command = curlOf({
      form: [
        ['connector_id', 'gitlab'],
        ['scope', 'openid audience:server:client_id:dex-client-ci@d8-user-authn'],
        ['client_secret', new Secret('s3cret')],
      ],
    });
    expect(command).toContain("'connector_id=gitlab'");
    expect(command).toContain(
      "'scope=openid audience:server:client_id:dex-client-ci@d8-user-authn'",
    );
    expect(command).toContain('"client_secret=$DEX_CLIENT_SECRET"');
    expect(command).not.toContain('s3cret');
  });

  test.each<[string, Partial<OutgoingRequest>, string]>([
    ['a connector', { form: [['connector_id', misplaced]] }, '"connector_id=$CONNECTOR_ID"'],
    ['a scope', { form: [['scope', `openid ${misplaced}`]] }, '"scope=$SCOPE"'],
    ['an audience', { form: [['scope', `audience:server:client_id:${misplaced}`]] }, '$SCOPE'],
    ['an audience in JSON', { json: { audience: misplaced } }, '-d "$BODY"'],
  ])('has a variable for %s that looks like a secret', (_what, part, text) => {
    const command = curlOf(part);
    expect(command).toContain(text);
    expect(command).not.toContain(misplaced);
  });
});
