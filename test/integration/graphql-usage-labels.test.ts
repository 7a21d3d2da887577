import { eq, sql } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import { insertUsage, type RequestRow } from '../../src/db/queries/usage-ledger.ts';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { labelNames } from '../../src/db/schema/usage-labels.ts';
import { newId } from '../../src/domain/ids.ts';
import { createKey, createTenant, database } from './gateway.ts';
import { type Json, queryData, queryError } from './graphql.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

const usage = `query ($from: DateTime!, $to: DateTime!, $groupBy: [UsageDimension!], $tenantId: ID, $filter: UsageFilter,
  $orderBy: UsageOrder, $first: Int) {
  usage(from: $from, to: $to, groupBy: $groupBy, tenantId: $tenantId, filter: $filter, orderBy: $orderBy, first: $first) {
    endUser tag { name value } route day model keyId keyName tenantId tenantName requests errors refused attempts failedAttempts
    tokensIn tokensOut cacheReadTokens cacheWriteTokens cacheHitRate cost savedCost unpricedRequests
    timeToFirstByteMs { p50 p95 } } }`;
const july = { from: '2026-07-01T00:00:00Z', to: '2026-08-01T00:00:00Z' };

let tenant: Tenant;
let admin: Tenant;

interface Served {
  readonly at: string;
  readonly endUser?: string;
  readonly route?: string;
  readonly tags?: Record<string, string>;
  readonly model?: string;
  readonly costNanoUsd?: bigint;
  readonly savedNanoUsd?: bigint;
  readonly firstByteMs?: number;
  readonly isFailed?: boolean;
}

/** Writes a request with one attempt, as the consumer of the queue does. */
async function serve({ tenantId, keyId }: Tenant, { at, isFailed = false, tags, route, ...fields }: Served) {
  const shared = {
    tenantId,
    keyId,
    source: 'sync',
    provider: 'openai',
    model: 'gpt-4o-mini',
    status: isFailed ? 'failed' : 'completed',
    inputTokens: 100,
    outputTokens: 10,
    cacheReadTokens: 25,
    costNanoUsd: 1_000n,
    totalMs: 200,
    createdAt: new Date(at),
    ...fields,
  } as const;
  const requestId = newId('req');
  await insertUsage(database, {
    attempts: [{ ...shared, requestId, tokenSource: 'provider' }],
    requests: [{ ...shared, id: requestId, path: '/v1/chat/completions', attempts: 1, tags, route }],
  });
}

async function refuse({ tenantId, keyId }: Tenant, row: Partial<RequestRow>) {
  const refused = { tenantId, keyId, source: 'sync', path: '/', status: 'refused', totalMs: 1, attempts: 0 } as const;
  await insertUsage(database, {
    attempts: [],
    requests: [{ ...refused, id: newId('req'), createdAt: new Date('2026-07-10T12:00:00Z'), ...row }],
  });
}

const read = async (variables: Json, { key } = tenant): Promise<Json[]> =>
  (await queryData<{ usage: Json[] }>(key, usage, { ...july, ...variables })).usage;

beforeAll(async () => {
  [tenant, admin] = await Promise.all([createTenant(), createTenant()]);
  await database
    .update(apiKeys)
    .set({ scopes: ['admin'] })
    .where(eq(apiKeys.id, admin.keyId));
  const tags = { team: 'search', env: 'prod' };
  await serve(tenant, { at: '2026-07-10T08:15:00Z', endUser: 'ann', route: 'fast', tags, costNanoUsd: 5_000n });
  await serve(tenant, { at: '2026-07-11T08:15:00Z', endUser: 'ann', isFailed: true, tags: { team: 'ads' } });
  await serve(tenant, { at: '2026-07-10T23:59:59Z', endUser: 'bob', costNanoUsd: 0n, savedNanoUsd: 7_000n });
  await serve(tenant, { at: '2026-07-10T09:15:00Z', route: 'fast', model: 'slow', firstByteMs: 3_000 });
  await serve(tenant, { at: '2026-07-10T10:15:00Z', firstByteMs: 10 });
  await refuse(tenant, { endUser: 'bob', represents: 100 });
  await refuse(tenant, {});
});

describe('usage by label', () => {
  test('is added up by end user, with the requests that have none', async () => {
    const groups = await read({ groupBy: ['END_USER'] });
    expect(groups).toMatchObject([
      { endUser: '(none)', requests: 2, errors: 0, refused: null, attempts: 2, tokensIn: 200, cost: 0.000002 },
      { endUser: 'ann', requests: 2, errors: 1, refused: 0, attempts: 2, cost: 0.000006, savedCost: 0 },
      { endUser: 'bob', requests: 1, errors: 0, refused: 100, cost: 0, savedCost: 0.000007, cacheHitRate: 0.25 },
    ]);
    expect(groups[1]).toMatchObject({
      failedAttempts: null,
      cacheWriteTokens: null,
      timeToFirstByteMs: { p50: null, p95: null },
      tag: null,
      route: null,
      tenantName: null,
    });
    const [total] = await read({});
    expect(total).toMatchObject({ requests: 5, refused: null, failedAttempts: 1, cacheWriteTokens: 0, endUser: null });
    expect(groups.reduce((sum, { cost }) => sum + Number(cost), 0)).toBeCloseTo(Number(total?.cost), 12);
  });

  test('is added up by tag and by route', async () => {
    expect(await read({ groupBy: ['TAG'] })).toMatchObject([
      { tag: { name: 'env', value: 'prod' }, requests: 1 },
      { tag: { name: 'team', value: 'ads' }, requests: 1 },
      { tag: { name: 'team', value: 'search' }, requests: 1 },
    ]);
    expect(await read({ groupBy: ['ROUTE'] })).toMatchObject([
      { route: '(none)', requests: 3 },
      { route: 'fast', requests: 2 },
    ]);
  });

  test('is combined with days and tenants', async () => {
    expect(await read({ groupBy: ['DAY', 'END_USER'] })).toMatchObject([
      { day: '2026-07-10T00:00:00.000Z', endUser: '(none)', requests: 2 },
      { day: '2026-07-10T00:00:00.000Z', endUser: 'ann', requests: 1 },
      { day: '2026-07-10T00:00:00.000Z', endUser: 'bob', requests: 1 },
      { day: '2026-07-11T00:00:00.000Z', endUser: 'ann', requests: 1 },
    ]);
    const everyone = await read({ groupBy: ['TENANT', 'END_USER'] }, admin);
    const own = everyone.filter(({ tenantId }) => tenantId === tenant.tenantId);
    expect(own.map(({ endUser }) => endUser)).toEqual(['(none)', 'ann', 'bob']);
    expect(new Set(own.map(({ tenantName }) => tenantName))).toEqual(new Set([own[0]?.tenantName]));
    expect(own[0]?.tenantName).toEqual(expect.any(String));
    const [code] = await queryError(tenant.key, usage, { ...july, groupBy: ['TENANT', 'END_USER'] });
    expect(code).toBe('forbidden');
  });

  test.each([
    [{ endUser: 'ann' }, { requests: 2, cost: 0.000006 }],
    [{ endUser: '(none)' }, { requests: 2, cost: 0.000002 }],
    [{ endUser: 'carl' }, { requests: 0, cost: 0, refused: null }],
    [{ tag: { name: 'team' } }, { requests: 2 }],
    [{ tag: { name: 'team', value: 'ads' } }, { requests: 1 }],
    [{ route: 'fast' }, { requests: 2 }],
    [{ model: 'slow' }, { requests: 1 }],
    [{ model: 'slow', provider: 'claude' }, { requests: 0 }],
  ])('is filtered by %j', async (filter, expected) => {
    expect(await read({ filter })).toMatchObject([expected]);
  });

  test('is combined with filters of the same label', async () => {
    expect(await read({ groupBy: ['DAY'], filter: { endUser: 'ann' } })).toMatchObject([
      { requests: 1 },
      { requests: 1 },
    ]);
    const values = await read({ groupBy: ['TAG'], filter: { tag: { name: 'team' } } });
    expect(values.map(({ tag }) => (tag as Json).value)).toEqual(['ads', 'search']);
  });

  test('has one group for the labels beyond the bounds', async () => {
    const flooded = await createTenant();
    await database.execute(sql`INSERT INTO ${labelNames} (tenant_id, type, label)
      SELECT ${flooded.tenantId}, type, 'n' || number FROM generate_series(1, 10000) AS number,
      (VALUES ('tag'), ('end_user')) AS types (type)`);
    await serve(flooded, { at: '2026-07-10T08:15:00Z', endUser: 'late', tags: { team: 'late' } });
    expect(await read({ groupBy: ['END_USER'] }, flooded)).toMatchObject([{ endUser: '(other)', requests: 1 }]);
    expect(await read({ groupBy: ['TAG'] }, flooded)).toMatchObject([{ tag: { name: '(other)', value: null } }]);
  });

  test.each([
    [{ groupBy: ['END_USER', 'TAG'] }, /^groupBy: .*one of END_USER, TAG and ROUTE/],
    [{ groupBy: ['END_USER'], filter: { route: 'fast' } }, /^groupBy: cannot combine END_USER and ROUTE/],
    [{ groupBy: ['END_USER', 'MODEL'] }, /^groupBy: .*with MODEL: .*alone, or with DAY and TENANT/],
    [{ groupBy: ['ROUTE', 'HOUR'] }, /^groupBy: .*HOUR/],
    [{ groupBy: ['TAG'], filter: { keyId: 'key_a' } }, /^filter.keyId: /],
    [{ groupBy: ['TAG'], filter: { tag: { name: 'a b' } } }, /^filter.tag.name: /],
    [{ groupBy: ['TAG'], from: '2026-07-01T01:00:00Z' }, /^from: .*such as 2026-07-01T00:00:00.000Z/],
    [{ filter: { endUser: 'ann' }, to: '2026-07-31T23:59:59Z' }, /^to: .*beginning of a day in UTC/],
    [{ filter: { endUser: 'a\0' } }, /^filter.endUser: /],
    [{ groupBy: ['END_USER'], orderBy: 'FIRST_BYTE_P95' }, /^orderBy: /],
    [{ groupBy: ['MODEL'], first: 0 }, /^first: must be 1 to 10000/],
  ])('%j is a 400 that says what works', async (variables, message) => {
    const [code, reported] = await queryError(tenant.key, usage, { ...july, ...variables });
    expect([code, reported]).toEqual(['invalid_request', expect.stringMatching(message)]);
  });
});

describe('the order of usage', () => {
  test('puts who spent most first', async () => {
    const spenders = await read({ groupBy: ['END_USER'], orderBy: 'COST', first: 2 });
    expect(spenders.map(({ endUser }) => endUser)).toEqual(['ann', '(none)']);
    const savers = await read({ groupBy: ['END_USER'], orderBy: 'SAVED_COST', first: 1 });
    expect(savers.map(({ endUser }) => endUser)).toEqual(['bob']);
  });

  test.each(['FIRST_BYTE_P50', 'FIRST_BYTE_P95'])('puts the slowest models first by %s', async (orderBy) => {
    const models = await read({ groupBy: ['MODEL'], orderBy });
    expect(models.map(({ model }) => model)).toEqual(['slow', 'gpt-4o-mini']);
    expect(await read({ groupBy: ['MODEL'], orderBy, first: 1 })).toHaveLength(1);
  });

  test.each(['REQUESTS', 'TOKENS', 'ERRORS'])('puts most first by %s', async (orderBy) => {
    const models = await read({ groupBy: ['MODEL'], orderBy });
    expect(models.map(({ model }) => model)).toEqual(['gpt-4o-mini', 'slow']);
  });

  test('names keys', async () => {
    const [group] = await read({ groupBy: ['KEY'], orderBy: 'COST', first: 1 });
    const [row] = await database.select().from(apiKeys).where(eq(apiKeys.id, tenant.keyId));
    expect(group).toMatchObject({ keyId: tenant.keyId, keyName: row?.name });
  });
});

test('each key sees its own usage, and administrators that of all keys', async () => {
  const owner = await createTenant();
  const other = { ...owner, ...(await createKey(owner.tenantId)) };
  const now = new Date();
  await serve(owner, { at: now.toISOString(), costNanoUsd: 3_000n });
  await serve(owner, { at: now.toISOString(), costNanoUsd: 4_000n, isFailed: true });
  await serve(other, { at: now.toISOString(), costNanoUsd: 50_000n });
  const fields = 'usage { today { requests cost } thisMonth { requests errors tokensIn tokensOut cost } }';
  const own = { requests: 2, errors: 1, tokensIn: 200, tokensOut: 20, cost: 0.000007 };
  const usageOfOwner = { today: { requests: 2, cost: 0.000007 }, thisMonth: own };
  const { me } = await queryData<{ me: Json }>(owner.key, `{ me { apiKey { ${fields} } } }`);
  expect(me).toEqual({ apiKey: { usage: usageOfOwner } });
  const document = `query ($id: ID!) { apiKeys(tenantId: $id) { id ${fields} } }`;
  const { apiKeys: keys } = await queryData<{ apiKeys: Json[] }>(admin.key, document, { id: owner.tenantId });
  expect(keys.find(({ id }) => id === owner.keyId)).toMatchObject({ usage: usageOfOwner });
  expect(keys.find(({ id }) => id === other.keyId)).toMatchObject({ usage: { today: { requests: 1, cost: 0.00005 } } });
});

describe('saved costs', () => {
  test('are the same by hour, by day and by label', async () => {
    const [byHour] = await read({ from: '2026-07-10T01:00:00Z', to: '2026-07-11T23:00:00Z' });
    const [byDay] = await read({});
    const byUser = await read({ filter: { endUser: 'bob' } });
    expect([byHour?.savedCost, byDay?.savedCost, byUser[0]?.savedCost]).toEqual([0.000007, 0.000007, 0.000007]);
  });
});
