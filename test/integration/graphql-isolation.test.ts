import { eq, sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { jobs } from '../../src/db/schema/jobs.ts';
import { webhookDeliveries } from '../../src/db/schema/webhooks.ts';
import { createTenant, database, post } from './gateway.ts';
import { createJob, type Json, queryData, sendQuery, waitForStatus } from './graphql.ts';
import { insertRequest } from './request-rows.ts';

const theirs = { completed: '', failed: '', pending: '', delivery: '', tenant: '', key: '', request: '' };
let mine: string;

/** What the other tenant has, and no reply to this one may hold. */
const secret = 'sesame';

beforeAll(async () => {
  const other = await createTenant();
  mine = (await createTenant()).key;
  theirs.tenant = other.tenantId;
  theirs.key = other.keyId;
  theirs.request = (await insertRequest({ ...other, errorMessage: secret })).id;
  theirs.completed = await createJob(other.key, { input: secret, metadata: { secret }, idempotencyKey: 'theirs' });
  theirs.failed = await createJob(other.key, { input: `[[scenario:status code=413]] ${secret}`, provider: 'openai' });
  await waitForStatus(other.key, theirs.completed, 'COMPLETED');
  await waitForStatus(other.key, theirs.failed, 'FAILED');
  await database.update(jobs).set({ deadLetteredAt: sql`now()` }).where(eq(jobs.id, theirs.failed));
  theirs.pending = await createJob(other.key, { input: `[[scenario:paced ms=100 chunks=200]]`, provider: 'openai' });
  theirs.delivery = `whd_${theirs.completed.slice(4)}`;
  await database.insert(webhookDeliveries).values({
    id: theirs.delivery,
    tenantId: other.tenantId,
    jobId: theirs.completed,
    event: 'job.completed',
    url: `https://example.com/${secret}`,
    status: 'FAILED',
  });
}, 30_000);

/** Everything that takes an id, and what an id stands for there. */
const documents: readonly (readonly [document: string, kinds: readonly (keyof typeof theirs)[]])[] = [
  [
    'query ($id: ID!) { job(id: $id) { id status result input attempts { number } } }',
    ['completed', 'failed', 'pending'],
  ],
  ['query ($id: ID!) { node: request(id: $id) { id errorMessage attempts { number } } }', ['request']],
  ['mutation ($id: ID!) { cancelJob(id: $id) { id status } }', ['completed', 'failed', 'pending']],
  ['mutation ($id: ID!) { retryJob(id: $id) { id status } }', ['completed', 'failed', 'pending']],
  ['subscription ($id: ID!) { jobUpdated(id: $id) { id status } }', ['completed', 'failed', 'pending']],
  ['mutation ($id: ID!) { resendWebhook(id: $id) { id url } }', ['delivery']],
  [
    `query ($id: ID!) { node(id: $id) { id ... on Job { input } ... on Tenant { name spend { today } } ... on ApiKey { name }
      ... on WebhookDelivery { url attempts { number } } } }`,
    ['completed', 'failed', 'pending', 'delivery', 'tenant', 'key'],
  ],
  [
    'query ($id: ID!) { node: nodes(ids: [$id, $id]) { id } }',
    ['completed', 'failed', 'pending', 'delivery', 'tenant', 'key'],
  ],
];

const cases = documents.flatMap(([document, kinds]) => kinds.map((kind) => [document, kind] as const));

test.each(cases)("%s with another tenant's %s is answered like an unknown id", async (document, kind) => {
  const answerTo = async (id: string) => {
    const headers = { 'x-api-key': mine, accept: document.startsWith('subscription') ? 'text/event-stream' : '*/*' };
    const response = await post('/graphql', { query: document, variables: { id } }, headers);
    const text = (await response.text()).replaceAll(id, 'ID').replaceAll(/req_\w+/g, 'REQ');
    return { status: response.status, text };
  };
  const id = theirs[kind];
  const unknown = `${id.slice(0, 6)}${'0'.repeat(id.length - 6)}`;
  const answer = await answerTo(id);
  expect(answer).toEqual(await answerTo(unknown));
  expect(answer.text).toMatch(document.startsWith('query') ? /"(job|node)":(null|\[null,null\])/ : /not_found/);
});

test('lists, counts and sums contain no data of another tenant', async () => {
  const period = 'from: "2026-01-01T00:00:00Z", to: "2026-12-31T00:00:00Z"';
  const lists = `{ jobs { totalCount nodes { id } pageInfo { totalCount endCursor } } deadLetters { totalCount nodes { id } }
    after: jobs(after: "${theirs.pending}") { totalCount nodes { id } pageInfo { hasNextPage } }
    before: jobs(last: 5, before: "${theirs.pending}") { nodes { id } pageInfo { hasPreviousPage } }
    requests { nodes { id } pageInfo { hasNextPage } } theirs: requests(filter: { keyId: "${theirs.key}" }) { nodes { id } scannedUntil }
    usage(${period}, groupBy: [KEY, MODEL]) { requests } me { spend { thisMonth } } }`;
  const nothing = { totalCount: 0, nodes: [] };
  expect(await queryData(mine, lists)).toEqual({
    jobs: { ...nothing, pageInfo: { totalCount: 0, endCursor: null } },
    deadLetters: nothing,
    after: { ...nothing, pageInfo: { hasNextPage: false } },
    before: { nodes: [], pageInfo: { hasPreviousPage: false } },
    requests: { nodes: [], pageInfo: { hasNextPage: false } },
    theirs: { nodes: [], scannedUntil: null },
    usage: [],
    me: { spend: { thisMonth: 0 } },
  });
  const foreign = await sendQuery(mine, `{ usage(${period}, tenantId: "${theirs.tenant}") { requests } }`);
  const absent = await sendQuery(mine, `{ usage(${period}, tenantId: "ten_nobody") { requests } }`);
  expect(foreign.errors?.[0]?.message).toBe(absent.errors?.[0]?.message);
  expect(foreign.errors?.[0]?.extensions.code).toBe('forbidden');
});

test("another tenant's idempotency key and webhook secret have no effect", async () => {
  const id = await createJob(mine, { input: secret, metadata: { secret }, idempotencyKey: 'theirs' });
  expect(id).not.toBe(theirs.completed);
  const rotate = 'mutation { rotateWebhookSecret(overlapSeconds: 60) { id oldSecretsEndAt } }';
  expect(await queryData<Json>(mine, rotate)).toMatchObject({ rotateWebhookSecret: { oldSecretsEndAt: null } });
});

test('none of these requests changes data of the other tenant', async () => {
  const rows = await database
    .select({ id: jobs.id, status: jobs.status })
    .from(jobs)
    .where(eq(jobs.tenantId, theirs.tenant));
  expect(rows).toHaveLength(3);
  expect(rows.find(({ id }) => id === theirs.pending)?.status).not.toBe('CANCELLED');
  const [delivery] = await database.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, theirs.delivery));
  expect(delivery?.status).toBe('FAILED');
});
