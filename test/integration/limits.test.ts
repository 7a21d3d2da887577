import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import type { Limits } from '../../src/domain/limits.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database, ledgerRows, post, send, variables } from './gateway.ts';

async function createLimitedTenant(scope: 'key' | 'tenant', limits: Limits) {
  const tenant = await createTenant();
  if (scope === 'key') await database.update(apiKeys).set(limits).where(eq(apiKeys.id, tenant.keyId));
  else await database.update(tenants).set(limits).where(eq(tenants.id, tenant.tenantId));
  return { ...tenant, headers: { 'x-api-key': tenant.key } };
}

const countProviderRequests = async (containing: string) => {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(containing)}`);
  return (await response.json<{ requests: unknown[] }>()).requests.length;
};

/** gpt-4o-mini: $0.15 and $0.60 a million. 4 tokens for the message, and those of its text, then 10 for the reply. */
const body = (mark: string) => ({ prompt: `[[mark:${mark}]] Hi`, provider: 'openai', maxTokens: 10 });

describe.each(['key', 'tenant'] as const)('the limits of a %s', (scope) => {
  test.each([
    ['/api/chat/completions', { requestsPerMinute: 10 }, 429],
    ['/stream', { requestsPerMinute: 10 }, 429],
    ['/api/chat/completions', { concurrency: 10 }, 429],
    ['/stream', { concurrency: 10 }, 429],
  ])('admit 10 of 200 calls at once to %s: %j', async (path, limits, status) => {
    const { headers } = await createLimitedTenant(scope, limits);
    const mark = `limit-${scope}-${path}-${Object.keys(limits)}`;
    const refusals: string[] = [];
    const request = async () => {
      const response = await post(path, { prompt: `[[scenario:held mark=${mark}]] Hi`, provider: 'openai' }, headers);
      const text = await response.text();
      if (response.status !== 200) refusals.push(`${response.status} ${text}`);
    };
    const requests = Promise.all(Array.from({ length: 200 }, request));
    await waitFor(() => expect(refusals).toHaveLength(190));
    await fetch(`${variables.PROVIDER_URL}/_release?mark=${encodeURIComponent(mark)}`, { method: 'POST' });
    await requests;
    expect(refusals.filter((refusal) => !refusal.startsWith(`${status} `))).toEqual([]);
    expect(refusals).toHaveLength(190);
    expect(await countProviderRequests(mark)).toBe(10);
  });

  test('say which limit it is, how much remains and when it frees', async () => {
    const { headers } = await createLimitedTenant(scope, { requestsPerMinute: 2 });
    const startedAtMs = Date.now();
    const first = await post('/api/chat/completions', body('headers'), headers);
    expect(first.headers.get('ratelimit-policy')).toBe('"requests";q=2;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"requests";r=1;t=\d+$/);
    await post('/api/chat/completions', body('headers'), headers);
    const refused = await post('/api/chat/completions', body('headers'), headers);
    expect([refused.status, await refused.json()]).toMatchObject([
      429,
      { error: { code: 'rate_limited', message: expect.stringContaining('is 2 requests a minute; 0 are left') } },
    ]);
    const retryAfter = Number(refused.headers.get('retry-after'));
    const elapsedSeconds = (Date.now() - startedAtMs) / 1000;
    expect(retryAfter).toBeGreaterThan(60 - elapsedSeconds);
    expect(retryAfter).toBeLessThanOrEqual(63);
    expect(refused.headers.get('x-should-retry')).toBeNull();
  });

  test('refuse a call that would cost more than remains of a budget, before the provider is called', async () => {
    const { tenantId, headers } = await createLimitedTenant(scope, { dailyBudgetNanoUsd: 100_000n });
    let done = 0;
    for (; done < 100; done += 1) {
      const response = await post('/api/chat/completions', { ...body('budget'), maxTokens: 100 }, headers);
      if (response.status === 200) continue;
      expect([response.status, await response.json()]).toMatchObject([
        402,
        { error: { code: 'budget_exceeded', message: expect.stringMatching(/daily budget .* is \$0\.0001;/) } },
      ]);
      break;
    }
    expect(done).toBeGreaterThan(2);
    const rows = await ledgerRows(tenantId, done);
    const spent = rows.reduce((sum, row) => sum + (row.costNanoUsd ?? 0n), 0n);
    expect(spent).toBeLessThanOrEqual(100_000n);
  });

  test('refuse a model without a price while a budget counts', async () => {
    const { headers } = await createLimitedTenant(scope, { monthlyBudgetNanoUsd: 1_000_000_000n });
    const response = await post('/api/chat/completions', { prompt: 'Hi', provider: 'acme' }, headers);
    expect([response.status, await response.json()]).toMatchObject([
      402,
      { error: { message: expect.stringContaining('price') } },
    ]);
    expect((await post('/api/chat/completions', { prompt: 'Hi', provider: 'stub' }, headers)).status).toBe(200);
  });

  test('reserve the cache write price for a prompt that Claude caches', async () => {
    // About 4,000 tokens at $1 a million; for an hour in the cache, $2.
    const { headers } = await createLimitedTenant(scope, { dailyBudgetNanoUsd: 6_000_000n });
    const text = 'word '.repeat(4_000);
    const sendPrompt = (more: object) =>
      post(
        '/v1/messages',
        {
          model: 'claude-haiku-4-5',
          max_tokens: 1,
          messages: [{ role: 'user', content: [{ type: 'text', text, ...more }] }],
        },
        headers,
      );
    expect((await sendPrompt({ cache_control: { type: 'ephemeral' } })).status).toBe(402);
    expect((await sendPrompt({})).status).toBe(200);
  });

  test('delay jobs beyond a rate, and fail jobs beyond a budget', async () => {
    const waiting = await createLimitedTenant(scope, { concurrency: 1 });
    const job = { input: '[[scenario:paced ms=20 chunks=10]] one-by-one', provider: 'openai' };
    const responses = await Promise.all(Array.from({ length: 3 }, () => post('/api/jobs', job, waiting.headers)));
    for (const response of responses) {
      const { id } = await response.json<{ id: string }>();
      await waitFor(async () => {
        const read = await (await send(`/api/jobs/${id}`, { headers: waiting.headers })).json();
        expect(read).toMatchObject({ status: 'COMPLETED', attemptCount: 1 });
      });
    }
    const poor = await createLimitedTenant(scope, { dailyBudgetNanoUsd: 1n });
    const refused = await post('/api/jobs', job, { ...poor.headers, prefer: 'wait=60' });
    expect(await refused.json()).toMatchObject({ status: 'FAILED', error: { code: 'budget_exceeded' } });
  });
});
