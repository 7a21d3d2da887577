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

/** As long as the provider's reply is. With prompts as long as it counts them, calls come to about what they are reserved at. */
const maxTokens = 7;
const counted = { input: 19, output: 7 };

let gateway: MiniflareGateway;

beforeAll(async () => {
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    engines,
    workers,
    variables: () => ({
      // Where Redis answers late, on a busy machine, nobody is let in.
      RATE_LIMIT_ON_FAILURE: 'refuse',
      // No call ends before its provider replies, for its place would be free then.
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

/** A tenant that is limited to exactly ten calls with this prompt. */
async function tenantForTen(limited: Limited, prompt: string) {
  const one = await worstCaseOf(prompt);
  const total = counted.input + counted.output;
  // What ten have not used must not be enough for another one.
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

/** What a call is reserved at, as its refusal tells it. */
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

/** Gives `timingFailure` where the gateway has aborted calls: their slots are free before the provider notices. */
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

test(
  `512 streams that begin at once are admitted, however busy that keeps a Worker (${engines})`,
  retryTiming,
  async () => {
    const many = 512;
    const most = { requestsPerMinute: 1_000_000, concurrency: 100_000, dailyBudgetNanoUsd: 10n ** 15n };
    const { key } = await gateway.createTenant(most);
    for (let round = 0; round < (isFullLoad ? 40 : 4); round += 1) {
      // Each time all that was drawn before has run out.
      await setTimeout(2_500);
      const options = { path: '/stream', maxTokens };
      const answers = await Promise.all(Array.from({ length: many }, () => call(gateway.url, key, 'Hi', options)));
      const refused = answers.filter(({ status }) => status !== 200);
      expect(refused.map(({ body }) => body)).toEqual([]);
    }
  },
);

test(
  `128 calls of 1.75 MB at once are admitted, however busy that keeps a Worker (${engines})`,
  retryTiming,
  async () => {
    const limits = { requestsPerMinute: 1_000_000, concurrency: 100_000, dailyBudgetNanoUsd: 10n ** 15n };
    const { key } = await gateway.createTenant(limits);
    const prompt = 'word '.repeat(350_000);
    for (let round = 0; round < (isFullLoad ? 10 : 1); round += 1) {
      // Each time all that was drawn before has run out.
      await setTimeout(2_500);
      const answers = await Promise.all(
        Array.from({ length: 128 }, () => call(gateway.url, key, prompt, { maxTokens })),
      );
      const refused = answers.filter(({ status }) => status !== 200);
      expect(refused.map(({ body }) => body)).toEqual([]);
    }
  },
);

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

  /** How many jobs have come to what. `new`: nobody has tried to run it yet; `waiting`: refused, and tried again later. */
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
    'a limit of %s for exactly 10 runs 10, and the others wait',
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

  test('a budget for exactly 10 runs 10, and the others fail', retryJobTiming, async () => {
    const mark = `bud-jobs${tries++}`;
    const prompt = `[[scenario:slow-headers ms=500]] ${mark}, please`;
    const tenant = await tenantForTen('budget', prompt);
    const aborted = await abortedSoFar();
    const ids = await createJobs(tenant.key, prompt);
    await waitForOutcomes(ids, { COMPLETED: 10, budget_exceeded: calls - 10 }, aborted);
    expect(await countProviderRequests(mark), await explainFailure(aborted)).toBe(10);
  });

  test('a limit of 10 at once runs at most 10 at any time, and all in the end', retryJobTiming, async () => {
    const mark = `con-jobs${tries++}`;
    const prompt = `[[scenario:slow-headers ms=500]] ${mark}, please`;
    const tenant = await tenantForTen('concurrency', prompt);
    const aborted = await abortedSoFar();
    let [most, done] = [0, false];
    const watch = async () => {
      for (; !done; await setTimeout(20))
        most = Math.max(most, (await gateway.readProviderTraffic('none')).open.replies);
    };
    const watching = watch();
    const ids = await createJobs(tenant.key, prompt);
    try {
      await waitForOutcomes(ids, { COMPLETED: calls }, aborted);
    } finally {
      done = true;
      await watching;
    }
    expect(most, await explainFailure(aborted)).toBeLessThanOrEqual(10);
    expect(most).toBeGreaterThan(5);
    expect(await countProviderRequests(mark), await explainFailure(aborted)).toBe(calls);
  });

  test('a batch does not wait until the limits of the one before are settled in Redis', retryJobTiming, async () => {
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
    // Twenty at a time: ten batches, each of which is told up to three seconds later.
    expect(limited - unlimited, timingFailure).toBeLessThan(12);
  });
});
