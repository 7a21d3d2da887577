import { beforeAll, describe, expect, it } from 'vitest';
import type { LimitRule } from '../../../src/domain/limits.ts';
import { dayOf } from '../../../src/limits/counter-keys.ts';
import { admin, counters, json } from './admin-gateway.ts';

interface CreatedKey {
  readonly apiKey: { readonly id: string; readonly tenantId: string };
}

/** Uses some of the requests a minute of a key. */
async function useRequests({ apiKey: { id: keyId, tenantId } }: CreatedKey, limit: number, amount: number) {
  const rule: LimitRule = { kind: 'requests', scope: 'key', scopeId: keyId, limit };
  const requests = [{ rule, shortfall: amount, demand: amount, forecast: 0 }];
  const reply = await counters.acquire({ id: `lease_${keyId}`, tenantId, keyId, day: dayOf(Date.now()), requests });
  expect(reply.outcome).toBe('ok');
}

describe('list-keys --near-limit', () => {
  let nearestId = '';

  beforeAll(async () => {
    await admin('create-tenant near');
    await useRequests(await json('create-key near --name some --rpm 10 --monthly-budget 20'), 10, 8);
    const nearest: CreatedKey = await json('create-key near --name nearest --rpm 20');
    await useRequests(nearest, 20, 19);
    await useRequests(await json('create-key near --name little --rpm 100'), 100, 10);
    nearestId = nearest.apiKey.id;
  });

  it('shows the keys that have used so many percent of a limit, the nearest first, and which limit', async () => {
    const lines = (await admin('list-keys near --near-limit 80')).split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^id +start +name +used +nearest limit +left +limits$/);
    expect(lines[1]).toMatch(new RegExp(`^${nearestId} .* nearest +95 % +rpm 20 +rpm 1 +rpm 20$`));
    expect(lines[2]).toMatch(/ some +80 % +rpm 10 +rpm 2 +rpm 10, \$20 a month$/);
    expect((await admin('list-keys near --near-limit 5')).split('\n')).toHaveLength(4);
  });

  it('prints what is left as JSON', async () => {
    expect(await json('list-keys near --near-limit 90')).toMatchObject([
      {
        id: nearestId,
        limits: { requestsPerMinute: 20, remaining: { requestsPerMinute: 1, dailyBudget: null } },
        nearestLimit: { limit: 'requestsPerMinute', usedShare: 0.95 },
      },
    ]);
  });

  it.each(['0', '-1', '101', 'high'])('rejects %s', async (percent) => {
    await expect(admin(`list-keys near --near-limit=${percent}`)).rejects.toThrow(
      /^--near-limit must be (percent|a number)/,
    );
  });

  it('says what to do without Redis', async () => {
    await expect(admin('list-keys near --near-limit 80', { readRemaining: undefined })).rejects.toThrow(
      '--near-limit needs the Redis of the gateway: set UPSTASH_REDIS_REST_URL',
    );
  });
});
