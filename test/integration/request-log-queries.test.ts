import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/domain/ids.ts';
import { createKey, createTenant, database, ledgerRows, post, send } from './gateway.ts';
import { type Json, queryData, queryError } from './graphql.ts';
import { insertRequest, insertRequests } from './request-rows.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

const dayMs = 86_400_000;
const list = `query ($filter: RequestFilter, $first: Int, $after: String) { requests(filter: $filter, first: $first, after: $after) {
  nodes { id } pageInfo { hasNextPage endCursor } scannedUntil } }`;

interface Page {
  readonly nodes: readonly { readonly id: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly scannedUntil: string | null;
}

let tenant: Tenant;
let admin: Tenant;

beforeAll(async () => {
  tenant = await createTenant();
  admin = await createTenant({ scopes: ['admin'] });
});

async function findPage(variables: Json, key = tenant.key): Promise<Page> {
  return (await queryData<{ requests: Page }>(key, list, variables)).requests;
}

const findIds = async (filter: Json, key?: string) => (await findPage({ filter }, key)).nodes.map(({ id }) => id);

describe('a filter', () => {
  it.each<[string, Json, Json]>([
    ['keyId', { keyId: 'key_a' }, { keyId: 'key_a' }],
    ['endUser', { endUser: 'u.*1' }, { endUser: 'u.*1' }],
    ['sessionId', { sessionId: 's1' }, { sessionId: 's1' }],
    ['status', { status: 'failed' }, { status: 'FAILED' }],
    ['model', { model: 'gpt-5' }, { model: 'gpt-5' }],
    ['route', { route: 'fast' }, { route: 'fast' }],
    ['provider', { provider: 'openai' }, { provider: 'openai' }],
    ['errorCode', { errorCode: 'rate_limited' }, { errorCode: 'rate_limited' }],
    ['tag', { tags: { team: 'a=b' } }, { tag: 'team=a=b' }],
    ['source', { source: 'job' }, { source: 'JOB' }],
    ['minTotalMs', { totalMs: 500 }, { minTotalMs: 500 }],
    ['fellBack', { attempts: 2 }, { fellBack: true }],
    ['two fields', { endUser: 'u1', status: 'failed' }, { endUser: 'u1', status: 'FAILED' }],
    ['a key and a model', { keyId: 'key_b', model: 'm' }, { keyId: 'key_b', model: 'm' }],
  ])('selects by %s', async (_, columns, filter) => {
    const mine = await createTenant();
    const others = await createTenant();
    const [first] = Object.entries(columns);
    await insertRequest({ tenantId: mine.tenantId });
    await insertRequest({ tenantId: others.tenantId, ...columns });
    // A row that has one of two fields is not selected.
    if (Object.keys(columns).length > 1 && first)
      await insertRequest({ tenantId: mine.tenantId, [first[0]]: first[1] });
    const { id } = await insertRequest({ tenantId: mine.tenantId, ...columns });
    expect(await findIds(filter, mine.key)).toEqual([id]);
    expect(await findIds({ ...filter, tenantId: mine.tenantId }, admin.key)).toEqual([id]);
  });

  it('selects by the id of the client in all tenants for an administrator, the newest first', async () => {
    const clientRequestId = newId('req');
    const [one, two] = [await createTenant(), await createTenant()];
    const old = await insertRequest({ tenantId: one.tenantId, clientRequestId, age: 40 * dayMs });
    const recent = await insertRequest({ tenantId: two.tenantId, clientRequestId });
    expect(await findIds({ id: clientRequestId }, admin.key)).toEqual([recent.id, old.id]);
    expect(await findIds({ id: clientRequestId }, one.key)).toEqual([old.id]);
    expect(await findIds({ id: old.id }, one.key)).toEqual([old.id]);
    expect(await findIds({ id: old.id }, two.key)).toEqual([]);
  });

  it.each(['endUser', 'model', 'route', 'keyId', 'sessionId'])('selects by %s over all tenants', async (name) => {
    const [one, two] = [await createTenant(), await createTenant()];
    const { keyId } = one;
    const value = name === 'keyId' ? keyId : newId('key');
    const rows = [
      await insertRequest({ tenantId: one.tenantId, [name]: value, age: 2000 }),
      await insertRequest({ tenantId: name === 'keyId' ? one.tenantId : two.tenantId, [name]: value, age: 1000 }),
    ];
    expect(await findIds({ [name]: value }, admin.key)).toEqual(rows.map(({ id }) => id).toReversed());
  });

  it('selects the last 24 hours, or the time that it names', async () => {
    const { tenantId, key } = await createTenant();
    const old = await insertRequest({ tenantId, age: 25 * 3_600_000 });
    const recent = await insertRequest({ tenantId });
    expect(await findIds({}, key)).toEqual([recent.id]);
    const until = new Date(old.createdAt.getTime() + 1).toISOString();
    expect(await findIds({ until }, key)).toEqual([old.id]);
    expect(await findIds({ until: old.createdAt.toISOString() }, key)).toEqual([]);
    expect(await findIds({ since: old.createdAt.toISOString() }, key)).toEqual([recent.id, old.id]);
  });
});

describe('pages', () => {
  it('have each request once, also those of one moment', async () => {
    const { tenantId, key } = await createTenant();
    const createdAt = new Date();
    const ids = await insertRequests(7, { tenantId, createdAt, endUser: 'u1' });
    const found: string[] = [];
    let after: string | null = null;
    do {
      const page: Page = await findPage({ first: 3, after, filter: { endUser: 'u1' } }, key);
      found.push(...page.nodes.map(({ id }) => id));
      after = page.pageInfo.endCursor;
      expect(page.pageInfo.hasNextPage).toBe(after !== null);
    } while (after !== null);
    expect(found).toEqual(ids.toSorted().toReversed());
  });

  it.each([
    ['no cursor', 'x'],
    ['control characters', '\u0000\u0007'],
    ['a long text', 'A'.repeat(100_000)],
    ['a cursor of another filter', undefined],
  ])('reject %s', async (_, text) => {
    await insertRequests(2, { tenantId: tenant.tenantId, model: 'paged' });
    const { pageInfo } = await findPage({ first: 1, filter: { model: 'paged' } });
    const after = text ?? pageInfo.endCursor;
    expect(await queryError(tenant.key, list, { filter: { model: 'other' }, after })).toEqual([
      'invalid_request',
      'after: must be the cursor of a page with the same filter.',
    ]);
  });

  it('reject the cursor of another tenant', async () => {
    await insertRequests(2, { tenantId: tenant.tenantId });
    const { pageInfo } = await findPage({ first: 1 });
    const other = await createTenant();
    expect(await queryError(other.key, list, { after: pageInfo.endCursor })).toEqual([
      'invalid_request',
      expect.stringMatching(/^after: /),
    ]);
  });
});

describe('bad input', () => {
  it.each<[string, Json, RegExp]>([
    ['a huge page', { first: 1_000_000 }, /^first: must be 1 to 100/],
    ['a negative page', { first: -1 }, /^first: must be 1 to 100/],
    ['control characters', { filter: { endUser: 'a\u0000b' } }, /^filter\.endUser: must have 1 to 256 characters/],
    ['a long text', { filter: { model: 'x'.repeat(1_000_000) } }, /^filter\.model: must have/],
    ['a long id', { filter: { id: 'x'.repeat(257) } }, /^filter\.id: must have/],
    ['an empty text', { filter: { route: '' } }, /^filter\.route: must have/],
    ['a tag without a value', { filter: { tag: 'team' } }, /^filter\.tag: must be name=value/],
    ['a negative time', { filter: { minTotalMs: -1 } }, /^filter\.minTotalMs: must be/],
    ['a range of years', { filter: { since: '1970-01-01T00:00:00Z' } }, /^filter\.since: must be at most 31 days/],
    [
      'a range of 40 days',
      { filter: { since: '2026-01-01T00:00:00Z', until: '2026-02-10T00:00:00Z' } },
      /^filter\.since/,
    ],
    [
      'a range that ends first',
      { filter: { since: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' } },
      /before until/,
    ],
    ['an id beside others', { filter: { id: 'x', model: 'm' } }, /^filter\.id: finds a request alone/],
  ])('is named: %s', async (_, variables, message) => {
    expect(await queryError(tenant.key, list, variables)).toEqual(['invalid_request', expect.stringMatching(message)]);
  });

  it('takes patterns as plain text', async () => {
    await insertRequest({ tenantId: tenant.tenantId, model: 'plain', route: 'plain' });
    for (const text of ['%', '.*', "' OR 1=1 --", '\\', 'pl_in']) {
      expect(await findIds({ model: text })).toEqual([]);
      expect(await findIds({ route: text, provider: text })).toEqual([]);
    }
  });
});

describe('rights', () => {
  it('another tenant is refused whether it exists or not', async () => {
    const other = await createTenant();
    for (const tenantId of [other.tenantId, 'ten_unknown']) {
      const [code] = await queryError(tenant.key, list, { filter: { tenantId } });
      expect(code).toBe('forbidden');
    }
  });

  it("another tenant's key, user and request are like unknown ones", async () => {
    const other = await createTenant();
    const row = await insertRequest({ ...other, endUser: 'theirs' });
    for (const filter of [{ keyId: other.keyId }, { endUser: 'theirs' }, { id: row.id }, { keyId: 'key_unknown' }]) {
      expect(await findPage({ filter })).toEqual({
        nodes: [],
        pageInfo: { hasNextPage: false, endCursor: null },
        scannedUntil: null,
      });
    }
  });

  it('a key without the scope read is refused', async () => {
    const { key } = await createKey(tenant.tenantId, { scopes: ['chat'] });
    expect((await queryError(key, list))[0]).toBe('forbidden');
  });
});

describe('a request', () => {
  const document = `query ($id: ID!) { request(id: $id) { id createdAt status httpStatus provider model route errorCode errorMessage cost
    tokensIn tokensOut firstByteMs totalMs endUser sessionId tags { name value } source path clientRequestId tenantId keyId
    apiKey { id name } jobId represents attemptCount
    attempts { number provider model status errorCode cost priceVersion tokensIn tokensOut totalMs createdAt } } }`;

  it('is readable within 3 seconds of its end, with its attempts', async () => {
    const mine = await createTenant({ name: 'back end' });
    const body = { model: 'gpt-4o-mini', user: 'u1', messages: [{ role: 'user', content: 'Hello' }] };
    const response = await post('/v1/chat/completions', body, { 'x-api-key': mine.key, 'x-request-id': 'their-id' });
    await response.text();
    const endedAtMs = Date.now();
    let request: Json | null = null;
    while (request === null) {
      request = (await queryData<{ request: Json | null }>(mine.key, document, { id: 'their-id' })).request;
      if (request === null) await scheduler.wait(100);
    }
    expect(Date.now() - endedAtMs).toBeLessThan(3000);
    const [attempt] = await ledgerRows(mine.tenantId, 1);
    expect(request).toMatchObject({
      status: 'COMPLETED',
      httpStatus: 200,
      source: 'SYNC',
      endUser: 'u1',
      clientRequestId: 'their-id',
      apiKey: { id: mine.keyId, name: 'back end' },
      attempts: [{ number: 1, provider: 'openai', status: 'COMPLETED', priceVersion: attempt?.priceVersion }],
    });
    expect(request.cost).toBeGreaterThan(0);
  });

  it('is preferred by its own id to another with this id of its client', async () => {
    const mine = await createTenant();
    const row = await insertRequest({ tenantId: mine.tenantId, age: 5000 });
    await insertRequest({ tenantId: mine.tenantId, clientRequestId: row.id });
    const { request } = await queryData<{ request: Json }>(mine.key, document, { id: row.id });
    expect(request.id).toBe(row.id);
  });

  it('is null for an unknown id and for that of another tenant', async () => {
    const row = await insertRequest({ tenantId: (await createTenant()).tenantId });
    for (const id of [row.id, 'req_0', '\u0000', 'x'.repeat(5000)]) {
      expect(await queryData(tenant.key, document, { id })).toEqual({ request: null });
    }
  });
});

describe('REST', () => {
  const get = async (path: string, key = tenant.key, headers: Record<string, string> = {}) => {
    const response = await send(path, { headers: { 'x-api-key': key, ...headers } });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  it('lists page after page', async () => {
    const { tenantId, key } = await createTenant();
    const ids = await insertRequests(5, { tenantId, status: 'failed', errorCode: 'provider_error' });
    const found: string[] = [];
    for (let after = ''; ; ) {
      const { text } = await get(`/api/requests?status=failed&fellBack=false&first=2${after}`, key);
      const { requests, next } = JSON.parse(text);
      found.push(...requests.map(({ id }: { id: string }) => id));
      if (next === null) break;
      after = `&after=${next}`;
    }
    expect(found).toEqual(ids);
  });

  it('gives one request by both ids, and 404 for that of another tenant', async () => {
    const { tenantId, key } = await createTenant();
    const row = await insertRequest({ tenantId, clientRequestId: 'mine.1', tags: { team: 'a' } });
    for (const id of [row.id, 'mine.1']) {
      const { status, text } = await get(`/api/requests/${id}`, key);
      expect([status, JSON.parse(text)]).toMatchObject([200, { id: row.id, tags: { team: 'a' }, attempts: [] }]);
    }
    expect((await get(`/api/requests/${row.id}`)).status).toBe(404);
  });

  it.each([
    ['first=0', 'first: must be 1 to 100'],
    ['first=1e9', 'first: must be 1 to 100'],
    ['status=COMPLETED', 'status: must be one of'],
    ['since=yesterday', 'since: must be an ISO 8601 time'],
    ['since=1970-01-01T00:00:00Z', 'since: must be at most 31 days'],
    ['minTotalMs=-5', 'minTotalMs: must be'],
    ['endUser=%00', 'endUser: must have 1 to 256'],
    ['model=a&model=b', 'model: must stand there once'],
    ['modle=a', 'modle: is not a known field'],
    ['format=xml', 'format: must be json, csv or ndjson'],
    ['format=csv&first=5', 'first: is for pages'],
    ['after=abc', 'after: must be the cursor'],
  ])('names what is wrong with %s', async (query, message) => {
    const { status, text } = await get(`/api/requests?${query}`);
    expect([status, JSON.parse(text).error.message]).toEqual([400, expect.stringContaining(message)]);
  });

  it('exports all of a range as NDJSON, over several pages', async () => {
    const { tenantId, key } = await createTenant();
    const ids = await insertRequests(2500, { tenantId });
    const { headers, text } = await get('/api/requests?format=ndjson', key);
    expect(headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(ids);
  });

  it('exports CSV that no spreadsheet runs', async () => {
    const { tenantId, key } = await createTenant();
    const endUser = '=HYPERLINK("http://evil")';
    await insertRequest({ tenantId, endUser, model: '@x', errorMessage: 'a,"b"\nc', sessionId: '-1', route: '+1' });
    const { headers, text } = await get('/api/requests', key, { accept: 'text/csv' });
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toBe('attachment; filename="requests.csv"');
    const [head, row] = text.split('\r\n');
    expect(head?.startsWith('id,createdAt,tenantId,keyId,')).toBe(true);
    expect(row).toContain(`,"'=HYPERLINK(""http://evil"")",'-1,`);
    expect(row).toContain(`,'@x,'+1,,"a,""b""\nc",`);
  });
});

describe('a filter without an index', () => {
  it('looks at 50,000 requests, says up to when, and goes on from there', async () => {
    const { tenantId, key } = await createTenant();
    const old = await insertRequest({ tenantId, sessionId: 'rare', age: 3_600_000 });
    const recent = await insertRequest({ tenantId, sessionId: 'rare' });
    for (let start = 1; start < 50_100; start += 10_020) {
      await database.execute(sql`INSERT INTO requests (id, created_at, tenant_id, key_id, source, path, status, total_ms, attempts)
        SELECT ${newId('req')} || lpad(number::text, 6, '0'), now() - number * interval '10 ms', ${tenantId}, 'key_x', 'sync', '/x', 'completed', 1, 1
        FROM generate_series(${start}::int, ${start + 10_019}::int) AS number`);
    }
    const filter = { sessionId: 'rare' };
    const first = await findPage({ filter }, key);
    expect(first.nodes).toEqual([{ id: recent.id }]);
    expect(Date.parse(first.scannedUntil ?? '')).toBeLessThan(Date.now() - 490_000);
    expect(first.pageInfo.hasNextPage).toBe(true);
    const second = await findPage({ filter, after: first.pageInfo.endCursor }, key);
    expect(second).toEqual({
      nodes: [{ id: old.id }],
      pageInfo: { hasNextPage: false, endCursor: null },
      scannedUntil: null,
    });
  }, 40_000);
});
