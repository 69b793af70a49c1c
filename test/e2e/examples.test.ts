import { resolve } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { connectServers } from './harness/client.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

test('the API server accepts the Job with a sidecar', async () => {
  const file = resolve(import.meta.dirname, '../../examples/sidecar/job.yaml');
  const args = [
    'apply',
    '--dry-run=server',
    '--validate=strict',
    '--namespace=default',
    '-f',
    file,
  ];
  const ran = await servers.kubectl(args);
  expect(ran, ran.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(ran.stdout).toContain('job.batch/deploy created');
});
