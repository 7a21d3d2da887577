import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { OverridePrices, PriceOverride } from '../../../src/domain/price-override.ts';
import { createLogger } from '../../../src/lib/logger.ts';
import { PriceBook } from '../../../src/usage/price-book.ts';
import { PriceList } from '../../../src/usage/price-list.ts';
import { priceUsage } from '../../../src/usage/price-usage.ts';
import { pricedProvider } from '../../support/provider-options.ts';

/** $2 and $10 a million: 2,000 and 10,000 nano-dollars a token. */
const listed = { input: '2', output: '10' };
const list = new PriceList({
  version: 'list-1',
  vendors: {
    openai: {
      names: ['openai'],
      fallbacks: [],
      models: [{ match: { equals: ['gpt-x', 'gpt-x-2026'] }, prices: [listed] }],
    },
    anthropic: {
      names: ['anthropic'],
      fallbacks: [],
      models: [{ match: { startsWith: ['claude-'] }, prices: [listed] }],
    },
  },
});

const at = (second: number) => new Date(Date.UTC(2026, 10, 24, 12, 0, second));

function set(second: number, prices: OverridePrices | null, place = 'openai/gpt-x'): PriceOverride {
  const [provider = '', model = ''] = place.split('/');
  return { id: `prc_${second}`, provider, model, prices, createdAt: at(second) };
}

let nowMs: number;
let rows: PriceOverride[];
let load: ReturnType<typeof vi.fn<() => Promise<PriceOverride[]>>>;
let logged: string[];
let behind: Promise<unknown>[];
let book: PriceBook;

const waitUntil = (work: Promise<unknown>) => void behind.push(work);
const settleBehind = async () => await Promise.all(behind.splice(0));

beforeEach(() => {
  nowMs = at(30).getTime();
  rows = [];
  logged = [];
  behind = [];
  load = vi.fn(async () => rows);
  const logger = createLogger('info', (line) => void logged.push(line));
  book = new PriceBook({ list, load, logger, now: () => nowMs });
});

/** What a call of 1,000 tokens in and 100 out costs that began at a second. */
function priced(
  second: number,
  { provider = 'openai', model = 'gpt-x', reportedModel = undefined as string | undefined } = {},
) {
  const usage = { input: 1_000, output: 100 };
  const call = { provider: pricedProvider(provider), model, reportedModel, usage, at: at(second) };
  const { costNanoUsd, priceVersion } = priceUsage(call, book);
  return [costNanoUsd, priceVersion];
}

const ofList = [3_000_000n, 'list-1'];

describe('a price that is set', () => {
  beforeEach(async () => {
    rows = [set(10, { input: '0.000000000001', output: '1.5' })];
    await book.reload();
  });

  test('takes precedence over the list, exact to the last digit', () => {
    rows = [];
    // 1,000 × 10⁻⁹ + 100 × 1,500 nano-dollars, half up.
    expect(priced(11)).toEqual([150_000n, 'prc_10']);
  });

  test('applies to its model in any letter case, and to no other', () => {
    expect(priced(11, { model: 'GPT-X' })[1]).toBe('prc_10');
    expect(priced(11, { model: 'gpt-x-2026' })).toEqual(ofList);
    expect(priced(11, { provider: 'acme' })).toEqual([null, null]);
  });

  test('for the requested model takes precedence over the list and the reported model', () => {
    expect(priced(11, { model: 'gpt-x', reportedModel: 'gpt-x-2026' })[1]).toBe('prc_10');
    expect(priced(11, { model: 'alias', reportedModel: 'gpt-x' })[1]).toBe('prc_10');
  });

  test('does not apply to requests that started before it', () => {
    expect(priced(9)).toEqual(ofList);
    expect(priced(10)[1]).toBe('prc_10');
  });

  test('applies to a model that is not in the list', async () => {
    rows = [set(1, { input: '1' }, 'acme/acme-large'), set(2, { input: '4', output: '4' }, 'claude/claude-9')];
    await book.reload();
    expect(priced(11, { provider: 'claude', model: 'claude-9' })).toEqual([4_400_000n, 'prc_2']);
    expect(book.findFirst(pricedProvider('acme'), ['acme-large'], at(11))).toMatchObject({
      version: 'prc_1',
      input: { base: 10n ** 18n },
    });
    // A kind of token without a price is not priced by the list.
    expect(priced(11, { provider: 'acme', model: 'acme-large' })).toEqual([null, null]);
    expect(book.names(pricedProvider('acme'))).toEqual(['acme-large']);
    expect(book.names(pricedProvider('claude'))).toContain('claude-9');
  });
});

test('each of several prices applies until the next, and the list applies while none is set', async () => {
  rows = [
    set(10, { input: '1', output: '1' }),
    set(20, { input: '3', output: '3' }),
    set(25, null),
    set(28, { input: '0', output: '0' }),
  ];
  await book.reload();
  expect([5, 10, 19, 20, 24, 25, 27, 28].map((second) => priced(second)[1])).toEqual([
    'list-1',
    'prc_10',
    'prc_10',
    'prc_20',
    'prc_20',
    'list-1',
    'list-1',
    'prc_28',
  ]);
  expect(priced(29)).toEqual([0n, 'prc_28']);
});

test('a model whose price was unset is no longer among the names', async () => {
  rows = [set(1, { input: '1' }, 'acme/a'), set(2, { input: '1' }, 'acme/b'), set(3, null, 'acme/a')];
  await book.reload();
  expect(book.names(pricedProvider('acme'))).toEqual(['b']);
});

describe('the prices that are set are loaded', () => {
  test('once before the first of many concurrent requests', async () => {
    rows = [set(10, { input: '1', output: '1' })];
    const answer = Promise.withResolvers<PriceOverride[]>();
    load.mockReturnValue(answer.promise);
    const calls = Array.from({ length: 20 }, () => book.ready(waitUntil));
    answer.resolve(rows);
    await Promise.all(calls);
    expect(load).toHaveBeenCalledTimes(1);
    expect(priced(11)[1]).toBe('prc_10');
    expect(book.ready(waitUntil)).toBeUndefined();
  });

  test('again in the background of a request after 15 seconds', async () => {
    await book.ready(waitUntil);
    rows = [set(31, { input: '1', output: '1' })];
    nowMs += 14_999;
    expect(book.ready(waitUntil)).toBeUndefined();
    expect(load).toHaveBeenCalledTimes(1);
    nowMs += 1;
    for (let call = 0; call < 10; call += 1) expect(book.ready(waitUntil)).toBeUndefined();
    await settleBehind();
    expect(load).toHaveBeenCalledTimes(2);
    expect(priced(31)[1]).toBe('prc_31');
  });

  test('in order, so that a late look-up does not replace a newer one', async () => {
    const late = Promise.withResolvers<PriceOverride[]>();
    load.mockReturnValueOnce(late.promise);
    const first = book.reload();
    rows = [set(10, { input: '1', output: '1' })];
    await book.reload();
    late.resolve([]);
    await first;
    expect(priced(11)[1]).toBe('prc_10');
  });
});

describe('a price that another isolate sets', () => {
  /** Isolates on one clock and one table. */
  const createBook = () => {
    const logger = createLogger('info', (line) => void logged.push(line));
    return new PriceBook({ list, load: () => load(), logger, now: () => nowMs });
  };
  const versionAt = (atMs: number, from: PriceBook) => {
    const call = { provider: pricedProvider('openai'), model: 'gpt-x', usage: { input: 1, output: 1 } };
    return priceUsage({ ...call, at: new Date(atMs) }, from).priceVersion;
  };
  let busy: PriceBook;
  let idle: PriceBook;

  beforeEach(async () => {
    busy = createBook();
    idle = createBook();
    await Promise.all([busy.ready(waitUntil), idle.ready(waitUntil)]);
    nowMs = at(40).getTime();
    rows = [set(40, { input: '7', output: '7' })];
    await busy.reload();
    load.mockImplementation(async () => {
      await scheduler.wait(1);
      return rows;
    });
  });

  test('applies to the first request of an idle one after 20 seconds', async () => {
    nowMs += 20_000;
    await idle.ready(waitUntil);
    expect(versionAt(nowMs, idle)).toBe('prc_40');
    expect(versionAt(nowMs, busy)).toBe('prc_40');
  });

  test('applies to all requests that come together then, by one look-up', async () => {
    const before = load.mock.calls.length;
    nowMs += 300_000;
    const answer = Promise.withResolvers<PriceOverride[]>();
    load.mockReturnValueOnce(answer.promise);
    const versions = Array.from({ length: 10 }, async () => {
      await idle.ready(waitUntil);
      return versionAt(nowMs, idle);
    });
    answer.resolve(rows);
    expect(await Promise.all(versions)).toEqual(Array.from({ length: 10 }, () => 'prc_40'));
    expect(load).toHaveBeenCalledTimes(before + 1);
  });

  test('keeps no request waiting where a look-up is less than 20 seconds old', async () => {
    // The idle one has read the table ten seconds before.
    nowMs += 9_999;
    expect(idle.ready(waitUntil)).toBeUndefined();
    await settleBehind();
    expect(versionAt(nowMs, idle)).toBe('prc_40');
  });

  test('leaves the old price where the database fails', async () => {
    nowMs += 60_000;
    load.mockRejectedValueOnce(new Error('no connection'));
    await idle.ready(waitUntil);
    expect(versionAt(nowMs, idle)).toBe('list-1');
    expect(idle.ready(waitUntil)).toBeUndefined();
    nowMs += 1_000;
    await idle.ready(waitUntil);
    expect(versionAt(nowMs, idle)).toBe('prc_40');
  });

  test('leaves the old price where the database hangs, for a second of the first requests only', async () => {
    nowMs += 60_000;
    const late = Promise.withResolvers<PriceOverride[]>();
    load.mockReturnValueOnce(late.promise);
    vi.useFakeTimers();
    const waiting = Promise.all([idle.ready(waitUntil), idle.ready(waitUntil)]);
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    await waiting;
    expect(versionAt(nowMs, idle)).toBe('list-1');
    expect(idle.ready(waitUntil)).toBeUndefined();
    late.resolve(rows);
    await settleBehind();
    expect(versionAt(nowMs, idle)).toBe('prc_40');
  });

  test('is waited for once where the look-up of a request that has ended never returns', async () => {
    // Begun after 15 seconds, behind a request that did not wait for it.
    nowMs += 6_000;
    load.mockReturnValueOnce(new Promise(() => undefined));
    expect(idle.ready(waitUntil)).toBeUndefined();
    nowMs += 5_000;
    vi.useFakeTimers();
    const waiting = idle.ready(waitUntil);
    expect(waiting).toBeInstanceOf(Promise);
    await vi.advanceTimersByTimeAsync(2_000);
    vi.useRealTimers();
    await waiting;
    expect(idle.ready(waitUntil)).toBeUndefined();
    nowMs += 15_000;
    await idle.ready(() => undefined);
    expect(versionAt(nowMs, idle)).toBe('prc_40');
  });
});

describe('a look-up that fails', () => {
  test('leaves what is known, is logged, and is made again after a second', async () => {
    rows = [set(10, { input: '1', output: '1' })];
    await book.ready(waitUntil);
    load.mockRejectedValueOnce(new Error('no connection'));
    nowMs += 15_000;
    book.ready(waitUntil);
    await settleBehind();
    expect(priced(11)[1]).toBe('prc_10');
    expect(logged).toHaveLength(1);
    rows = [];
    nowMs += 999;
    book.ready(waitUntil);
    expect(load).toHaveBeenCalledTimes(2);
    nowMs += 1;
    book.ready(waitUntil);
    await settleBehind();
    expect(priced(11)).toEqual(ofList);
  });

  test('as the very first leaves the list, and keeps no later call waiting', async () => {
    load.mockRejectedValue(new Error('no connection'));
    await book.ready(waitUntil);
    expect(priced(11)).toEqual(ofList);
    expect(priced(11, { provider: 'acme' })).toEqual([null, null]);
    expect(book.ready(waitUntil)).toBeUndefined();
  });

  test('by hanging keeps the first calls waiting for a second, and is taken when it comes', async () => {
    const late = Promise.withResolvers<PriceOverride[]>();
    load.mockReturnValue(late.promise);
    vi.useFakeTimers();
    const waiting = Promise.all([book.ready(waitUntil), book.ready(waitUntil)]);
    await vi.advanceTimersByTimeAsync(5_000);
    vi.useRealTimers();
    await waiting;
    expect(book.ready(waitUntil)).toBeUndefined();
    expect(priced(11)).toEqual(ofList);
    late.resolve([set(10, { input: '1', output: '1' })]);
    await settleBehind();
    expect(priced(11)[1]).toBe('prc_10');
  });
});
