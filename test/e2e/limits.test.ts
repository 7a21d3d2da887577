import { setTimeout } from 'node:timers/promises';
import { inArray, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { jobs } from '../../src/db/schema/jobs.ts';
import type { Limits } from '../../src/domain/limits.ts';
import {
  type Answer,
  call,
  countStatuses,
  isFullLoad,
  openGatewayDatabase,
  retryTiming,
  timingFailure,
  warmUp,
} from '../support/limited-calls.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';
import { canReachRealEngines } from '../support/real-engines.ts';
import { waitFor } from '../support/wait-for.ts';

const engines = (await canReachRealEngines()) ? 'real' : 'embedded';
const workers = 8;
const calls = 200;

/** The length of the provider's reply, so that the cost of a call is close to its reservation. */
const maxTokens = 7;
const counted = { input: 19, output: 7 };

let gateway: MiniflareGateway;

beforeAll(async () => {
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    engines,
    workers,
    variables: () => ({
      // On a busy machine Redis may be late. No request is admitted then.
      RATE_LIMIT_ON_FAILURE: 'refuse',
      // No call ends before its provider replies, because that would free its slot.
      FIRST_BYTE_TIMEOUT_MS: '60000',
      CHUNK_TIMEOUT_MS: '60000',
      TOTAL_TIMEOUT_MS: '60000',
    }),
  });
  await warmUp(gateway);
}, 240_000);

afterAll(() => gateway?.stop());

let tries = 0;
const urlOf = (index: number) => gateway.urls[index % workers] ?? '';

type Limited = 'requests' | 'tokens' | 'concurrency' | 'budget';

/** Creates a tenant with a limit of exactly ten calls with this prompt. */
async function tenantForTen(limited: Limited, prompt: string) {
  const one = await worstCaseOf(prompt);
  const total = counted.input + counted.output;
  // The remainder of ten calls must not be enough for an eleventh.
  expect(one.tokens).toBeGreaterThanOrEqual(total);
  expect(10 * (one.tokens - total)).toBeLessThan(one.tokens);
  const limits: Record<Limited, Limits> = {
    requests: { requestsPerMinute: 10 },
    tokens: { tokensPerMinute: one.tokens * 10 },
    concurrency: { concurrency: 10 },
    budget: { dailyBudgetNanoUsd: one.costNanoUsd * 10n },
  };
  return await gateway.createTenant(limits[limited]);
}

/** Returns the reserved cost of a call, from the error of a refused one. */
async function worstCaseOf(prompt: string): Promise<{ tokens: number; costNanoUsd: bigint }> {
  const tokens = await gateway.createTenant({ tokensPerMinute: 1 });
  const money = await gateway.createTenant({ dailyBudgetNanoUsd: 1n });
  const [byTokens, byMoney] = await Promise.all([
    call(gateway.url, tokens.key, prompt, { maxTokens }),
    call(gateway.url, money.key, prompt, { maxTokens }),
  ]);
  return {
    tokens: Number(/(\d+) tokens would/.exec(byTokens.body)?.[1]),
    costNanoUsd: BigInt(Math.round(Number(/\$([\d.]+) would/.exec(byMoney.body)?.[1]) * 1e9)),
  };
}

/** Returns `timingFailure` if the gateway has aborted calls, because that frees slots before the provider notices. */
async function explainFailure(abortedBefore: number): Promise<string> {
  return (await gateway.readProviderTraffic('none')).aborted > abortedBefore ? timingFailure : '';
}

const countProviderRequests = async (mark: string) => (await gateway.readProviderTraffic(mark)).requests.length;

describe(`${calls} calls at once from ${workers} Workers on one Redis (${engines})`, () => {
  test.each([
    ['requests', '/api/chat/completions', 429],
    ['requests', '/stream', 429],
    ['tokens', '/api/chat/completions', 429],
    ['tokens', '/stream', 429],
    ['concurrency', '/api/chat/completions', 429],
    ['concurrency', '/stream', 429],
    ['budget', '/api/chat/completions', 402],
    ['budget', '/stream', 402],
  ] as const)('a limit of %s for exactly 10 admits 10 to %s', retryTiming, async (limited, path, refused) => {
    const mark = `${limited}${path.slice(0, 4)}${tries++}`;
    const prompt = `[[scenario:held mark=${mark}]] Hello`;
    const tenant = await tenantForTen(limited, prompt);
    const answers: Answer[] = [];
    const requests = Array.from({ length: calls }, async (_, index) => {
      answers.push(await call(urlOf(index), tenant.key, prompt, { path, maxTokens }));
    });
    await waitFor(() => expect(answers.length).toBeGreaterThanOrEqual(calls - 10));
    await gateway.releaseReplies(mark);
    await Promise.all(requests);
    const statuses = countStatuses(answers);
    expect(statuses, 503 in statuses ? timingFailure : '').toEqual({ 200: 10, [refused]: calls - 10 });
    expect(await countProviderRequests(mark)).toBe(10);
    expect(await tenant.rows(10)).toHaveLength(10);
  });
});

test(`a Worker admits 512 streams that start at the same time (${engines})`, retryTiming, async () => {
  const many = 512;
  const limits = { requestsPerMinute: 1_000_000, concurrency: 100_000, dailyBudgetNanoUsd: 10n ** 15n };
  const { key } = await gateway.createTenant(limits);
  for (let round = 0; round < (isFullLoad ? 40 : 4); round += 1) {
    // All leases of the previous round have expired by then.
    await setTimeout(2_500);
    const options = { path: '/stream', maxTokens };
    const answers = await Promise.all(Array.from({ length: many }, () => call(gateway.url, key, 'Hi', options)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.map(({ body }) => body)).toEqual([]);
  }
});

test(`a Worker admits 128 calls of 1.75 MB at the same time (${engines})`, retryTiming, async () => {
  const limits = { requestsPerMinute: 1_000_000, concurrency: 100_000, dailyBudgetNanoUsd: 10n ** 15n };
  const { key } = await gateway.createTenant(limits);
  const prompt = 'word '.repeat(350_000);
  for (let round = 0; round < (isFullLoad ? 10 : 1); round += 1) {
    // All leases of the previous round have expired by then.
    await setTimeout(2_500);
    const answers = await Promise.all(Array.from({ length: 128 }, () => call(gateway.url, key, prompt, { maxTokens })));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.map(({ body }) => body)).toEqual([]);
  }
});

describe(`${calls} jobs at once for ${workers} Workers on one Redis (${engines})`, () => {
  async function createJobs(key: string, input: string, url = urlOf): Promise<string[]> {
    return await Promise.all(
      Array.from({ length: calls }, async (_, index) => {
        const response = await fetch(`${url(index)}/api/jobs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-api-key': key },
          body: JSON.stringify({ input, provider: 'openai', maxTokens }),
        });
        return JSON.parse(await response.text()).id;
      }),
    );
  }

  /** Counts jobs by their outcome. `new` jobs have had no attempt yet. `waiting` jobs were refused and are retried later. */
  async function outcomesOf(ids: string[]): Promise<Record<string, number>> {
    const { id, status, errorCode, createdAt, nextAttemptAt } = jobs;
    const columns = { status, errorCode, createdAt, nextAttemptAt };
    const rows = await openGatewayDatabase(gateway).select(columns).from(jobs).where(inArray(id, ids));
    const outcomes: Record<string, number> = {};
    for (const row of rows) {
      const pending = row.nextAttemptAt > row.createdAt ? 'waiting' : 'new';
      const outcome = row.status === 'PENDING' ? pending : (row.errorCode ?? row.status);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    return outcomes;
  }

  const abortedSoFar = async () => (await gateway.readProviderTraffic('none')).aborted;

  async function waitForOutcomes(
    ids: string[],
    expected: Record<string, number>,
    abortedBefore: number,
  ): Promise<void> {
    const checkOutcomes = async () => {
      const outcomes = await outcomesOf(ids);
      expect(outcomes, await explainFailure(abortedBefore)).toEqual(expected);
    };
    await vi.waitFor(checkOutcomes, { timeout: 240_000, interval: 250 });
  }

  const retryJobTiming = { ...retryTiming, timeout: 600_000 };

  test.each(['requests', 'tokens'] as const)(
    'a limit of %s for exactly 10 runs 10 jobs, and the others wait',
    retryJobTiming,
    async (limited) => {
      // A prompt of 19 to 21 tokens.
      const mark = `${limited.slice(0, 3)}-jobs${tries++}`;
      const prompt = `[[scenario:slow-headers ms=500]] ${mark}, please`;
      const tenant = await tenantForTen(limited, prompt);
      const aborted = await abortedSoFar();
      const ids = await createJobs(tenant.key, prompt);
      await waitForOutcomes(ids, { COMPLETED: 10, waiting: calls - 10 }, aborted);
      expect(await countProviderRequests(mark), await explainFailure(aborted)).toBe(10);
    },
  );

  test('a budget for exactly 10 runs 10 jobs, and the others fail', retryJobTiming, async () => {
    const mark = `bud-jobs${tries++}`;
    const prompt = `[[scenario:slow-headers ms=500]] ${mark}, please`;
    const tenant = await tenantForTen('budget', prompt);
    const aborted = await abortedSoFar();
    const ids = await createJobs(tenant.key, prompt);
    await waitForOutcomes(ids, { COMPLETED: 10, budget_exceeded: calls - 10 }, aborted);
    expect(await countProviderRequests(mark), await explainFailure(aborted)).toBe(10);
  });

  test(
    'a concurrency limit of 10 runs at most 10 jobs at a time, and all of them in the end',
    retryJobTiming,
    async () => {
      const mark = `con-jobs${tries++}`;
      const prompt = `[[scenario:slow-headers ms=500]] ${mark}, please`;
      const tenant = await tenantForTen('concurrency', prompt);
      const aborted = await abortedSoFar();
      let [maxOpen, done] = [0, false];
      const watch = async () => {
        for (; !done; await setTimeout(20))
          maxOpen = Math.max(maxOpen, (await gateway.readProviderTraffic('none')).open.replies);
      };
      const watching = watch();
      const ids = await createJobs(tenant.key, prompt);
      try {
        await waitForOutcomes(ids, { COMPLETED: calls }, aborted);
      } finally {
        done = true;
        await watching;
      }
      expect(maxOpen, await explainFailure(aborted)).toBeLessThanOrEqual(10);
      expect(maxOpen).toBeGreaterThan(5);
      expect(await countProviderRequests(mark), await explainFailure(aborted)).toBe(calls);
    },
  );

  test('a batch does not wait until the previous batch is settled in Redis', retryJobTiming, async () => {
    const measureSeconds = async (limits: Limits) => {
      const tenant = await gateway.createTenant(limits);
      const aborted = await abortedSoFar();
      const ids = await createJobs(tenant.key, 'Hi', () => gateway.url);
      await waitForOutcomes(ids, { COMPLETED: calls }, aborted);
      const took = sql<number>`extract(epoch FROM max(${jobs.finishedAt}) - min(${jobs.createdAt}))::float`;
      const [row] = await openGatewayDatabase(gateway)
        .select({ seconds: took })
        .from(jobs)
        .where(inArray(jobs.id, ids));
      return row?.seconds ?? Number.NaN;
    };
    const unlimited = await measureSeconds({});
    const limited = await measureSeconds({ requestsPerMinute: 1_000_000, dailyBudgetNanoUsd: 10n ** 12n });
    // Ten batches of twenty. Each of them is settled up to three seconds later.
    expect(limited - unlimited, timingFailure).toBeLessThan(12);
  });
});
