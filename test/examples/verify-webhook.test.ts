import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Webhook } from 'standardwebhooks';
import { afterAll, expect, test } from 'vitest';
import { examplesFolder } from './example-programs.ts';

const secret = `whsec_${Buffer.from('a secret of more than 24 bytes').toString('base64')}`;

const program = spawn(process.execPath, [`${examplesFolder}javascript/verify-webhook.ts`], {
  env: { ...process.env, NODE_OPTIONS: '', PORT: '0', WEBHOOK_SECRET: secret },
  stdio: ['ignore', 'pipe', 'inherit'],
});
afterAll(() => program.kill());
const lines = linesOf(program);
const url = await nextLine();

/** Posts a webhook with the gateway's signature. `sent` is the body that arrives. */
async function post(body: string, { sent = body, sentAt = new Date() } = {}): Promise<number> {
  const headers = {
    'content-type': 'application/json',
    'webhook-id': 'whd_1',
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('whd_1', sentAt, body),
  };
  return (await fetch(url, { method: 'POST', headers, body: sent })).status;
}

test('the example accepts a signed webhook and rejects a changed or an old one', async () => {
  const body = JSON.stringify({ type: 'job.completed', id: 'whd_1', data: { id: 'job_1', result: 'Привет!' } });
  expect(await post(body, { sent: body.replace('job_1', 'job_2') })).toBe(400);
  expect(await post(body, { sentAt: new Date(Date.now() - 6 * 60_000) })).toBe(400);
  expect(await post(body)).toBe(204);
  expect(await nextLine()).toBe('job.completed job_1 Привет!');
});

function linesOf({ stdout }: ChildProcess): AsyncIterator<string> {
  if (stdout === null) throw new Error('The example cannot be read.');
  return createInterface({ input: stdout })[Symbol.asyncIterator]();
}

async function nextLine(): Promise<string> {
  const { value, done } = await lines.next();
  if (done) throw new Error('The example has ended.');
  return value;
}
