import { env } from 'cloudflare:workers';
import { eq, inArray, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { requests } from '../../src/db/schema/requests.ts';
import { usageLabels } from '../../src/db/schema/usage-labels.ts';
import { usageLedger } from '../../src/db/schema/usage-ledger.ts';
import { usageDays } from '../../src/db/schema/usage-rollups.ts';
import type { UsageMessage } from '../../src/usage/usage-record.ts';
import { waitFor } from '../support/wait-for.ts';
import { createKey, createTenant, database } from './gateway.ts';
import { createRoutedGateway } from './routed-gateway.ts';

const messages = [{ role: 'user', content: 'Hello' }];
const chat = (model: string, more: object = {}) => ['/v1/chat/completions', { model, messages, ...more }] as const;

/** Requests of all surfaces, with all outcomes. The gateway refuses the last ones. */
const kinds = [
  chat('gpt-4o-mini'),
  chat('gpt-4o-mini', { stream: true }),
  chat('claude-haiku-4-5', { user: 'u1' }),
  chat('stub-error'),
  chat('stub-cut', { stream: true }),
  chat('stub-empty'),
  ['/v1/chat/completions', { models: ['stub-error', 'gpt-4o-mini'], messages }],
  ['/v1/messages', { model: 'claude-haiku-4-5', max_tokens: 9, messages }],
  ['/v1/messages', { model: 'gpt-4o-mini', max_tokens: 9, messages, stream: true }],
  ['/v1/responses', { model: 'gpt-4o-mini', input: 'Hello' }],
  ['/v1/responses', { model: 'stub', input: 'Hello', stream: true }],
  ['/v1beta/models/gpt-4o-mini:generateContent', { contents: [{ parts: [{ text: 'Hi' }] }] }],
  ['/v1/embeddings', { model: 'openai/text-embedding-3-small', input: 'Hi' }],
  ['/api/chat/completions', { prompt: 'Hi', provider: 'stub' }],
  ['/stream', { prompt: 'Hi', provider: 'stub' }],
  ['/v1/messages', { model: 'no-such-model', max_tokens: 9, messages }],
  ['/stream', { prompt: 1 }],
  ['/api/chat/completions', { prompt: 'Hi', model: 'x', provider: 'no-such-provider' }],
] as const;

const count = 1_000;
const concurrency = 25;

it('has each of 1,000 mixed requests once, equal to the ledger and to the sums', async () => {
  const tenant = await createTenant();
  const { key: poor } = await createKey(tenant.tenantId, { dailyBudgetNanoUsd: 1n });
  const sent: UsageMessage[] = [];
  const queue = (env as unknown as { USAGE_QUEUE: Queue }).USAGE_QUEUE;
  const counted = {
    send: async (message: UsageMessage) => {
      sent.push(message);
      return await queue.send(message);
    },
  };
  const gateway = createRoutedGateway({ USAGE_QUEUE: counted } as unknown as Record<string, string>);
  const ids: string[] = [];
  const work = Array.from({ length: count }, (_, index) => index);
  const send = async () => {
    for (let index = work.pop(); index !== undefined; index = work.pop()) {
      const [path, body] = kinds[index % kinds.length] ?? expect.unreachable();
      // One in fifty has no money left.
      const key = index % 50 === 0 ? poor : tenant.key;
      const response = await gateway.post(path, body, { 'x-api-key': key });
      await response.text();
      ids.push(response.headers.get('x-request-id') ?? '');
    }
  };
  await Promise.all(Array.from({ length: concurrency }, send));

  const rows = await waitFor(async () => {
    const found = await database.select().from(requests).where(eq(requests.tenantId, tenant.tenantId));
    expect(found.length).toBeGreaterThanOrEqual(count);
    return found;
  });
  expect(rows.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  const ledger = await database
    .select()
    .from(usageLedger)
    .where(inArray(usageLedger.tenantId, [tenant.tenantId]));
  const attempts = Map.groupBy(ledger, ({ requestId }) => requestId);
  for (const row of rows) {
    const own = attempts.get(row.id) ?? [];
    expect([row.id, row.attempts, row.status === 'refused']).toEqual([row.id, own.length, own.length === 0]);
    expect(row.costNanoUsd ?? 0n).toBe(own.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0n), 0n));
  }
  const refusedCount = rows.filter(({ status }) => status === 'refused').length;
  expect(refusedCount).toBeGreaterThan(count / 20);

  const [days] = await database
    .select({ requests: sql<string>`sum(requests)`, cost: sql<string>`sum(cost_nano_usd)` })
    .from(usageDays)
    .where(eq(usageDays.tenantId, tenant.tenantId));
  const cost = rows.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0n), 0n);
  expect([Number(days?.requests), BigInt(days?.cost ?? 0)]).toEqual([count - refusedCount, cost]);
  const labelled = rows.filter(({ endUser, status }) => endUser === 'u1' && status !== 'refused');
  const [label] = await database.select().from(usageLabels).where(eq(usageLabels.tenantId, tenant.tenantId));
  expect([label?.label, label?.requests]).toEqual(['u1', labelled.length]);
  // A message has the requests of half a second, those with several attempts aside.
  expect(sent.length).toBeLessThan(count / 10);
}, 120_000);
