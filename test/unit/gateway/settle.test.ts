import { describe, expect, test } from 'vitest';
import { GatewayError } from '../../../src/domain/errors.ts';
import type { StreamEvent, TokenUsage } from '../../../src/domain/response.ts';
import { ClientDisconnectedError } from '../../../src/gateway/deadlines.ts';
import { readRequestSize } from '../../../src/gateway/estimate-input-tokens.ts';
import type { ChatGatewayRequest } from '../../../src/gateway/gateway-request.ts';
import { RequestMeasure } from '../../../src/gateway/measure-request.ts';
import { OutputAccumulator } from '../../../src/gateway/output-accumulator.ts';
import { createUsageRecord, type Outcome } from '../../../src/gateway/settle.ts';
import { prices } from '../../../src/usage/prices.ts';
import { usageMessageSchema } from '../../../src/usage/usage-record.ts';
import { principalWith } from '../../support/principal.ts';
import { buildUsageMessage } from '../../support/usage-record.ts';

const request: ChatGatewayRequest = {
  requestId: 'req_1',
  principal: principalWith({}),
  source: 'stream',
  chat: { messages: [{ role: 'user', content: [{ type: 'text', text: 'Tell me a story about two llamas.' }] }] },
  signal: new AbortController().signal,
  waitUntil: () => undefined,
};
const target = { provider: { pricingVendor: 'openai' }, model: 'gpt-4o-mini' };
const size = () => new RequestMeasure(() => readRequestSize(request.chat), target).size;

function settled(outcome: Outcome, usage?: TokenUsage, reportedModel?: string) {
  return createUsageRecord(
    {
      request,
      size,
      provider: { id: 'openai', pricingVendor: 'openai' },
      model: 'gpt-4o-mini',
      reportedModel,
      usage,
      startedAtMs: Date.parse('2026-06-01T00:00:00Z'),
      endedAtMs: Date.parse('2026-06-01T00:00:02Z'),
      firstByteMs: 300,
      outcome,
    },
    prices,
  );
}

const completed: Outcome = { type: 'completed', finishReason: 'stop' };
const cut = new GatewayError('provider_error');
const gone = new ClientDisconnectedError();

function early(reason: GatewayError | ClientDisconnectedError, events?: StreamEvent[]): Outcome {
  if (!events) return { type: 'ended_early', reason };
  const produced = new OutputAccumulator();
  for (const event of events) produced.add(event);
  return { type: 'ended_early', reason, output: produced };
}

const text: StreamEvent = { type: 'text', text: 'Once upon a time there were two llamas in a field.' };

describe('a call that completed', () => {
  test("has the provider's count and its price", () => {
    expect(settled(completed, { input: 100, output: 10, cacheRead: 40 })).toMatchObject({
      status: 'completed',
      finishReason: 'stop',
      inputTokens: 100,
      cacheReadTokens: 40,
      outputTokens: 10,
      tokenSource: 'provider',
      // 60 × 150 + 40 × 75 + 10 × 600 nano-dollars
      costNanoUsd: 18_000n,
      firstByteMs: 300,
      totalMs: 2000,
    });
  });

  test('keeps missing counts missing, and its cost unknown', () => {
    const missing = { inputTokens: null, outputTokens: null, costNanoUsd: null, priceVersion: null };
    expect(settled(completed)).toMatchObject({ ...missing, tokenSource: 'none' });
    expect(settled(completed, { unpriced: true })).toMatchObject({ ...missing, tokenSource: 'none' });
  });

  test('has a price where one of the counts is missing, or cannot be a count', () => {
    const { input } = size();
    for (const nonsense of [undefined, -1, 1.5, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY]) {
      expect(settled(completed, { input: nonsense, output: 5 })).toMatchObject({
        ...counts(input, 5),
        tokenSource: 'estimated',
        costNanoUsd: BigInt(input * 150 + 5 * 600),
      });
      expect(settled(completed, { input: 5, output: nonsense })).toMatchObject({
        ...counts(5, 0),
        tokenSource: 'estimated',
        costNanoUsd: 750n,
      });
    }
  });

  test('stores the reported model name without special characters and with a limited length', () => {
    expect(settled(completed, undefined, `gpt\u0000é${'x'.repeat(500)}`).reportedModel).toBe(`gpt??${'x'.repeat(251)}`);
  });
});

describe('a stream that broke off', () => {
  test('is estimated without a count of the provider', () => {
    const record = settled(early(cut, [text]));
    expect(record).toMatchObject({ status: 'failed', errorCode: 'provider_error', tokenSource: 'estimated' });
    expect(record.inputTokens).toBeGreaterThan(5);
    expect(record.outputTokens).toBeGreaterThan(8);
    const nanoUsd = (record.inputTokens ?? 0) * 150 + (record.outputTokens ?? 0) * 600;
    expect(record.costNanoUsd).toBe(BigInt(nanoUsd));
  });

  test("keeps the provider's input count and estimates the output if text follows the count", () => {
    const record = settled(early(cut, [{ type: 'usage', usage: { input: 12, output: 1 } }, text]), {
      input: 12,
      output: 1,
    });
    expect(record).toMatchObject({ inputTokens: 12, tokenSource: 'estimated' });
    expect(record.outputTokens).toBeGreaterThan(8);
  });

  test("is billed by the provider's count if the count follows all text", () => {
    const usage = { input: 12, output: 11 };
    const record = settled(early(gone, [text, { type: 'usage', usage }]), usage);
    expect(record).toMatchObject({
      status: 'client_gone',
      errorCode: null,
      ...counts(12, 11),
      tokenSource: 'provider',
    });
  });

  test("is estimated if the provider's count is not a valid number", () => {
    for (const output of [undefined, -1, Number.NaN, 2 ** 40]) {
      const usage = { input: 12, output };
      const record = settled(early(gone, [text, { type: 'usage', usage }]), usage);
      expect(record).toMatchObject({ inputTokens: 12, tokenSource: 'estimated' });
      expect(record.outputTokens).toBeGreaterThan(8);
    }
  });

  test('without text costs its prompt', () => {
    const record = settled(early(gone, []));
    expect(record).toMatchObject({ status: 'client_gone', outputTokens: 0, tokenSource: 'estimated' });
    expect(record.inputTokens).toBeGreaterThan(5);
  });

  test('is estimated in proportion if its text is too long to keep', () => {
    const produced = new OutputAccumulator();
    for (let index = 0; index < 10_000; index += 1) produced.add(text);
    const one = new OutputAccumulator();
    one.add(text);
    expect(produced.estimateTokens() / (one.estimateTokens() * 10_000)).toBeCloseTo(1, 0);
  });
});

describe('a call without a reply', () => {
  test('costs nothing if the provider refused it', () => {
    expect(settled(early(cut))).toMatchObject({ ...counts(null, null), tokenSource: 'none', costNanoUsd: 0n });
  });

  test('has an unknown cost if the provider may have processed it', () => {
    for (const reason of [gone, new GatewayError('provider_timeout')]) {
      expect(settled(early(reason))).toMatchObject({ ...counts(null, null), tokenSource: 'none', costNanoUsd: null });
    }
  });
});

test('a clock that was set back causes no invalid row', () => {
  const provider = { id: 'stub', pricingVendor: null };
  const end = { request, size, provider, model: 'stub', reportedModel: undefined, usage: undefined };
  const record = createUsageRecord(
    { ...end, startedAtMs: 5_000, endedAtMs: 4_000, firstByteMs: -900.5, outcome: completed },
    prices,
  );
  expect(record).toMatchObject({ firstByteMs: 0, totalMs: 0 });
  expect(usageMessageSchema.safeParse(buildUsageMessage(1, record)).success).toBe(true);
});

function counts(inputTokens: number | null, outputTokens: number | null) {
  return { inputTokens, outputTokens };
}
