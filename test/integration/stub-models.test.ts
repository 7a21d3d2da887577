import { beforeAll, describe, expect, test, vi } from 'vitest';
import { waitFor } from '../support/wait-for.ts';
import { createTenant, ledgerRows, post, send } from './gateway.ts';

const surfaces = ['chat', 'responses', 'messages', 'gemini', 'native'] as const;
type Surface = (typeof surfaces)[number];

/** Longer than any cooldown. */
const pauseMs = 5 * 60_000;
let pauses = 0;

/** Sends a request later than any cooldown of those before it, so that it tries the model that fails. */
async function postLater(path: string, body: object, key: string) {
  pauses += 1;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + pauses * pauseMs });
  try {
    const response = await post(path, body, { 'x-api-key': key });
    return { response, text: await response.text() };
  } finally {
    vi.useRealTimers();
  }
}

function requestOf(surface: Surface, models: readonly string[], stream: boolean): [path: string, body: object] {
  const messages = [{ role: 'user', content: 'Hi' }];
  if (surface === 'chat') return ['/v1/chat/completions', { models, messages, stream }];
  if (surface === 'messages') return ['/v1/messages', { models, messages, max_tokens: 100, stream }];
  if (surface === 'responses') return ['/v1/responses', { models, input: 'Hi', stream }];
  if (surface === 'gemini') {
    const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
    return [
      `/v1beta/models/${models[0]}:${method}`,
      { models: models.slice(1), contents: [{ parts: [{ text: 'Hi' }] }] },
    ];
  }
  return [stream ? '/stream' : '/api/chat/completions', { models, prompt: 'Hi' }];
}

const failingModels = ['stub-error', 'stub-429', 'stub-overloaded', 'stub-empty', 'stub-late-error'];

describe.each(failingModels)('%s', (model) => {
  let tenant: Awaited<ReturnType<typeof createTenant>>;

  beforeAll(async () => {
    tenant = await createTenant();
  });

  test.each(surfaces.flatMap((surface) => [[surface, false] as const, [surface, true] as const]))(
    'lets the next model answer on %s, stream %s',
    async (surface, stream) => {
      const { response, text } = await postLater(...requestOf(surface, [model, 'stub'], stream), tenant.key);
      expect([response.status, text]).toEqual([200, expect.stringContaining(stream ? 'Stub ' : 'Stub reply to: Hi')]);
      expect(response.headers.get('x-gateway-model')).toBe('stub');
      expect(response.headers.get('x-gateway-attempts')).toBe('2');
    },
  );

  test('has a failed row in the ledger for each request, before that of the answer', async () => {
    const rows = await ledgerRows(tenant.tenantId, 4 * surfaces.length);
    const failed = rows.filter(({ isLast }) => !isLast);
    expect(new Set(failed.map((row) => `${row.model} ${row.status}`))).toEqual(new Set([`${model} failed`]));
    const answered = rows.filter(({ isLast }) => isLast);
    expect(new Set(answered.map((row) => `${row.model} ${row.status}`))).toEqual(new Set(['stub completed']));
    expect(answered).toHaveLength(2 * surfaces.length);
  });

  test('lets the next model answer in a job', async () => {
    const { key } = await createTenant();
    const response = await post('/api/jobs', { input: 'Hi', models: [model, 'stub'] }, { 'x-api-key': key });
    const { id } = await response.json<{ id: string }>();
    await waitFor(async () => {
      const job = await send(`/api/jobs/${id}`, { headers: { 'x-api-key': key } });
      expect(await job.json()).toMatchObject({ status: 'COMPLETED', result: 'Stub reply to: Hi' });
    });
  });
});

test.each([
  ['stub-429', 429, '2'],
  ['stub-overloaded', 529, null],
])('%s by itself is a failure of the provider, with its status', async (model, status, retryAfter) => {
  const { key } = await createTenant();
  const body = { model, messages: [{ role: 'user', content: 'Hi' }] };
  const { status: sent, headers } = await post('/v1/chat/completions', body, { 'x-api-key': key });
  expect([sent, headers.get('retry-after')]).toEqual([status, retryAfter]);
  expect(headers.get('x-gateway-error-source')).toBe('provider');
});
