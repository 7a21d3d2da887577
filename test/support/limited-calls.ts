import { setTimeout } from 'node:timers/promises';
import { type Database, openDatabase } from '../../src/db/client.ts';
import type { MiniflareGateway } from './miniflare-gateway.ts';

/** Whether `npm run test:limits` runs, at full size. */
export const isFullLoad = process.env.LIMITS_AT_FULL_LOAD === '1';

/**
 * The message of assertions that depend on time. `retryTiming` retries only these, because other work on the machine may
 * delay them. It never retries an assertion about something that must not happen.
 */
export const timingFailure = 'by the clock';
export const retryTiming = { retry: { count: 2, condition: new RegExp(timingFailure) }, timeout: 300_000 };

/** The outcome of a call for its client. */
export interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
  /** Wall-clock time. */
  readonly startedAtMs: number;
  readonly ms: number;
}

/** Sends one call with a maximum of output tokens. */
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

/** Sends first calls, which load the client of the provider and open the connection to Redis. */
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

/** Counts the answers by status. */
export function countStatuses(answers: readonly { readonly status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Returns the minimum value that `share` of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  return values.toSorted((left, right) => left - right)[Math.ceil(values.length * share) - 1] ?? 0;
}

/** Returns the maximum sum of amounts in any window of 60 seconds. */
export function maxInMinute(entries: readonly { readonly atMs: number; readonly amount: number }[]): number {
  const sorted = entries.toSorted((left, right) => left.atMs - right.atMs);
  let [max, sum, first] = [0, 0, 0];
  for (const { atMs, amount } of sorted) {
    sum += amount;
    for (; (sorted[first]?.atMs ?? atMs) <= atMs - 60_000; first += 1) sum -= sorted[first]?.amount ?? 0;
    max = Math.max(max, sum);
  }
  return max;
}

/** Opens the database of a gateway. */
export function openGatewayDatabase({ services }: MiniflareGateway): Database {
  const { DATABASE_URL: url = '', DATABASE_HTTP_URL: httpUrl } = services;
  return openDatabase({ url, httpUrl, timeoutMs: 10_000 });
}

/** A steady load of calls. */
export interface Load {
  /** The answers so far. */
  readonly answers: readonly Answer[];
  /** Ends the load. Resolves with all answers after the last one. */
  readonly stop: () => Promise<Answer[]>;
}

/** Starts clients that send `perSecond` calls in total. Each client waits for its answer, and then for its next turn. */
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
      // Missed turns are skipped.
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
