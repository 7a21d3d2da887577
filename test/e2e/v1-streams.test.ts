import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { estimateTokens } from '../../src/usage/estimate-tokens.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { openSocketCall, type SocketCallOptions } from '../support/socket-call.ts';

let gateway: MiniflareGateway;

beforeAll(async () => {
  const variables = () => ({ CHUNK_TIMEOUT_MS: '1500' });
  gateway = await startMiniflareGateway({ workerFolder: inject('workerFolder'), variables });
  const { key } = await gateway.createTenant();
  // A provider's client is loaded with its first call.
  for (const way of ways) await openSocketCall(gateway.url, { key, ...buildRequest(way, 'Hi') }).text();
});

afterAll(() => gateway?.stop());

interface Way {
  readonly name: string;
  readonly path: '/v1/chat/completions' | '/v1/messages';
  readonly model: string;
  readonly more?: object;
  readonly translated?: true;
}

/** How bytes pass through: event by event, with or without the usage chunk, or translated. */
const ways: readonly Way[] = [
  {
    name: 'OpenAI, usage asked for',
    path: '/v1/chat/completions',
    model: 'gpt-4o-mini',
    more: { stream_options: { include_usage: true } },
  },
  { name: 'OpenAI', path: '/v1/chat/completions', model: 'gpt-4o-mini' },
  { name: 'Claude', path: '/v1/messages', model: 'claude-haiku-4-5', more: { max_tokens: 9_000 } },
  { name: 'OpenAI to Claude', path: '/v1/chat/completions', model: 'claude-haiku-4-5', translated: true },
  { name: 'OpenAI to Ollama', path: '/v1/chat/completions', model: 'ollama/llama3.2', translated: true },
  {
    name: 'Claude to OpenAI',
    path: '/v1/messages',
    model: 'gpt-4o-mini',
    more: { max_tokens: 9_000 },
    translated: true,
  },
];

function buildRequest({ path, model, more }: Way, prompt: string): Pick<SocketCallOptions, 'path' | 'body'> {
  return { path, body: { model, stream: true, messages: [{ role: 'user', content: prompt }], ...more } };
}

/** Returns the terminal events of a stream. */
function endings(text: string): string[] {
  return [...text.matchAll(/^data: \[DONE\]|"type":\s*"message_stop"|^data: \{"error"|"type":\s*"error"/gm)].map(
    ([end]) => (end.includes('error') ? 'error' : 'done'),
  );
}

function textOf(sse: string): string {
  return [...sse.matchAll(/"(?:content|text)":\s*("(?:[^"\\]|\\.)*")/g)]
    .map(([, json = '""']) => JSON.parse(json))
    .join('');
}

/** The text of the scenario `paced`. */
function countedText(chunks: number): string {
  return Array.from({ length: chunks }, (_, index) => `chunk-${index} `).join('');
}

const passed = ways.filter(({ translated }) => !translated);

test.each(passed)('$name: chunks that are not JSON pass through, and the others are metered', async (way) => {
  const tenant = await gateway.createTenant();
  const prompt = '[[scenario:unicode,broken-json,junk-frames]] go';
  const text = await openSocketCall(gateway.url, { key: tenant.key, ...buildRequest(way, prompt) }).text();
  expect(text).toMatch(/^data: \{[^"\n]+$/m);
  expect(text).toContain('data: : keepalive\n\n');
  expect(endings(text)).toEqual(['done']);
  const [row] = await tenant.rows(1);
  expect(row).toMatchObject({ status: 'completed', tokenSource: 'provider' });
});

describe.each(ways)('$name', (way) => {
  const openStream = (key: string, scenario: string) =>
    openSocketCall(gateway.url, { key, ...buildRequest(way, `[[scenario:${scenario}]] go`) });

  test('a stream paced at 20 ms arrives chunk by chunk and has one row', async () => {
    const tenant = await gateway.createTenant();
    const call = openStream(tenant.key, 'paced ms=20 chunks=50');
    const text = await call.text();
    expect(textOf(text)).toBe(countedText(50));
    expect(endings(text)).toEqual(['done']);
    const reads = call.reads.filter(({ text: read }) => read.includes('chunk-'));
    expect(reads.length).toBeGreaterThanOrEqual(45);
    expect((reads.at(-1)?.atMs ?? 0) - (reads[0]?.atMs ?? 0)).toBeGreaterThanOrEqual(0.8 * 49 * 20);
    const [row] = await tenant.rows(1);
    expect(row).toMatchObject({ source: 'stream', status: 'completed', tokenSource: 'provider' });
  });

  test('chunks that follow each other quickly arrive together', async () => {
    const tenant = await gateway.createTenant();
    const call = openStream(tenant.key, 'paced ms=2 chunks=500');
    expect(textOf(await call.text())).toBe(countedText(500));
    expect(call.reads.length).toBeLessThan(250);
    const [row] = await tenant.rows(1);
    expect(row).toMatchObject({ status: 'completed', tokenSource: 'provider' });
  });

  test.each(['cut', 'clean-cut', 'error-event'])(
    'gathered chunks arrive before the error of a stream with %s',
    async (trouble) => {
      const tenant = await gateway.createTenant();
      const text = await openStream(tenant.key, `paced,${trouble} ms=2 chunks=500 after=300`).text();
      expect(textOf(text)).toBe(countedText(300));
      expect(endings(text)).toEqual(['error']);
    },
  );

  test('a stream ends with one error if the provider breaks off', async () => {
    const troubles = ['cut', 'clean-cut', 'error-event', 'silence after=2', 'cut mid=character', 'broken-json'];
    const ended = await Promise.all(
      // A passthrough stream continues after invalid JSON.
      troubles
        .filter((trouble) => way.translated || trouble !== 'broken-json')
        .map(async (trouble) => {
          const tenant = await gateway.createTenant();
          const text = await openStream(tenant.key, `unicode,${trouble}`).text();
          const [row] = await tenant.rows(1);
          const { status, tokenSource, outputTokens } = row ?? {};
          return { trouble, endings: endings(text), status, tokenSource, produced: Number(outputTokens) > 0 };
        }),
    );
    for (const { trouble, ...outcome } of ended) {
      const expected = { endings: ['error'], status: 'failed', tokenSource: 'estimated', produced: true };
      expect({ trouble, ...outcome }).toEqual({ trouble, ...expected });
    }
  });

  test('a client that disconnects ends the provider call and pays for the text that it has received', async () => {
    const tenant = await gateway.createTenant();
    const call = openStream(tenant.key, 'paced ms=10 chunks=5000');
    let receivedText = '';
    for await (const bytes of await call.response) {
      receivedText += String(bytes);
      if (receivedText.includes('chunk-90 ')) break;
    }
    call.reset();
    const [row] = await tenant.rows(1);
    expect(row).toMatchObject({ status: 'client_gone', tokenSource: 'estimated' });
    expect(row?.outputTokens).toBeGreaterThanOrEqual(estimateTokens(textOf(receivedText)));
    await expect.poll(async () => (await gateway.readProviderTraffic()).open.replies, { timeout: 5_000 }).toBe(0);
  });
});

test.each(ways.slice(0, 3))('$name: a client that pauses for a while gets its whole stream', async (way) => {
  const chunks = 6000;
  const size = 4000;
  const tenant = await gateway.createTenant();
  const prompt = `[[scenario:long chunks=${chunks} size=${size}]] v1 slowly ${way.name}`;
  const call = openSocketCall(gateway.url, { key: tenant.key, ...buildRequest(way, prompt) });
  await call.response;
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect((await gateway.readProviderTraffic(`slowly ${way.name}`)).open.replies).toBe(1);
  const text = await call.text();
  expect(endings(text)).toEqual(['done']);
  expect(textOf(text).length).toBe(chunks * size);
  const [row] = await tenant.rows(1);
  expect(row).toMatchObject({ status: 'completed' });
});
