import { describe, expect, test } from 'vitest';
import { estimateMaxCost } from '../../../src/gateway/estimate-max-cost.ts';
import { Gateway } from '../../../src/gateway/gateway.ts';
import type { GatewayDependencies } from '../../../src/gateway/gateway-dependencies.ts';
import type { ChatGatewayRequest, ForwardRequest } from '../../../src/gateway/gateway-request.ts';
import { createOpenAiProvider } from '../../../src/providers/openai/openai-provider.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { estimateTokens } from '../../../src/usage/estimate-tokens.ts';
import { priceUsage } from '../../../src/usage/price-usage.ts';
import { prices } from '../../../src/usage/prices.ts';
import type { UsageRecord } from '../../../src/usage/usage-record.ts';
import type { SettledRequest } from '../../../src/usage/usage-recorder.ts';
import { principalWith } from '../../support/principal.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';

/** Returns the ledger entry of one request to a provider with this answer, even if the request fails. */
async function rowOf(
  answer: () => Response,
  call: (gateway: Gateway, request: ChatGatewayRequest & { target: { provider: Provider } }) => Promise<void>,
): Promise<UsageRecord | undefined> {
  const records: UsageRecord[] = [];
  const provider = createOpenAiProvider(
    providerOptions(getDescriptor('openai'), { apiKey: 'k', fetch: async () => answer() }),
  );
  const dependencies = {
    timeouts: { firstByteMs: 30_000, chunkMs: 2_000, totalMs: 60_000 },
    admission: { admit: async () => ({ settle: () => undefined, limits: [] }) },
    prices: {
      findFirst: prices.findFirst.bind(prices),
      findContextWindow: prices.findContextWindow.bind(prices),
      names: prices.names.bind(prices),
      ready: () => undefined,
    },
    recordUsage: (settled: SettledRequest) => void records.push(...settled.records),
    now: Date.now,
  } as unknown as GatewayDependencies;
  const request = {
    requestId: 'req_1',
    principal: principalWith({}),
    source: 'sync' as const,
    target: { provider, model: 'gpt-4o-mini' },
    chat: { messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Tell me a story.' }] }] },
    signal: new AbortController().signal,
    waitUntil: () => undefined,
  };
  await call(new Gateway(dependencies), request).catch(() => undefined);
  expect(records).toHaveLength(1);
  return records[0];
}

const completed = async (gateway: Gateway, request: ChatGatewayRequest) => void (await gateway.complete(request));
const forwarded: Parameters<typeof rowOf>[1] = async (gateway, request) => {
  const endpoint = request.target.provider.endpoints?.chat;
  if (!endpoint) throw new Error('no endpoint');
  const size = () => ({ input: 7, maxOutput: undefined });
  await gateway.forward({ ...request, endpoint, body: '{}', size } as ForwardRequest);
};

const usage = { prompt_tokens: 1_000, completion_tokens: 2_000, total_tokens: 3_000 };
const story = 'Once upon a time there were two llamas in a field. ';
const reply = (more: object) => Response.json({ model: 'gpt-4o-mini', ...more });

describe.each([
  ['translated', completed, 'failed'],
  ['passed through', forwarded, 'completed'],
] as const)('a request that is %s', (_, call, status) => {
  test.each([
    ['no choice', { choices: [] }],
    ['a choice without a message', { choices: [{ index: 0, finish_reason: 'length' }] }],
  ])('a reply with %s is billed by its usage', async (_, body) => {
    const row = await rowOf(() => reply({ ...body, usage }), call);
    expect(row).toMatchObject({ status, inputTokens: 1_000, outputTokens: 2_000, costNanoUsd: 1_350_000n });
  });

  test('an unreadable reply without usage has an unknown price', async () => {
    expect(await rowOf(() => reply({ choices: null }), call)).toMatchObject({ status, costNanoUsd: null });
  });

  test('a reply that breaks off after its status 200 or is no JSON has an unknown price', async () => {
    const broken = () => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"choices":[{"message":')),
        pull: (controller) => controller.error(new Error('reset')),
      });
      return new Response(body, { headers: { 'content-type': 'application/json' } });
    };
    for (const answer of [broken, () => new Response('what?')]) {
      expect(await rowOf(answer, call)).toMatchObject({ status: 'failed', costNanoUsd: null });
    }
  });

  test('an error under status 200 costs nothing', async () => {
    expect(await rowOf(() => reply({ error: { message: 'no' } }), call)).toMatchObject({ costNanoUsd: 0n });
  });

  test('a complete reply without usage is billed by an estimate and marked as estimated', async () => {
    const row = await rowOf(() => reply({ choices: [{ message: { content: story } }] }), call);
    expect(row).toMatchObject({ status: 'completed', tokenSource: 'estimated', outputTokens: estimateTokens(story) });
    expect(row?.inputTokens).toBeGreaterThan(4);
    expect(Number(row?.costNanoUsd)).toBeGreaterThan(0);
  });

  test.each([
    ['another service tier', { service_tier: 'priority', usage }],
    ['audio', { usage: { ...usage, completion_tokens_details: { audio_tokens: 1_000 } } }],
  ])('%s has an unknown price', async (_, more) => {
    const row = await rowOf(() => reply({ choices: [{ message: { content: story } }], ...more }), call);
    expect(row).toMatchObject({ tokenSource: 'provider', outputTokens: 2_000, costNanoUsd: null });
  });
});

describe('a stream', () => {
  const chunk = (index: number, more: object) =>
    `data: ${JSON.stringify({ model: 'gpt-4o-mini', service_tier: 'default', choices: [{ index, ...more }] })}\n\n`;
  const counted = `data: ${JSON.stringify({ choices: [], usage })}\n\n`;
  const annotations = [{ type: 'url_citation', url_citation: { url: 'https://example.com' } }];
  const citing = { choices: [{ index: 0, delta: { content: story, annotations } }] };
  const end = `${chunk(0, { delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`;
  const streamed: Parameters<typeof rowOf>[1] = async (gateway, request) => {
    const { events } = await gateway.stream({ ...request, source: 'stream' });
    while (await events.read());
  };

  test('without usage is billed by an estimate and marked as estimated', async () => {
    const row = await rowOf(() => new Response(chunk(0, { delta: { content: story } }) + end), streamed);
    expect(row).toMatchObject({ status: 'completed', tokenSource: 'estimated', outputTokens: estimateTokens(story) });
  });

  test('that ends after its finish reason, without [DONE] and usage, is billed by an estimate', async () => {
    const unended = chunk(0, { delta: { content: story } }) + chunk(0, { delta: {}, finish_reason: 'stop' });
    const row = await rowOf(() => new Response(unended), streamed);
    expect(row).toMatchObject({ status: 'completed', tokenSource: 'estimated', outputTokens: estimateTokens(story) });
  });

  test('without content fails', async () => {
    expect(await rowOf(() => new Response('data: [DONE]\n\n'), streamed)).toMatchObject({
      status: 'failed',
      errorCode: 'provider_error',
    });
  });

  test('is billed by its highest counts, even if zeros follow', async () => {
    const count = (more: object) => `data: ${JSON.stringify({ choices: [], usage: more })}\n\n`;
    const zeros = count({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 });
    const body = chunk(0, { delta: { content: story } }) + count(usage) + zeros + end;
    const row = await rowOf(() => new Response(body), streamed);
    expect(row).toMatchObject({ tokenSource: 'provider', inputTokens: 1_000, outputTokens: 2_000 });
    expect(row?.costNanoUsd).toBe(1_350_000n);
  });

  test('in another service tier has an unknown price', async () => {
    const flex = `data: ${JSON.stringify({ choices: [], usage, service_tier: 'flex' })}\n\n`;
    const row = await rowOf(() => new Response(chunk(0, { delta: { content: story } }) + flex + end), streamed);
    expect(row).toMatchObject({ tokenSource: 'provider', outputTokens: 2_000, costNanoUsd: null });
  });

  test.each([
    ['in another service tier', { service_tier: 'scale', choices: [{ index: 0, delta: { content: story } }] }],
    ['that cites search results', citing],
  ])('%s has an unknown price, cut off or complete', async (_, first) => {
    const begun = `data: ${JSON.stringify({ model: 'gpt-4o-mini', ...first })}\n\n`;
    for (const text of [begun, begun + end, begun + counted + end]) {
      const row = await rowOf(() => new Response(text), streamed);
      expect(row).toMatchObject({ costNanoUsd: null });
      expect(Number(row?.outputTokens)).toBeGreaterThan(0);
    }
  });

  test('of several replies that is cut off is billed for all of them', async () => {
    const cut = [0, 1, 2].map((index) => chunk(index, { delta: { content: story } })).join('');
    const row = await rowOf(
      () => new Response(cut),
      async (gateway, request) => {
        const endpoint = request.target.provider.endpoints?.chat;
        if (!endpoint) throw new Error('no endpoint');
        const background: Promise<unknown>[] = [];
        const { body } = await gateway.forwardStream({
          ...request,
          endpoint,
          body: '{}',
          stripUsageChunk: true,
          replies: 3,
          encodeError: () => '',
          size: () => ({ input: 7, maxOutput: undefined, replies: 3 }),
          waitUntil: (work) => void background.push(work),
        });
        await new Response(body).text();
        await Promise.all(background);
      },
    );
    expect(row).toMatchObject({ status: 'failed', tokenSource: 'estimated', outputTokens: 3 * estimateTokens(story) });
  });
});

describe('the estimate of the maximum cost', () => {
  const requested = { provider: getDescriptor('claude'), model: 'claude-sonnet-4-5', at: new Date('2026-06-01') };
  const size = { input: 100_000, maxOutput: 1 };

  test('covers a prompt that is written to the cache for an hour', () => {
    const written = { input: 100_000, output: 1, cacheWrite: 100_000, cacheWriteOneHour: 100_000 };
    const real = priceUsage({ ...requested, usage: written }, prices).costNanoUsd;
    expect(estimateMaxCost({ ...size, caches: true }, requested, prices).costNanoUsd).toBe(real);
    expect(estimateMaxCost(size, requested, prices).costNanoUsd).toBeLessThan(real ?? 0n);
  });

  test('is unknown for a request with unpriced parts', () => {
    expect(estimateMaxCost({ ...size, unpriced: true }, requested, prices).costNanoUsd).toBeNull();
  });
});
