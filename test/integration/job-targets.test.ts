import '../../src/graphql/server.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { runJob } from '../../src/jobs/run-job.ts';
import { createTenant, ledgerRows } from './gateway.ts';
import { createRoutedGateway, createRoutedTenants } from './routed-gateway.ts';
import { receivedOnce, receiverUrl } from './webhook-setting.ts';

const gateway = createRoutedGateway();
/** Nothing listens at the address of its first target. */
const withoutFirst = createRoutedGateway({ OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' });
const gpt = 'gpt-4o-mini';
const haiku = 'claude-haiku-4-5';
/** The first target fails, the second answers. */
const prompt = '[[scenario:status code=500 only=gpt]] go';
const first = { provider: 'openai', model: gpt };
const second = { provider: 'claude', model: haiku };
const documents = {
  create: 'mutation ($input: CreateJobInput!) { createJob(input: $input) { id provider model route } }',
  retry: 'mutation ($id: ID!) { retryJob(id: $id) { status provider model route } }',
  read: 'query ($id: ID!) { job(id: $id) { status provider model route } }',
  setRoute: 'mutation ($input: SetRouteInput!) { setRoute(input: $input) { name } }',
};
let adminKey: string;

beforeAll(async () => {
  ({ key: adminKey } = await createTenant({ scopes: ['admin'] }));
});

async function createRouted() {
  const [tenant] = await createRoutedTenants(1, { storeResponses: true });
  if (!tenant) return expect.unreachable();
  const input = { name: 'fast', tenantId: tenant.tenantId, targets: [first, { ...second, tier: 2 }] };
  await query(documents.setRoute, { input }, adminKey);
  return { ...tenant, headers: { 'x-api-key': tenant.key } };
}

async function query(document: string, variables: object, key: string): Promise<Record<string, unknown>> {
  const response = await gateway.post('/graphql', { query: document, variables }, { 'x-api-key': key });
  const { data, errors } = await response.json<{ data: Record<string, unknown>; errors?: unknown }>();
  expect(errors).toBeUndefined();
  return data;
}

async function postJob(path: string, body: object, headers: Readonly<Record<string, string>>) {
  const response = await gateway.post(path, body, headers);
  expect([200, 202]).toContain(response.status);
  const job = await response.json<{ id: string; model: string }>();
  return { ...job, id: job.id.replace('resp_', 'job_') };
}

const read = async (path: string, headers: Record<string, string>) =>
  await (await gateway.send(path, { headers })).json();

describe('a job whose second target answers', () => {
  it.each([
    ['a route', { model: 'fast' }, 'fast'],
    ['a list of one route', { models: ['fast'] }, 'fast'],
    ['a list of models', { models: [gpt, haiku] }, null],
  ])('shows that target, and before it has ended the first: %s', async (_title, named, route) => {
    const tenant = await createRouted();
    const webhookUrl = receiverUrl('status/200');
    const job = await postJob('/api/jobs', { input: prompt, webhookUrl, ...named }, tenant.headers);
    expect(job).toMatchObject({ ...first, status: 'PENDING' });
    await runJob(gateway.jobs, job.id);
    expect(await read(`/api/jobs/${job.id}`, tenant.headers)).toMatchObject({ ...second, status: 'COMPLETED' });
    const shown = { status: 'COMPLETED', ...second, route };
    expect(await query(documents.read, { id: job.id }, tenant.key)).toEqual({ job: shown });
    expect(JSON.parse((await receivedOnce(webhookUrl)).body)).toMatchObject({ data: second });
    expect(await ledgerRows(tenant.tenantId, 2)).toHaveLength(2);
  });

  it('is found by that target in a list', async () => {
    const tenant = await createRouted();
    const { id } = await postJob('/api/jobs', { input: prompt, model: 'fast' }, tenant.headers);
    await runJob(gateway.jobs, id);
    const path = `/api/jobs?provider=claude&model=${haiku}`;
    expect(await read(path, tenant.headers)).toMatchObject({ jobs: [{ id }] });
  });

  it('makes a response in the background of that model', async () => {
    const tenant = await createRouted();
    const body = { model: 'fast', input: prompt, background: true };
    const { id, model } = await postJob('/v1/responses', body, tenant.headers);
    expect(model).toBe(gpt);
    await runJob(gateway.jobs, id);
    const path = `/v1/responses/${id.replace('job_', 'resp_')}`;
    expect(await read(path, tenant.headers)).toMatchObject({ status: 'completed', model: haiku });
    expect(await read(`/api/jobs/${id}`, tenant.headers)).toMatchObject(second);
  });
});

describe('a job that no target answers', () => {
  it('shows the first target as long as it is tried again, and the last one once it has failed', async () => {
    const tenant = await createRouted();
    const pending = await postJob(
      '/api/jobs',
      { input: '[[scenario:status code=500]] go', model: 'fast' },
      tenant.headers,
    );
    await runJob(gateway.jobs, pending.id);
    expect(await read(`/api/jobs/${pending.id}`, tenant.headers)).toMatchObject({ ...first, status: 'PENDING' });
    const body = { input: '[[scenario:status code=400]] go', model: 'fast' };
    const failed = await postJob('/api/jobs', body, tenant.headers);
    await runJob(withoutFirst.jobs, failed.id);
    expect(await read(`/api/jobs/${failed.id}`, tenant.headers)).toMatchObject({ ...second, status: 'FAILED' });
    const { retryJob } = await query(documents.retry, { id: failed.id }, tenant.key);
    expect(retryJob).toEqual({ status: 'PENDING', ...first, route: 'fast' });
  });
});

it('is refused in GraphQL where it lists an unknown model', async () => {
  const tenant = await createRouted();
  const body = { query: documents.create, variables: { input: { input: 'Hi', models: [gpt, 'no-such-model'] } } };
  const { errors } = await (await gateway.post('/graphql', body, tenant.headers)).json<{ errors: object[] }>();
  const message = expect.stringMatching(/^models\[1\]: "no-such-model"/);
  expect(errors).toMatchObject([{ message, extensions: { code: 'not_found' } }]);
});

describe('a list of one model', () => {
  it('is that model, also behind the name of its provider', async () => {
    const tenant = await createRouted();
    const input = { input: 'Hi', models: [`claude/${haiku}`] };
    const { createJob } = await query(documents.create, { input }, tenant.key);
    expect(createJob).toMatchObject({ ...second, route: null });
  });
});
