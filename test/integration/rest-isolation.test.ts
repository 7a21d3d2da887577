import { beforeAll, describe, expect, test } from 'vitest';
import { createTenant, post, send } from './gateway.ts';
import { createJob, queryData, sendQuery, waitForStatus } from './graphql.ts';
import { insertRequest } from './request-rows.ts';

/** What the other tenant has, and no reply to this one may hold. */
const secret = 'sesame5b1c';
const ownKey = `sk-own-${secret}-0123456789`;

let other: Awaited<ReturnType<typeof createTenant>>;
let mine: string;
let job: string;
let request: string;

beforeAll(async () => {
  other = await createTenant({ name: secret });
  mine = (await createTenant()).key;
  job = await createJob(other.key, { input: secret, metadata: { secret } });
  await waitForStatus(other.key, job, 'COMPLETED');
  ({ id: request } = await insertRequest({ ...other, endUser: secret, clientRequestId: secret }));
  const admin = await createTenant({ scopes: ['admin'] });
  const set =
    'mutation ($id: ID!, $key: String!) { setProviderKey(tenantId: $id, provider: "openai", key: $key) { ending } }';
  await queryData(admin.key, set, { id: other.tenantId, key: ownKey });
});

/** Every route that takes the id of an object. */
const routes = ['GET /api/jobs/ID', 'GET /api/jobs/ID/events', 'POST /api/jobs/ID/cancel'];

test.each(routes)("%s with another tenant's id is answered like an unknown id", async (route) => {
  const [method = '', path = ''] = route.split(' ');
  const answerTo = async (id: string) => {
    const response = await send(path.replace('ID', id), { method, headers: { 'x-api-key': mine } });
    const text = (await response.text()).replaceAll(id, 'ID').replaceAll(/req_\w+/g, 'REQ');
    return { status: response.status, text };
  };
  const answer = await answerTo(job);
  expect(answer).toEqual(await answerTo(`${job.slice(0, 6)}${'0'.repeat(job.length - 6)}`));
  expect(answer.status).toBe(404);
});

test.each(['its id', "its client's id"])('a request of another tenant is like an unknown one: by %s', async (kind) => {
  const answerTo = async (id: string) => {
    const response = await send(`/api/requests/${id}`, { headers: { 'x-api-key': mine } });
    const text = (await response.text()).replaceAll(id, 'ID').replaceAll(/req_\w+/g, 'REQ');
    return { status: response.status, text };
  };
  const answer = await answerTo(kind === 'its id' ? request : secret);
  expect(answer).toEqual(await answerTo(kind === 'its id' ? `${request.slice(0, 6)}${'0'.repeat(24)}` : 'unknown'));
  expect(answer.status).toBe(404);
});

test('the request log contains nothing of another tenant', async () => {
  const get = async (query: string) => {
    const response = await send(`/api/requests?${query}`, { headers: { 'x-api-key': mine } });
    return [response.status, await response.text()];
  };
  const nothing = [200, JSON.stringify({ requests: [], next: null, scannedUntil: null })];
  for (const query of ['', `id=${request}`, `id=${secret}`, `keyId=${other.keyId}`, `endUser=${secret}`]) {
    expect(await get(query)).toEqual(nothing);
  }
  expect(await get(`format=ndjson&keyId=${other.keyId}`)).toEqual([200, '']);
  const [status, text] = await get(`tenantId=${other.tenantId}`);
  expect(status).toBe(403);
  const withoutId = (body: unknown) => String(body).replaceAll(/req_\w+/g, 'REQ');
  expect(withoutId((await get('tenantId=ten_unknown'))[1])).toBe(withoutId(text));
});

test('lists contain nothing of another tenant', async () => {
  const page = await send(`/api/jobs?first=100&after=${job.slice(0, 4)}${'z'.repeat(26)}`, {
    headers: { 'x-api-key': mine },
  });
  expect(await page.json()).toEqual({ jobs: [], pageInfo: { hasNextPage: false, endCursor: null } });
});

test("another tenant's Idempotency-Key returns nothing of its answer", async () => {
  const call = (key: string, prompt: string) =>
    post('/api/chat/completions', { prompt, provider: 'stub' }, { 'x-api-key': key, 'idempotency-key': 'the same' });
  expect(await (await call(other.key, secret)).text()).toContain(secret);
  const answer = await call(mine, 'mine');
  expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([200, null]);
  expect(await answer.text()).not.toContain(secret);
});

describe('the keys of a tenant', () => {
  test.each([
    ['its API keys', 'query ($id: ID!) { apiKeys(tenantId: $id) { id name start scopes lastUsedAt } }'],
    ['its provider keys', 'query ($id: ID!) { providerKeys(tenantId: $id) { provider ending } }'],
    ['itself', 'query ($id: ID!) { tenant(id: $id) { name limits { dailyBudget } spend { thisMonth } } }'],
    [
      'its usage',
      'query ($id: ID!) { usage(tenantId: $id, from: "2026-01-01T00:00:00Z", to: "2026-12-31T00:00:00Z") { requests } }',
    ],
  ])('are shown to administrators only: %s', async (_, document) => {
    for (const key of [mine, other.key]) {
      const id = key === mine ? other.tenantId : 'ten_nobody';
      const { data, errors } = await sendQuery(key, document, { id });
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['forbidden']);
      expect(JSON.stringify(data)).not.toContain(secret);
    }
  });

  test('contain no other key of the same tenant', async () => {
    const me = await queryData(mine, '{ me { apiKey { id name start lastUsedAt rotatedFrom } } }');
    expect(JSON.stringify(me)).not.toContain(secret);
    expect(JSON.stringify(me)).not.toContain(other.keyId);
  });
});
