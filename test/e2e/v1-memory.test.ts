import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { findChildProcesses, readPrivateBytes } from '../support/process-usage.ts';
import { openSocketCall, type SocketCallOptions } from '../support/socket-call.ts';

/** `npm run test:streams` watches for a minute, and reads as fast as it can as well. */
const isFull = process.env.STREAMS_AT_FULL_LOAD === '1';
const watchMs = isFull ? 60_000 : 4_000;
/** 50 MB. */
const chunks = 12_500;
const size = 4_000;
const mebibyte = 2 ** 20;
/** Bounds for the memory of a stream. A fast stream produces much garbage, so its bound is higher. */
const maxMiB = isFull ? 8 : 16;
const maxWithGarbageMiB = 32;
const bytesPerSecond = 1024;
const long = `[[scenario:long chunks=${chunks} size=${size}]] `;

const ways: Readonly<Record<string, (prompt: string) => Pick<SocketCallOptions, 'path' | 'body'>>> = {
  'OpenAI, piped': (prompt) => chat(prompt, 'gpt-4o-mini', { stream_options: { include_usage: true } }),
  'OpenAI, pumped': (prompt) => chat(prompt, 'gpt-4o-mini'),
  'Claude, piped': (prompt) => ({ ...chat(prompt, 'claude-haiku-4-5', { max_tokens: 9 }), path: '/v1/messages' }),
  'OpenAI to Claude, translated': (prompt) => chat(prompt, 'claude-haiku-4-5'),
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
  for (const way of Object.keys(ways)) await open(way, 'Hi').text();
  if (pid === undefined) console.warn('SKIPPED: what memory the Worker takes, which is read from /proc.');
});

afterAll(() => gateway?.stop());

const open = (way: string, prompt: string) =>
  openSocketCall(gateway.url, { key, ...ways[way]?.(prompt) } as SocketCallOptions);

/** Returns the maximum growth of the Worker's memory during `work`, in MiB. */
async function growthDuring(work: () => Promise<void>): Promise<number> {
  await setTimeout(1_000);
  const before = await readPrivateBytes(pid ?? 0);
  let maxBytes = before;
  let isOver = false;
  const watch = async () => {
    for (; !isOver; await setTimeout(50)) maxBytes = Math.max(maxBytes, await readPrivateBytes(pid ?? 0));
  };
  const watching = watch();
  await work().finally(() => {
    isOver = true;
  });
  await watching;
  return (maxBytes - before) / mebibyte;
}

describe.each(Object.keys(ways))('%s', (way) => {
  test('the gateway does not read ahead for a client that reads 1 KiB per second', async () => {
    // One-time growth, mainly of the heap, happens here.
    if (isFull) for (let round = 0; round < 3; round += 1) await open(way, `${long}warm`).text();
    const grown = await growthDuring(async () => {
      const call = open(way, `${long}slow ${way}`);
      const response = await call.response;
      response.pause();
      const until = Date.now() + watchMs;
      for (; Date.now() < until; await setTimeout(1_000)) response.read(bytesPerSecond);
      // The provider has to wait too.
      expect((await gateway.readProviderTraffic(`slow ${way}`)).open.replies).toBe(1);
      call.reset();
    });
    console.info(`${way}: slowly ${grown.toFixed(1)} MiB`);
    if (pid !== undefined) expect(grown).toBeLessThanOrEqual(maxMiB);
  });

  if (!isFull) return;

  test('memory stays within its bound while a client reads 50 MB at full speed', async () => {
    const read = async () => {
      const text = await open(way, `${long}fast`).text();
      expect(text.length).toBeGreaterThan(chunks * size);
    };
    for (let round = 0; round < 3; round += 1) await read();
    const grown = await growthDuring(read);
    console.info(`${way}: fast ${grown.toFixed(1)} MiB`);
    if (pid !== undefined) expect(grown).toBeLessThanOrEqual(maxWithGarbageMiB);
  });
});
