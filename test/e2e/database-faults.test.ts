import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { retryTiming, timingFailure } from '../support/limited-calls.ts';
import { type MiniflareGateway, startMiniflareGateway } from '../support/miniflare-gateway.ts';

let gateway: MiniflareGateway;
let postgres: FaultProxy;
let key: string;

beforeAll(async () => {
  gateway = await startMiniflareGateway({
    workerFolder: inject('workerFolder'),
    variables: async ({ DATABASE_HTTP_URL = '' }) => {
      postgres = await startFaultProxy(new URL(DATABASE_HTTP_URL).origin);
      return { DATABASE_HTTP_URL: new URL(new URL(DATABASE_HTTP_URL).pathname, postgres.url).href };
    },
  });
  ({ key } = await gateway.createTenant());
}, 240_000);

afterAll(async () => {
  await gateway?.stop();
  postgres?.close();
});

interface Call {
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send({ path, body, headers }: Call, apiKey = key) {
  const startedAt = performance.now();
  const response = await fetch(gateway.url + path, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', 'x-api-key': apiKey, ...headers },
    body: body ? JSON.stringify(body) : null,
  });
  const text = await response.text();
  const ms = performance.now() - startedAt;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text, ms };
}

const prompt = { prompt: 'Hi', provider: 'stub' };
const messages = [{ role: 'user', content: 'Hi' }];
const graphql = (query: string): Call => ({ path: '/graphql', body: { query } });
const jobPath = `/api/jobs/job_${'0'.repeat(26)}`;

const native = { error: { code: 'unavailable', message: expect.any(String), requestId: expect.any(String) } };
const openAi = { error: { type: 'server_error', code: 'unavailable', message: expect.any(String), param: null } };
const anthropic = { type: 'error', error: { type: 'overloaded_error' } };
const graphQlError = { errors: [{ message: expect.any(String), extensions: { code: 'unavailable' } }] };

/** Every route needs Postgres for a key that is not cached. */
const routes: readonly [call: Call, expected: object][] = [
  [{ path: '/api/chat/completions', body: prompt }, native],
  [{ path: '/stream', body: prompt }, native],
  [{ path: '/api/jobs', body: { input: 'Hi', provider: 'stub' } }, native],
  [{ path: '/api/jobs' }, native],
  [{ path: jobPath }, native],
  [{ path: `${jobPath}/cancel`, body: {} }, native],
  [{ path: `${jobPath}/events` }, native],
  [{ path: '/v1/chat/completions', body: { model: 'stub', messages } }, openAi],
  [{ path: '/v1/embeddings', body: { model: 'stub', input: 'Hi' } }, openAi],
  [{ path: '/v1/responses', body: { model: 'stub', input: 'Hi' } }, openAi],
  [{ path: '/v1/responses/compact', body: { model: 'stub', input: 'Hi' } }, openAi],
  [{ path: '/v1/responses/input_tokens', body: { model: 'stub', input: 'Hi' } }, openAi],
  [{ path: '/v1/responses/resp_1' }, openAi],
  [{ path: '/v1/models' }, openAi],
  [{ path: '/v1/models/stub' }, openAi],
  [{ path: '/v1/messages', body: { model: 'stub', max_tokens: 9, messages } }, anthropic],
  [{ path: '/v1/messages/count_tokens', body: { model: 'stub', messages } }, anthropic],
  [graphql('{ me { id } }'), graphQlError],
];

const idempotent = () => ({ 'idempotency-key': crypto.randomUUID() });
const events = { accept: 'text/event-stream' };

/** The routes that need Postgres even with a cached key. */
const routesWithData: readonly [call: () => Call, expected: object][] = [
  [() => ({ path: '/api/chat/completions', body: prompt, headers: idempotent() }), native],
  [() => ({ path: '/api/chat/completions', body: prompt, headers: { prefer: 'respond-async' } }), native],
  [() => ({ path: '/stream', body: prompt, headers: idempotent() }), native],
  [() => ({ path: '/api/jobs', body: { input: 'Hi', provider: 'stub' } }), native],
  [() => ({ path: '/api/jobs' }), native],
  [() => ({ path: jobPath }), native],
  [() => ({ path: `${jobPath}/cancel`, body: {} }), native],
  [() => ({ path: `${jobPath}/events` }), native],
  [() => graphql('{ jobs { edges { node { id } } } }'), graphQlError],
  [() => graphql(`{ job(id: "${jobPath.slice('/api/jobs/'.length)}") { id } }`), graphQlError],
  [() => graphql('{ usage(from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z") { requests } }'), graphQlError],
  [() => graphql('mutation { createJob(input: { input: "Hi", provider: "stub" }) { id } }'), graphQlError],
  [() => graphql('mutation { rotateWebhookSecret(overlapSeconds: 0) { id } }'), graphQlError],
];

function expectUnavailable({ status, retryAfter, text, ms }: Awaited<ReturnType<typeof send>>, expected: object): void {
  expect([status, retryAfter]).toEqual([503, '1']);
  expect(JSON.parse(text)).toMatchObject(expected);
  expect(ms, timingFailure).toBeLessThanOrEqual(2_000);
}

describe.each<Fault>(['refuse', 'hang'])('while Postgres does not answer (%s)', (fault) => {
  beforeAll(async () => {
    postgres.fault = 'none';
    expect((await send(graphql('{ me { id } }'))).status).toBe(200);
    expect((await send({ path: '/api/jobs' })).status).toBe(200);
    postgres.fault = fault;
  });

  test('a model request with a cached key succeeds', async () => {
    expect((await send({ path: '/api/chat/completions', body: prompt })).status).toBe(200);
    expect((await send({ path: '/v1/chat/completions', body: { model: 'stub', messages } })).status).toBe(200);
  });

  test('a subscription with a cached key ends with an error', async () => {
    const { text } = await send({ ...graphql('subscription { jobsUpdated { id } }'), headers: events });
    expect(text.match(/event: next/g)).toHaveLength(1);
    expect(text).toContain('"code":"unavailable"');
    expect(text).toContain('event: complete');
  });

  test('other routes return 503 for a cached key', retryTiming, async () => {
    await Promise.all(
      routesWithData.map(async ([createCall, expected]) => expectUnavailable(await send(createCall()), expected)),
    );
  });

  test.concurrent.each(routes)(
    '$path returns 503 for a key that is not cached',
    retryTiming,
    async (call, expected) => {
      expectUnavailable(await send(call, `test-${crypto.randomUUID()}`), expected);
    },
  );
});

test('the gateway waits for a statement that waits for a lock', { timeout: 60_000 }, async () => {
  postgres.fault = 'none';
  expect((await send({ path: '/api/jobs' })).status).toBe(200);
  postgres.fault = 'lock';
  const { status, ms } = await send({ path: '/api/jobs' });
  expect(status).toBe(200);
  expect(ms).toBeGreaterThanOrEqual(4_000);
});
