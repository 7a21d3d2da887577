import { setTimeout } from 'node:timers/promises';
import { type Database, openDatabase } from '../../src/db/client.ts';
import type { MiniflareGateway } from './miniflare-gateway.ts';

/** Whether `npm run test:limits` runs, which takes its time. */
export const isFullLoad = process.env.LIMITS_AT_FULL_LOAD === '1';

/**
 * What a message says that is measured by the clock. Other work of the machine's may come in between: then it is measured
 * again. What must never happen is not given a second chance.
 */
export const timingFailure = 'by the clock';
export const retryTiming = { retry: { count: 2, condition: new RegExp(timingFailure) }, timeout: 300_000 };

/** What has come of a call, as its client sees it. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
  /** By the clock of the wall. */
  readonly startedAtMs: number;
  readonly ms: number;
}

/** Makes one call, for a reply of so many tokens at most. */
export async function call(
  url: string,
  key: string,
  prompt: string,
  { path = '/api/chat/completions', maxTokens = 10 } = {},
): Promise<Answer> {
  const startedAtMs = Date.now();
  const startedAt = performance.now();
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ prompt, provider: 'openai', maxTokens }),
  });
  const body = await response.text();
  const ms = performance.now() - startedAt;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body, startedAtMs, ms };
}

/** A provider's client is loaded with its first call, and a first draw opens the connection to Redis. */
export async function warmUp({ urls, createTenant }: MiniflareGateway): Promise<void> {
  const { key } = await createTenant({
    requestsPerMinute: 1_000,
    concurrency: 100,
    dailyBudgetNanoUsd: 1_000_000_000n,
  });
  for (const path of ['/api/chat/completions', '/stream']) {
    await Promise.all(urls.flatMap((url) => [1, 2, 3].map(() => call(url, key, 'warm', { path }))));
  }
}

/** How many answers have which status. */
export function countStatuses(answers: readonly { readonly status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The least that is not exceeded by a share of the values. */
export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((left, right) => left - right)[Math.ceil(values.length * share) - 1] ?? 0;
}

/** The most that fell into a window of 60 seconds, wherever it begins. */
export function maxInMinute(entries: readonly { readonly atMs: number; readonly amount: number }[]): number {
  const sorted = entries.toSorted((left, right) => left.atMs - right.atMs);
  let [most, sum, first] = [0, 0, 0];
  for (const { atMs, amount } of sorted) {
    sum += amount;
    for (; (sorted[first]?.atMs ?? atMs) <= atMs - 60_000; first += 1) sum -= sorted[first]?.amount ?? 0;
    most = Math.max(most, sum);
  }
  return most;
}

/** The database that a gateway stands on. */
export function openGatewayDatabase({ services }: MiniflareGateway): Database {
  const { DATABASE_URL: url = '', DATABASE_HTTP_URL: httpUrl } = services;
  return openDatabase({ url, httpUrl, timeoutMs: 10_000 });
}

/** Calls that are made steadily. */
export interface Load {
  /** Those that have come so far. */
  readonly answers: readonly Answer[];
  /** Ends it. Gives all answers, once all have come. */
  readonly stop: () => Promise<Answer[]>;
}

/** Makes calls by so many clients, so many a second altogether: each waits for its answer, and then for its next turn. */
export function startLoad(options: {
  readonly clients: number;
  readonly perSecond: number;
  readonly call: (number: number) => Promise<Answer>;
}): Load {
  const { clients, perSecond, call } = options;
  const everyMs = (clients / perSecond) * 1000;
  const answers: Answer[] = [];
  const startedAt = performance.now();
  let [requestCount, stopped] = [0, false];
  const client = async (_: unknown, number: number) => {
    let turn = startedAt + (number / clients) * everyMs;
    while (!stopped) {
      const untilTurn = turn - performance.now();
      // Turns that have been missed are not made up for.
      turn = Math.max(turn, performance.now()) + everyMs;
      await setTimeout(Math.max(0, untilTurn));
      if (!stopped) answers.push(await call(requestCount++));
    }
  };
  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    answers,
    async stop() {
      stopped = true;
      await all;
      return answers;
    },
  };
}
