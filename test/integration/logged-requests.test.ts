import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { apiKeys } from '../../src/db/schema/api-keys.ts';
import { jobs } from '../../src/db/schema/jobs.ts';
import { requests } from '../../src/db/schema/requests.ts';
import { tenants } from '../../src/db/schema/tenants.ts';
import { usageLabels } from '../../src/db/schema/usage-labels.ts';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, database, ledgerRows, post, send } from './gateway.ts';

type Tenant = Awaited<ReturnType<typeof createTenant>>;

const messages = [{ role: 'user', content: 'Hello' }];

/** The tenant's rows of the request log, oldest first, once as many have arrived as are expected. */
async function loggedRequests({ tenantId }: Tenant, expected: number) {
  return await waitFor(async () => {
    const rows = await database.select().from(requests).where(eq(requests.tenantId, tenantId)).orderBy(requests.id);
    expect(rows).toHaveLength(expected);
    return rows;
  });
}

async function labels({ tenantId }: Tenant) {
  const rows = await database.select().from(usageLabels).where(eq(usageLabels.tenantId, tenantId));
  return new Map(rows.map((row) => [`${row.type} ${row.label}`, row]));
}

async function read(response: Promise<Response>) {
  const { status, headers, text } = await response.then(async (reply) => ({
    status: reply.status,
    headers: reply.headers,
    text: await reply.text(),
  }));
  return { status, requestId: headers.get('x-request-id'), text };
}

let tenant: Tenant;

beforeAll(async () => {
  tenant = await createTenant();
});

const postChat = (body: object, headers: Readonly<Record<string, string>> = {}, of = tenant) =>
  read(post('/v1/chat/completions', { messages, ...body }, { 'x-api-key': of.key, ...headers }));

describe('the row of a request', () => {
  it('has the sums of its attempts', async () => {
    tenant = await createTenant();
    const { requestId } = await postChat({ model: 'gpt-4o-mini' });
    const [row] = await loggedRequests(tenant, 1);
    const [attempt] = await ledgerRows(tenant.tenantId, 1);
    expect(row).toMatchObject({
      id: requestId,
      keyId: tenant.keyId,
      path: '/v1/chat/completions',
      source: 'sync',
      status: 'completed',
      httpStatus: 200,
      provider: 'openai',
      model: 'gpt-4o-mini',
      attempts: 1,
      inputTokens: attempt?.inputTokens,
      outputTokens: attempt?.outputTokens,
      costNanoUsd: attempt?.costNanoUsd,
      totalMs: attempt?.totalMs,
      createdAt: attempt?.createdAt,
      upstreamStatus: 200,
    });
    expect(attempt?.inputTokens).toBeGreaterThan(0);
  });

  it('says what the translation left out', async () => {
    tenant = await createTenant();
    await postChat({ model: 'claude-haiku-4-5', seed: 1, logit_bias: {} });
    const [row] = await loggedRequests(tenant, 1);
    expect(row?.dropped).toContain('seed');
  });

  it.each([
    ['stub-error', 'failed', 500],
    ['stub-cut', 'failed', 200],
  ])('says how a stream of %s ended', async (model, status, httpStatus) => {
    tenant = await createTenant();
    await postChat({ model, stream: true });
    const [row] = await loggedRequests(tenant, 1);
    expect(row).toMatchObject({ source: 'stream', status, httpStatus, errorCode: 'provider_error', model });
    expect(row?.errorMessage).toBeTruthy();
  });

  it('is written for the call of a job', async () => {
    tenant = await createTenant();
    const headers = { 'x-api-key': tenant.key, 'x-gateway-user': 'u7', 'x-gateway-session': 's1' };
    const { text } = await read(post('/api/jobs', { input: 'Hello', provider: 'stub' }, headers));
    const [row] = await loggedRequests(tenant, 1);
    expect(row).toMatchObject({
      path: '/api/jobs',
      source: 'job',
      status: 'completed',
      httpStatus: null,
      jobId: JSON.parse(text).id,
      endUser: 'u7',
      sessionId: 's1',
    });
    expect(await ledgerRows(tenant.tenantId, 1)).toMatchObject([{ requestId: row?.id, endUser: 'u7' }]);
  });
});

describe('a job that waits for a limit', () => {
  it('has no row, because no provider was asked and nothing was refused for good', async () => {
    tenant = await createTenant();
    await database.update(apiKeys).set({ requestsPerMinute: 1 }).where(eq(apiKeys.id, tenant.keyId));
    await postChat({ model: 'stub' });
    const { text } = await read(post('/api/jobs', { input: 'Hello', provider: 'stub' }, { 'x-api-key': tenant.key }));
    const id: string = JSON.parse(text).id;
    const [job] = await waitFor(async () => {
      const found = await database.select().from(jobs).where(eq(jobs.id, id));
      // PENDING, RUNNING, PENDING.
      expect(found).toMatchObject([{ status: 'PENDING', eventCount: 3 }]);
      return found;
    });
    expect(job?.attemptCount).toBe(0);
    expect(await loggedRequests(tenant, 1)).toMatchObject([{ status: 'completed', path: '/v1/chat/completions' }]);
    await read(send(`/api/jobs/${id}/cancel`, { method: 'POST', headers: { 'x-api-key': tenant.key } }));
    await loggedRequests(tenant, 1);
  });
});

describe('a refused request', () => {
  it.each([
    ['a body that is not JSON', {}, '/v1/chat/completions', '{', 400, 'invalid_request'],
    [
      'a model that the key may not use',
      { allowedModels: ['stub'] },
      '/v1/messages',
      { model: 'claude-haiku-4-5', max_tokens: 9, messages },
      403,
      'forbidden',
    ],
    ['a scope that the key lacks', { scopes: ['read' as const] }, '/stream', { prompt: 'Hi' }, 403, 'forbidden'],
    ['a job without an input', {}, '/api/jobs', {}, 400, 'invalid_request'],
    [
      'a budget that is used up',
      { dailyBudgetNanoUsd: 1n },
      '/v1/responses',
      { model: 'gpt-4o-mini', input: 'Hello' },
      402,
      'budget_exceeded',
    ],
  ])('is logged for %s', async (_, columns, path, body, httpStatus, errorCode) => {
    tenant = await createTenant(columns);
    const { status, requestId } = await read(post(path, body, { 'x-api-key': tenant.key }));
    const [row] = await loggedRequests(tenant, 1);
    expect([status, row]).toMatchObject([
      httpStatus,
      { id: requestId, path, status: 'refused', httpStatus, errorCode, attempts: 0, costNanoUsd: null, represents: 1 },
    ]);
    expect(row?.errorMessage).toBeTruthy();
    await ledgerRows(tenant.tenantId, 0);
  });

  it('is logged with the model that it named', async () => {
    tenant = await createTenant({ allowedModels: ['stub'] });
    await postChat({ model: 'gpt-4o-mini' });
    expect(await loggedRequests(tenant, 1)).toMatchObject([{ model: 'gpt-4o-mini' }]);
  });

  it('is not logged for a route that asks no provider', async () => {
    tenant = await createTenant();
    const headers = { 'x-api-key': tenant.key };
    await read(send('/api/jobs/job_x', { headers }));
    await read(post('/v1/messages/count_tokens', {}, headers));
    await postChat({ model: 'stub' });
    expect(await loggedRequests(tenant, 1)).toMatchObject([{ status: 'completed' }]);
  });
});

describe('a job that GraphQL refuses', () => {
  const one = 'mutation ($input: CreateJobInput!) { createJob(input: $input) { id } }';
  const several = 'mutation ($inputs: [CreateJobInput!]!) { createJobs(inputs: $inputs) { id } }';
  const input = { input: 'Hello', model: 'gpt-4o-mini' };
  const ask = (query: string, variables: object, headers: Readonly<Record<string, string>> = {}) =>
    read(post('/graphql', { query, variables }, { 'x-api-key': tenant.key, ...headers }));

  it.each([
    ['an unknown model', {}, { input: { ...input, model: 'no-such-model' } }, 'not_found', 'no-such-model'],
    ['a model that the key may not use', { allowedModels: ['stub'] }, { input }, 'forbidden', 'gpt-4o-mini'],
    ['a scope that the key lacks', { scopes: ['read' as const] }, { input }, 'forbidden', 'gpt-4o-mini'],
    ['a job without an input', {}, { input: { provider: 'stub' } }, 'invalid_request', null],
    [
      'an idempotency key that is none',
      {},
      { input: { ...input, idempotencyKey: ' ' } },
      'invalid_request',
      'gpt-4o-mini',
    ],
  ])('is logged for %s', async (_, columns, variables, errorCode, model) => {
    tenant = await createTenant(columns);
    const { status, requestId, text } = await ask(one, variables);
    const [row] = await loggedRequests(tenant, 1);
    const { errors } = JSON.parse(text);
    expect([status, errors[0].extensions.code]).toEqual([200, errorCode]);
    expect(row).toMatchObject({
      ...{ id: requestId, clientRequestId: null, path: '/graphql', source: 'job', status: 'refused', httpStatus: 200 },
      ...{ errorCode, errorMessage: errors[0].message, model, attempts: 0, costNanoUsd: null, represents: 1 },
    });
  });

  it('is logged where the key requires an end user', async () => {
    tenant = await createTenant();
    await database.update(apiKeys).set({ requireEndUser: true }).where(eq(apiKeys.id, tenant.keyId));
    await ask(one, { input });
    expect(await loggedRequests(tenant, 1)).toMatchObject([{ errorCode: 'invalid_request', source: 'job' }]);
  });

  it('is logged with its attribution', async () => {
    tenant = await createTenant({ allowedModels: ['stub'] });
    await ask(one, { input: { ...input, endUser: 'u1', sessionId: 's1' } });
    expect(await loggedRequests(tenant, 1)).toMatchObject([{ endUser: 'u1', sessionId: 's1' }]);
    expect((await labels(tenant)).get('end_user u1')).toMatchObject({ requests: 0, refused: 1 });
  });

  it('is one row of several that are refused together, with what they have in common', async () => {
    tenant = await createTenant({ allowedModels: ['stub'] });
    await ask(several, { inputs: [input, { ...input, endUser: 'u1' }] });
    expect(await loggedRequests(tenant, 1)).toMatchObject([{ model: 'gpt-4o-mini', endUser: null, represents: 1 }]);
  });

  it('is one row where the first of several mutations ends the request', async () => {
    tenant = await createTenant({ allowedModels: ['stub'] });
    const fields = 'a: createJob(input: $input) { id } b: createJob(input: $input) { id }';
    const { requestId } = await ask(`mutation ($input: CreateJobInput!) { ${fields} }`, { input });
    expect(await loggedRequests(tenant, 1)).toMatchObject([{ id: requestId }]);
  });

  it('is not logged for other mutations, and not for a job that is created', async () => {
    tenant = await createTenant();
    await ask('mutation { cancelJob(id: "job_x") { id } }', {});
    await ask(one, { input: { input: 'Hello', provider: 'stub' } });
    expect(await loggedRequests(tenant, 1)).toMatchObject([{ status: 'completed', path: '/api/jobs' }]);
  });
});

describe('attribution', () => {
  it('is read from headers, and tags only where the tenant has declared them', async () => {
    tenant = await createTenant();
    await database
      .update(tenants)
      .set({ tagNames: ['team'] })
      .where(eq(tenants.id, tenant.tenantId));
    const headers = { 'x-gateway-user': 'u1', 'x-gateway-session': 's1', 'x-gateway-tags': 'team=search,env=prod' };
    await postChat({ model: 'gpt-4o-mini', user: 'another' }, headers);
    const [row] = await loggedRequests(tenant, 1);
    expect(row).toMatchObject({ endUser: 'u1', sessionId: 's1', tags: { team: 'search' } });
    const sums = await labels(tenant);
    expect([...sums.keys()].toSorted()).toEqual(['end_user u1', 'tag team=search']);
    expect(sums.get('end_user u1')).toMatchObject({
      requests: 1,
      errors: 0,
      refused: 0,
      costNanoUsd: row?.costNanoUsd,
    });
  });

  it('is read from the body of OpenAI and Anthropic', async () => {
    tenant = await createTenant();
    await postChat({ model: 'stub', user: 'u1' });
    const userId = JSON.stringify({ device_id: 'd1', account_uuid: 'a1', session_id: 's9' });
    const body = { model: 'stub', max_tokens: 9, messages, metadata: { user_id: userId } };
    await read(post('/v1/messages', body, { 'x-api-key': tenant.key }));
    expect(await loggedRequests(tenant, 2)).toMatchObject([
      { endUser: 'u1', sessionId: null },
      { endUser: 'a1', sessionId: 's9' },
    ]);
  });

  it('is that of the key where the key has an end user', async () => {
    tenant = await createTenant();
    await database.update(apiKeys).set({ endUser: 'pinned' }).where(eq(apiKeys.id, tenant.keyId));
    await postChat({ model: 'stub', user: 'u1' }, { 'x-gateway-user': 'u2' });
    expect(await loggedRequests(tenant, 1)).toMatchObject([{ endUser: 'pinned' }]);
  });

  it('is required where the key says so', async () => {
    tenant = await createTenant();
    await database.update(apiKeys).set({ requireEndUser: true }).where(eq(apiKeys.id, tenant.keyId));
    const { status, text } = await postChat({ model: 'stub' });
    expect([status, text]).toEqual([400, expect.stringContaining('x-gateway-user')]);
    expect(await postChat({ model: 'stub', user: 'u1' })).toMatchObject({ status: 200 });
    expect(await loggedRequests(tenant, 2)).toMatchObject([{ status: 'refused' }, { status: 'completed' }]);
  });

  it('refuses tags that cannot be parsed', async () => {
    tenant = await createTenant();
    const { status, text } = await postChat({ model: 'stub' }, { 'x-gateway-tags': 'team' });
    expect([status, text]).toEqual([400, expect.stringContaining('x-gateway-tags')]);
  });
});
