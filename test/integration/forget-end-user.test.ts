import { eq, sql } from 'drizzle-orm';
import { beforeAll, expect, test } from 'vitest';
import { auditLog } from '../../src/db/schema/audit-log.ts';
import { requests } from '../../src/db/schema/requests.ts';
import { usageLabels } from '../../src/db/schema/usage-labels.ts';
import { openRedis } from '../../src/limits/redis-client.ts';
import { dumpColumns, dumpRedis } from '../support/dump-storage.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database, ledgerRows, post, variables } from './gateway.ts';
import { createJob, type Json, queryData, queryError, waitForStatus } from './graphql.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

const forget = `mutation ($tenantId: ID!, $endUser: String!) { forgetEndUser(tenantId: $tenantId, endUser: $endUser) {
  requests ledgerRows jobs bodies days pinnedKeyIds isComplete } }`;
const canary = 'canaryuser-71c2';
const session = 'canarysession-71c2';
const messages = [{ role: 'user', content: 'Hello' }];
/** Is refused before a provider is asked. */
const refused = { 'x-gateway-max-attempts': '99' };

let admin: Tenant;
let tenant: Tenant;

const redis = openRedis({
  url: variables.UPSTASH_REDIS_REST_URL ?? '',
  token: variables.UPSTASH_REDIS_REST_TOKEN ?? '',
  timeoutMs: 10_000,
});

async function findCanaries(): Promise<string[]> {
  const columns = [...(await dumpColumns(database))].filter(([, text]) => /canary(?:user|session)-71c2/.test(text));
  const inRedis = /canary(?:user|session)-71c2/.test(await dumpRedis(redis)) ? ['redis'] : [];
  return [...columns.map(([place]) => place), ...inRedis].sort();
}

async function run(endUser: string): Promise<Json> {
  const data = await queryData<{ forgetEndUser: Json }>(admin.key, forget, { tenantId: tenant.tenantId, endUser });
  return data.forgetEndUser;
}

beforeAll(async () => {
  admin = await createTenant({ scopes: ['admin'] });
  tenant = await createTenant({ keepBodies: 'all' });
  const send = async (user: string, extra: Record<string, string> = {}) => {
    const headers = { 'x-api-key': tenant.key, 'x-gateway-user': user, 'x-gateway-session': session, ...extra };
    await (await post('/v1/chat/completions', { model: 'stub', messages, user }, headers)).text();
  };
  await send(canary);
  await send(canary);
  await send(canary, refused);
  await send('another');
  await ledgerRows(tenant.tenantId, 3);
  const job = await createJob(tenant.key);
  await waitForStatus(tenant.key, job, 'COMPLETED');
  await database.execute(sql`UPDATE jobs SET end_user = ${canary}, session_id = ${session} WHERE id = ${job}`);
  await waitFor(async () => {
    expect(await database.$count(requests, eq(requests.tenantId, tenant.tenantId))).toBe(5);
    const { rows } = await database.execute(sql`SELECT FROM request_bodies WHERE tenant_id = ${tenant.tenantId}`);
    expect(rows).toHaveLength(5);
  });
  await database.execute(
    sql`UPDATE requests SET session_id = NULL WHERE tenant_id = ${tenant.tenantId} AND end_user = 'another'`,
  );
});

test('an end user that is forgotten is nowhere in Postgres and Redis, and its sums stay', async () => {
  expect(await findCanaries()).toEqual(
    expect.arrayContaining([
      ...[
        'jobs.end_user',
        'label_names.label',
        'request_bodies.end_user',
        'request_bodies.request',
        'requests.end_user',
      ],
      ...['requests.session_id', 'usage_labels.label', 'usage_ledger.end_user'],
    ]),
  );
  expect(await run(canary)).toEqual({
    requests: 3,
    ledgerRows: 2,
    jobs: 1,
    bodies: 3,
    days: 1,
    pinnedKeyIds: [],
    isComplete: true,
  });
  expect(await findCanaries()).toEqual([]);
  const labels = await database.select().from(usageLabels).where(eq(usageLabels.tenantId, tenant.tenantId));
  const sums = Object.fromEntries(labels.map(({ label, requests: count, refused }) => [label, [count, refused]]));
  expect(sums).toEqual({ '(erased)': [2, 1], another: [1, 0] });
  const entries = await database.select().from(auditLog).where(eq(auditLog.subjectId, tenant.tenantId));
  expect(entries).toMatchObject([
    { action: 'end_user.forgotten', actorId: admin.keyId, after: { requests: 3, ledgerRows: 2, jobs: 1 } },
  ]);
});

test('it is safe to repeat, and adds up what came since', async () => {
  expect(await run(canary)).toMatchObject({
    requests: 0,
    ledgerRows: 0,
    jobs: 0,
    bodies: 0,
    days: 0,
    isComplete: true,
  });
  const headers = { 'x-api-key': tenant.key, 'x-gateway-user': canary, ...refused };
  await (await post('/v1/chat/completions', { model: 'stub', messages }, headers)).text();
  await waitFor(async () => expect(await database.$count(requests, eq(requests.endUser, canary))).toBe(1));
  expect(await run(canary)).toMatchObject({ requests: 1, days: 1 });
  const labels = await database.select().from(usageLabels).where(eq(usageLabels.tenantId, tenant.tenantId));
  expect(labels.find(({ label }) => label === '(erased)')).toMatchObject({ requests: 2, refused: 2 });
});

test('a key that names the end user in all its requests is in the result', async () => {
  await database.execute(sql`UPDATE api_keys SET end_user = 'pinned user' WHERE id = ${tenant.keyId}`);
  expect(await run('pinned user')).toMatchObject({ pinnedKeyIds: [tenant.keyId] });
});

test('an id that is stored as its hash is found by the id', async () => {
  const long = 'x'.repeat(200);
  await database.execute(sql`UPDATE api_keys SET end_user = NULL WHERE id = ${tenant.keyId}`);
  const { key } = await createTenant({ scopes: ['chat'] });
  expect((await queryError(key, forget, { tenantId: tenant.tenantId, endUser: long }))[0]).toBe('forbidden');
  await database.execute(sql`UPDATE jobs SET end_user = 'sha256:' || encode(sha256(convert_to(${long}, 'UTF8')), 'hex')
    WHERE tenant_id = ${tenant.tenantId}`);
  expect(await run(long)).toMatchObject({ jobs: 1 });
});

test.each(['', '(none)', '(other)', '(erased)'])('"%s" is a 400', async (endUser) => {
  const error = await queryError(admin.key, forget, { tenantId: tenant.tenantId, endUser });
  expect(error).toEqual(['invalid_request', expect.stringMatching(/^endUser: /)]);
});
