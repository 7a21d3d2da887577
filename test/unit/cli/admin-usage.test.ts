import { beforeAll, describe, expect, it } from 'vitest';
import { insertUsage } from '../../../src/db/queries/usage-ledger.ts';
import { tenants } from '../../../src/db/schema/tenants.ts';
import { admin, database, json } from './admin-gateway.ts';

const dayMs = 86_400_000;
const todayMs = Math.floor(Date.now() / dayMs) * dayMs;
const yesterday = new Date(todayMs - dayMs / 2);

interface Seed {
  readonly id: string;
  readonly tenantId: string;
  readonly model: string;
  readonly provider: string;
  readonly costNanoUsd: bigint;
  readonly createdAt: Date;
  readonly status?: 'completed' | 'failed';
  readonly endUser?: string;
  readonly route?: string;
  readonly firstByteMs?: number;
  readonly attempts?: number;
}

/** Writes a request with its attempts, of which all but the last have failed. */
async function seed({ id, route, attempts = 1, status = 'completed', ...fields }: Seed): Promise<void> {
  const common = { ...fields, keyId: 'key_a', source: 'sync', totalMs: 900 } as const;
  await insertUsage(database, {
    attempts: Array.from({ length: attempts }, (_, index) => ({
      ...common,
      requestId: id,
      attempt: index + 1,
      isLast: index === attempts - 1,
      status: index === attempts - 1 ? status : 'failed',
      costNanoUsd: index === attempts - 1 ? fields.costNanoUsd : 0n,
      tokenSource: 'provider',
      inputTokens: 10,
      outputTokens: 5,
    })),
    requests: [{ ...common, id, route, attempts, status, path: '/v1/chat/completions' }],
  });
}

beforeAll(async () => {
  for (const id of ['ten_rich', 'ten_poor']) await database.insert(tenants).values({ id, name: id });
  const rich = { tenantId: 'ten_rich', provider: 'openai', model: 'gpt-5', createdAt: yesterday };
  await seed({ ...rich, id: 'req_1', costNanoUsd: 2_000_000_000n, endUser: 'u7', firstByteMs: 800 });
  await seed({ ...rich, id: 'req_2', costNanoUsd: 1_000_000_000n, route: 'fast', attempts: 2, firstByteMs: 900 });
  const poor = { tenantId: 'ten_poor', provider: 'claude', model: 'haiku', createdAt: yesterday };
  await seed({ ...poor, id: 'req_3', costNanoUsd: 5_000_000n, firstByteMs: 90 });
  await seed({ ...poor, id: 'req_4', costNanoUsd: 0n, createdAt: new Date(), status: 'failed' });
});

const cells = async (line: string) => (await admin(line)).split('\n').map((row) => row.trim().split(/ {2,}/));

describe('usage', () => {
  it('says who spent the most yesterday', async () => {
    const [, first, second] = await cells('usage --since yesterday --until today');
    expect([first?.[0], second?.[0]]).toEqual(['ten_rich', 'ten_poor']);
    expect(first?.some((cell) => cell.startsWith('$3'))).toBe(true);
  });

  it('says which provider had errors in the last hour', async () => {
    expect(await json('usage --by provider --since 1h --order errors')).toMatchObject([
      { provider: 'claude', requests: 1, errors: 1 },
    ]);
  });

  it('says what an end user has cost', async () => {
    expect(await json('usage --by end-user --end-user u7 --since yesterday')).toMatchObject([
      { endUser: 'u7', requests: 1, cost: 2 },
    ]);
  });

  it('says which route fell back', async () => {
    const sums = await json('usage --by route --since yesterday --until today');
    expect(sums).toContainEqual(expect.objectContaining({ route: 'fast', requests: 1, attempts: 2 }));
  });

  it('says which models are the slowest by their first byte', async () => {
    const sums = await json('usage --by model --order first-byte-p95 --since yesterday --until today');
    expect(sums.map(({ model }: { model: string }) => model)).toEqual(['gpt-5', 'haiku']);
  });

  it('is that of today by tenant, where nothing is named', async () => {
    expect(await json('usage')).toMatchObject([{ tenantId: 'ten_poor', requests: 1 }]);
    expect(await admin('usage --tenant ten_rich')).toBe('There is no usage in this time.');
  });

  it.each([
    ['usage --by modell', '--by must be some of provider, model'],
    ['usage --order price', '--order must be some of cost'],
    ['usage --since someday', '--since must be a day such as 2026-11-01'],
    ['usage --tag =x', 'must be the name of a tag'],
    ['usage --by end-user,model', 'cannot combine'],
    ['usage --limit 0', 'must be 1 to 10000'],
  ])('%s is rejected with a message', async (line, message) => {
    await expect(admin(line)).rejects.toThrow(message);
  });
});
