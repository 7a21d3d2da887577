import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PriceOverride } from '../../../src/domain/price-override.ts';
import { estimateMaxCost } from '../../../src/gateway/estimate-max-cost.ts';
import { OutputAccumulator } from '../../../src/gateway/output-accumulator.ts';
import { createUsageRecord } from '../../../src/gateway/settle.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { createAnthropicProvider } from '../../../src/providers/anthropic/anthropic-provider.ts';
import { createOpenAiProvider } from '../../../src/providers/openai/openai-provider.ts';
import type { EndpointName } from '../../../src/providers/provider.ts';
import { PriceBook } from '../../../src/usage/price-book.ts';
import { prices } from '../../../src/usage/prices.ts';
import { principalWith } from '../../support/principal.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';

const at = new Date('2026-06-01T12:00:00Z');
const size = { input: 7, maxOutput: 50 };
const openai = createOpenAiProvider(providerOptions(getDescriptor('openai'), { apiKey: 'k' }));
const claude = createAnthropicProvider(providerOptions(getDescriptor('claude'), { apiKey: 'k' }));

function set(second: number, prices: PriceOverride['prices'], model: string): PriceOverride {
  const createdAt = new Date(at.getTime() + second * 1000);
  return { id: `prc_${second}`, provider: 'openai', model, prices, createdAt };
}

async function createBook(overrides: readonly PriceOverride[]): Promise<PriceBook> {
  const logger = createLogger('info', () => undefined);
  const book = new PriceBook({ list: prices, load: async () => overrides, logger, now: () => at.getTime() });
  await book.reload();
  return book;
}

/** Bodies of replies, by endpoint, around a usage and the name of a model. */
const replies: Partial<Record<EndpointName, (usage: unknown, model: unknown) => object>> = {
  chat: (usage, model) => ({ model, usage, choices: [{ index: 0, message: { content: 'Hello there' } }] }),
  responses: (usage, model) => ({
    ...{ model, usage, status: 'completed' },
    output: [{ type: 'message', content: [{ type: 'output_text', text: 'Hello there' }] }],
  }),
  embeddings: (usage, model) => ({ model, usage, data: [{ embedding: [0.1] }] }),
  messages: (usage, model) => ({ model, usage, content: [{ type: 'text', text: 'Hello there' }] }),
};

/** Settles a whole reply as the gateway does. */
function settle(endpointName: EndpointName, model: string, reply: object, book: PriceBook, admittedBook = book) {
  const provider = endpointName === 'messages' ? claude : openai;
  const maxOutput = endpointName === 'embeddings' ? 0 : size.maxOutput;
  const target = { provider, model, at };
  const admitted = estimateMaxCost({ ...size, maxOutput }, target, admittedBook);
  const response = provider.endpoints?.[endpointName]?.decodeResponse(JSON.stringify(reply));
  if (!response) throw new Error('no endpoint');
  const request = {
    requestId: 'req_1',
    principal: principalWith({}),
    source: 'sync' as const,
    signal: new AbortController().signal,
    waitUntil: () => undefined,
  };
  const { usage, reportedModel, finishReason, content } = response;
  const record = createUsageRecord(
    {
      ...{ request, size: () => ({ ...size, maxOutput }), provider, model, reportedModel, usage },
      admittedPrices: admittedBook.findFirst(provider, [model], at),
      ...{ startedAtMs: at.getTime(), endedAtMs: at.getTime(), firstByteMs: 1 },
      outcome: { type: 'completed', finishReason, output: content && OutputAccumulator.of({ content }) },
    },
    book,
  );
  return { admitted, usage, record };
}

const count = fc.oneof(
  fc.nat(100_000),
  fc.constantFrom<unknown>(undefined, null, -1, 1.5, 2 ** 40, '12', {}, [], true),
);
const details = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, 7),
  fc.record({ cached_tokens: count, reasoning_tokens: count, cache_write_tokens: count }),
);
const usage = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, 'many', []),
  fc.record(
    {
      ...{ prompt_tokens: count, completion_tokens: count, total_tokens: count },
      ...{ prompt_tokens_details: details, completion_tokens_details: details },
      ...{ input_tokens: count, output_tokens: count, input_tokens_details: details, output_tokens_details: details },
      ...{ cache_read_input_tokens: count, cache_creation_input_tokens: count },
      iterations: fc.array(fc.record({ type: fc.constantFrom('compaction', 'message'), input_tokens: count })),
    },
    { requiredKeys: [] },
  ),
);
const reported = fc.constantFrom<unknown>(
  ...[undefined, 'never-heard-of', 'text-embedding-3-small', 'gpt-4.1', 'gpt-4o-search-preview', ''],
);

describe('a request that was admitted with a price', () => {
  test.each<[EndpointName, string]>([
    ['chat', 'gpt-4o-mini'],
    ['responses', 'gpt-4.1-mini'],
    ['embeddings', 'text-embedding-3-small'],
    ['embeddings', 'gpt-4o-mini'],
    ['embeddings', 'with-output'],
    ['messages', 'claude-haiku-4-5'],
  ])('has a cost with any count in its reply: %s of %s', async (endpointName, model) => {
    const book = await createBook([set(-60, { input: '1', output: '1' }, 'with-output')]);
    fc.assert(
      fc.property(usage, reported, (counts, reportedModel) => {
        const reply = replies[endpointName]?.(counts, reportedModel) ?? {};
        const settled = settle(endpointName, model, reply, book);
        expect(settled.admitted.costNanoUsd).not.toBeNull();
        expect(settled.usage?.unpriced).toBeUndefined();
        expect(settled.record.costNanoUsd).not.toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  test('has a cost where its price was taken back in another isolate before it began', async () => {
    const first = set(-60, { input: '2', output: '4' }, 'acme-1');
    const removal = set(-5, null, 'acme-1');
    const [outdated, current] = [await createBook([first]), await createBook([first, removal])];
    const reply = replies.chat?.({ prompt_tokens: 1000, completion_tokens: 10 }, 'acme-1') ?? {};
    expect(settle('chat', 'acme-1', reply, current, outdated).record).toMatchObject({
      costNanoUsd: 2_040_000n,
      priceVersion: 'prc_-60',
    });
    expect(settle('chat', 'acme-1', reply, current).record.costNanoUsd).toBeNull();
  });
});

describe('embeddings', () => {
  test('of a model whose price has an output part cost their input', async () => {
    const book = await createBook([set(-60, { input: '1', output: '1' }, 'with-output')]);
    const reply = replies.embeddings?.({ prompt_tokens: 200_000, total_tokens: 200_000 }, 'with-output') ?? {};
    expect(settle('embeddings', 'with-output', reply, book).record).toMatchObject({
      ...{ inputTokens: 200_000, outputTokens: 0, costNanoUsd: 200_000_000n, tokenSource: 'provider' },
    });
  });

  test('without a count cost what their input is estimated at', async () => {
    const reply = replies.embeddings?.(undefined, undefined) ?? {};
    expect(settle('embeddings', 'text-embedding-3-small', reply, await createBook([])).record).toMatchObject({
      ...{ inputTokens: size.input, outputTokens: 0, costNanoUsd: 140n, tokenSource: 'estimated' },
    });
  });
});

test('a compaction may bill the prompt twice, and a summary', () => {
  const target = { provider: claude, model: 'claude-haiku-4-5', at };
  const once = estimateMaxCost(size, target, prices);
  const twice = estimateMaxCost({ ...size, compacts: true }, target, prices);
  expect(twice).toEqual({ tokens: 2 * once.tokens, costNanoUsd: 2n * (once.costNanoUsd ?? 0n) });
});
