import { calcPrice, findProvider, type MatchLogic, type PriceCalculation } from '@pydantic/genai-prices';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildPriceData } from '../../../src/build/update-prices.ts';
import type { TokenUsage } from '../../../src/domain/response.ts';
import { PriceList } from '../../../src/usage/price-list.ts';
import { priceUsage } from '../../../src/usage/price-usage.ts';

/*
 * The data set's own calculator, which knows nothing of the slice, against ours: for every way in which a model of ours
 * can be named. It adds doubles up, so its result is read digit by digit and rounded once; where that lies too near to
 * half a nano-dollar for doubles to tell which way to round, either neighbour is right (and few cases may be so).
 */
const nanoPerDollar = 9;
const digits = 24;
const half = 5n * 10n ** BigInt(digits - nanoPerDollar - 1);
const nearHalf = half / 1000n;

const data = buildPriceData({});
const prices = new PriceList(data);

const vendors = Object.keys(data.vendors).map((id) => {
  const provider = findProvider({ providerId: id });
  if (provider === undefined) throw new Error(`no vendor ${id}`);
  return provider;
});
const models = vendors.flatMap(({ id, models }) =>
  models.flatMap((model) => [model.id, ...namesIn(model.match)].map((name) => ({ vendor: id, name, model }))),
);
const plain: TokenUsage = { input: 1_234_567, output: 7_654 };
const detailed: TokenUsage = {
  input: 98_765,
  cacheRead: 12_347,
  cacheWrite: 23_459,
  cacheWriteOneHour: 3_457,
  output: 4_567,
  reasoning: 1_239,
};
const today = new Date('2026-11-23T12:34:56Z');

let compared = 0;
let undecided = 0;

function compare(vendor: string, name: string, usage: TokenUsage, at: Date): void {
  const theirs = calcPrice(sourceUsage(usage), name, { providerId: vendor, timestamp: at });
  const { costNanoUsd } = priceUsage(
    { provider: { id: vendor, pricingVendor: vendor }, model: name, usage, at },
    prices,
  );
  const expected: readonly (bigint | null)[] =
    theirs === null || isUnknown(theirs, usage) ? [null] : roundDollars(theirs.total_price);
  if (!expected.includes(costNanoUsd)) {
    const call = `${vendor} ${name} ${at.toISOString()} ${JSON.stringify(usage)}`;
    expect.fail(`${call} costs ${costNanoUsd}, not ${expected.join(' or ')}`);
  }
}

/** Where the data set has no price for tokens that were used, its calculator takes them for nothing, and we do not. */
function isUnknown({ model, model_price: price }: PriceCalculation, { output = 0 }: TokenUsage): boolean {
  if (model.id.endsWith(':free')) return false;
  return price.input_mtok === undefined || (price.output_mtok === undefined && output > 0);
}

/** Nano-dollars, half up; both neighbours where the double is too near to the half. */
function roundDollars(dollars: number): bigint[] {
  const exact = BigInt(dollars.toFixed(digits).replace('.', ''));
  const floor = exact / (2n * half);
  const aboveHalf = (exact % (2n * half)) - half;
  compared += 1;
  if (aboveHalf >= nearHalf) return [floor + 1n];
  if (aboveHalf <= -nearHalf) return [floor];
  undecided += 1;
  return [floor, floor + 1n];
}

function sourceUsage(usage: TokenUsage) {
  return {
    input_tokens: usage.input,
    cache_read_tokens: usage.cacheRead,
    cache_write_tokens: usage.cacheWrite,
    cache_write_1h_tokens: usage.cacheWriteOneHour,
    output_tokens: usage.output,
    output_reasoning_tokens: usage.reasoning,
  };
}

/** Names that a rule is about: its words, and for a pattern of a date a name with one. */
function namesIn(logic: MatchLogic): string[] {
  if ('or' in logic) return logic.or.flatMap(namesIn);
  if ('and' in logic) return logic.and.flatMap(namesIn);
  if ('equals' in logic) return [logic.equals];
  if ('starts_with' in logic) return [logic.starts_with];
  if ('ends_with' in logic) return [logic.ends_with];
  if ('contains' in logic) return [logic.contains];
  const text = logic.regex.replace(/[\^$\\]/g, '');
  return [text.replace('d{8}', '20260102').replace('d{4}-d{2}-d{2}', '2026-01-02')];
}

describe('every model of the list costs what the data set says', () => {
  test('under each of its names, and the names beside them', () => {
    for (const { vendor, name } of models) {
      for (const spelling of [name, name.toUpperCase(), `${name}-x`, `x-${name}`, `${name}-20250514`]) {
        compare(vendor, spelling, plain, today);
      }
    }
  });

  test('with cached input and reasoning', () => {
    for (const { vendor, name } of models) compare(vendor, name, detailed, today);
  });

  test('with no tokens at all, or one', () => {
    for (const { vendor, name } of models) {
      compare(vendor, name, { input: 0, output: 0 }, today);
      compare(vendor, name, { input: 1, output: 1 }, today);
    }
  });

  test('at each tier, one token below and one above', () => {
    let tiers = 0;
    for (const { vendor, name, model } of models) {
      const starts = [...JSON.stringify(model.prices).matchAll(/"start":(\d+)/g)].map(([, start]) => Number(start));
      for (const start of new Set(starts)) {
        tiers += 1;
        for (const input of [start - 1, start, start + 1]) {
          compare(vendor, name, { input, output: 1000 }, today);
          compare(vendor, name, { input, cacheRead: start - 9, cacheWrite: 5, output: 1000, reasoning: 3 }, today);
        }
      }
    }
    expect(tiers).toBeGreaterThan(50);
  });

  test('before and after each change of price, by date and by hour', () => {
    let changes = 0;
    for (const { vendor, name, model } of models) {
      for (const { constraint } of Array.isArray(model.prices) ? model.prices : []) {
        if (constraint === undefined) continue;
        const times =
          constraint.type === 'start_date'
            ? [constraint.start_date]
            : [`2026-11-23T${constraint.start_time}`, `2025-03-01T${constraint.end_time}`];
        for (const time of times.map(Date.parse)) {
          changes += 1;
          for (const at of [time - 1, time, time + 1]) compare(vendor, name, detailed, new Date(at));
        }
      }
    }
    expect(changes).toBeGreaterThan(20);
  });

  test('with any usage at any time', () => {
    const count = fc.nat({ max: 400_000 });
    const call = fc.record({
      model: fc.constantFrom(...models),
      at: fc.date({ min: new Date('2023-01-01'), max: new Date('2027-12-31'), noInvalidDate: true }),
      parts: fc.tuple(count, count, count, count, count, count),
    });
    fc.assert(
      fc.property(call, ({ model, at, parts: [fresh, cacheRead, shortLived, oneHour, reasoning, visible] }) => {
        const cacheWrite = shortLived + oneHour;
        const input = fresh + cacheRead + cacheWrite;
        const usage = {
          input,
          cacheRead,
          cacheWrite,
          cacheWriteOneHour: oneHour,
          output: visible + reasoning,
          reasoning,
        };
        compare(model.vendor, model.name, usage, at);
      }),
      { seed: 20_261_123, numRuns: 5000 },
    );
  });

  test('and hardly any of it was left to the luck of doubles', () => {
    expect(compared).toBeGreaterThan(10_000);
    expect(undecided / compared).toBeLessThan(0.02);
  });
});
