import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { retryTiming, timingFailure } from '../support/limited-calls.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { findChildProcesses, readCpuMs } from '../support/process-usage.ts';
import { openSocketCall, type SocketCallOptions } from '../support/socket-call.ts';

/** The ratio of the lengths of the two streams. */
const factor = 8;
/** CPU time that grows with the square of the length is `factor` times this ratio. */
const maxGrowth = 2.5 * factor;

const ways: Readonly<Record<string, (prompt: string) => Pick<SocketCallOptions, 'path' | 'body'>>> = {
  'OpenAI, piped': (prompt) => chat(prompt, 'gpt-4o-mini', { stream_options: { include_usage: true } }),
  'OpenAI, rewritten': (prompt) => chat(prompt, 'gpt-4o-mini'),
  'Claude, piped': (prompt) => ({ ...chat(prompt, 'claude-haiku-4-5', { max_tokens: 9 }), path: '/v1/messages' }),
  'OpenAI to Claude, translated': (prompt) => chat(prompt, 'claude-haiku-4-5'),
  'OpenAI to Ollama, translated': (prompt) => chat(prompt, 'ollama/llama3.2'),
};

function chat(prompt: string, model: string, more = {}): Pick<SocketCallOptions, 'path' | 'body'> {
  const messages = [{ role: 'user', content: prompt }];
  return { path: '/v1/chat/completions', body: { model, stream: true, messages, ...more } };
}

let gateway: MiniflareGateway;
let key: string;
let pid: number | undefined;

beforeAll(async () => {
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder') });
  ({ key } = await gateway.createTenant());
  [pid] = await findChildProcesses('workerd');
  for (const way of Object.keys(ways)) await read(way, { chunks: 20, size: 10 });
});

afterAll(() => gateway?.stop());

interface Stream {
  readonly chunks: number;
  readonly size: number;
}

/** Returns the CPU milliseconds of the Worker for a stream. */
async function read(way: string, { chunks, size }: Stream): Promise<number> {
  const before = await readCpuMs(pid);
  const prompt = `[[scenario:long chunks=${chunks} size=${size}]] grow`;
  const text = await openSocketCall(gateway.url, { key, ...ways[way]?.(prompt) } as SocketCallOptions).text();
  expect(text.length).toBeGreaterThan(chunks * size);
  return (await readCpuMs(pid)) - before;
}

/** Returns the minimum of three runs, because the process sometimes has other work. */
async function readMinimum(way: string, stream: Stream): Promise<number> {
  const times = [];
  for (let round = 0; round < 3; round += 1) times.push(await read(way, stream));
  return Math.min(...times);
}

for (const way of Object.keys(ways)) {
  test.each([
    ['its chunks', { chunks: 2_000, size: 100 }, { chunks: 2_000 * factor, size: 100 }],
    ['the length of one line', { chunks: 1, size: 2 ** 20 }, { chunks: 1, size: 2 ** 20 * factor }],
  ])(`${way}: the CPU time of a stream grows linearly with %s`, retryTiming, async (what, short, long) => {
    const shortMs = await readMinimum(way, short);
    const longMs = await readMinimum(way, long);
    console.info(`${way}, ${what}: ${shortMs.toFixed(1)} ms, ${longMs.toFixed(1)} ms`);
    // Both figures contain the fixed cost of a request, so it hides no growth.
    if (pid !== undefined) expect(longMs, timingFailure).toBeLessThanOrEqual(maxGrowth * Math.max(shortMs, 5));
  });
}
