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

test('a job is made, watched to its end, and cannot be cancelled any more', async () => {
  const { data } = JSON.parse(await run('sh', 'curl/create-job.sh'));
  expect(data.createJob).toEqual({ id: expect.stringMatching(/^job_/), status: 'PENDING' });
  const watched = await run('sh', 'curl/watch-job.sh', data.createJob.id);
  expect(watched).toContain('"content":"Stub reply to: Hello AI!"');
  expect(watched).toMatch(/"status":"COMPLETED".*\n\n$/);
  expect(await run('sh', 'curl/cancel-job.sh', data.createJob.id)).toContain('"code":"conflict"');
});

test('a program shows the text of a job while it is produced, and what it came to', async () => {
  expect(await run(process.execPath, 'javascript/watch-job.ts')).toBe(
    'Stub reply to: Hello!\nCOMPLETED: 1 tokens in, 4 out, $0\n',
  );
});
