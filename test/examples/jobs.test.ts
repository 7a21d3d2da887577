import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { startDevGateway } from './dev-gateway.ts';
import { examplesFolder } from './example-programs.ts';

const gateway = await startDevGateway({});
afterAll(() => gateway.stop());

async function run(command: string, ...args: string[]): Promise<string> {
  const [file = '', ...more] = args;
  const env = { ...process.env, NODE_OPTIONS: '', BASE_URL: gateway.url };
  const { stdout } = await promisify(execFile)(command, [join(examplesFolder, file), ...more], { env });
  return stdout;
}

test('the curl examples create a job and watch it to its end, after which it cannot be cancelled', async () => {
  const { data } = JSON.parse(await run('sh', 'curl/create-job.sh'));
  expect(data.createJob).toEqual({ id: expect.stringMatching(/^job_/), status: 'PENDING' });
  const watched = await run('sh', 'curl/watch-job.sh', data.createJob.id);
  expect(watched).toContain('"content":"Stub reply to: Hello AI!"');
  expect(watched).toMatch(/"status":"COMPLETED".*\n\n$/);
  expect(await run('sh', 'curl/cancel-job.sh', data.createJob.id)).toContain('"code":"conflict"');
});

test('watch-job.ts shows the text of a job as it is produced, and its result', async () => {
  expect(await run(process.execPath, 'javascript/watch-job.ts')).toBe(
    'Stub reply to: Hello!\nCOMPLETED: 1 tokens in, 4 out, $0\n',
  );
});
