import Anthropic from '@anthropic-ai/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, post, send, variables } from './gateway.ts';
import { queryData } from './graphql.ts';

const setKey =
  'mutation ($tenantId: ID!, $key: String!) { setProviderKey(tenantId: $tenantId, provider: "claude", key: $key) { provider } }';
const thread = { type: 'continue', previous_message_id: 'msg_of_another_tenant' };

let admin: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  admin = await createTenant({ scopes: ['admin'] });
});

async function bodiesSeen(containing: string) {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(containing)}`);
  const { requests } = await response.json<{ requests: { body: Record<string, unknown> }[] }>();
  return requests.map(({ body }) => body);
}

function createClient(apiKey: string): Anthropic {
  return new Anthropic({
    apiKey,
    baseURL: 'http://gateway.test',
    maxRetries: 0,
    fetch: (url, init) => send(String(url).replace('http://gateway.test', ''), init),
  });
}

function buildRequest(model: string) {
  const mark = `thread ${crypto.randomUUID()}`;
  return { mark, body: { model, max_tokens: 10, messages: [{ role: 'user', content: mark }], thread } };
}

describe.each(['claude-haiku-4-5', 'gpt-4o-mini', 'ollama/llama3.2', 'stub'])('a Messages request to %s', (model) => {
  it.each([false, true])(
    'with a thread is rejected in the form that the SDK recovers from, streamed: %s',
    async (stream) => {
      const { key } = await createTenant();
      const { mark, body } = buildRequest(model);
      const response = await post('/v1/messages', { ...body, stream }, { 'x-api-key': key });
      expect([response.status, await response.json()]).toMatchObject([
        400,
        {
          error: {
            type: 'invalid_request_error',
            message: expect.stringMatching(/^thread: .*send all messages instead/),
            details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
          },
        },
      ]);
      expect(await bodiesSeen(mark)).toEqual([]);
    },
  );

  it('with a thread has no count of tokens either', async () => {
    const { key } = await createTenant();
    const { mark, body } = buildRequest(model);
    const { max_tokens: _, ...counted } = body;
    const response = await post('/v1/messages/count_tokens', counted, { 'x-api-key': key });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { details: { error_code: 'thread_unsupported_request' } } },
    ]);
    expect(await bodiesSeen(mark)).toEqual([]);
  });

  it('goes on unthreaded by the thread helper of the SDK', async () => {
    const { key } = await createTenant();
    const { mark } = buildRequest(model);
    const conversation = createClient(key).beta.messages.thread({
      model,
      max_tokens: 100,
      unsupportedRequestBehavior: 'continue_unthreaded',
    });
    const first = await conversation.send({ role: 'user', content: `${mark} first` });
    const second = await conversation.send({ role: 'user', content: `${mark} second` });
    expect([first.stop_reason, second.stop_reason]).toEqual(['end_turn', 'end_turn']);
    expect(conversation.params.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
    const bodies = await bodiesSeen(mark);
    expect(bodies.filter((body) => 'thread' in body)).toEqual([]);
    // Stub answers in process.
    if (model !== 'stub') expect(JSON.stringify(bodies.at(-1))).toContain(`${mark} first`);
  });

  it('runs the tools of the SDK to their end', async () => {
    const { key } = await createTenant();
    const client = createClient(key);
    const weather = {
      name: 'get_weather',
      input_schema: { type: 'object' as const },
      parse: (input: unknown) => input,
      run: () => 'Sunny everywhere.',
    };
    const last = await client.beta.messages.toolRunner({
      model,
      max_tokens: 100,
      messages: [{ role: 'user', content: '[[scenario:echo]] [[tool:get_weather]]' }],
      tools: [weather],
    });
    expect(last.stop_reason).toBe('end_turn');
    expect(JSON.stringify(last.content)).toContain('Sunny');
  });
});

it('thread: null is no thread', async () => {
  const { key } = await createTenant();
  for (const model of ['claude-haiku-4-5', 'gpt-4o-mini', 'ollama/llama3.2', 'stub']) {
    const { body } = buildRequest(model);
    const response = await post('/v1/messages', { ...body, thread: null }, { 'x-api-key': key });
    // The API of Claude decides about its own field; the fake one knows none of that name.
    const status = model.startsWith('claude') ? 400 : 200;
    expect([model, response.status]).toEqual([model, status]);
    expect(await response.text()).not.toContain('thread_unsupported_request');
  }
});

it('a job with a thread is rejected by the name of the field', async () => {
  const { key } = await createTenant();
  const response = await post('/api/jobs', { input: 'Hi', provider: 'claude', thread }, { 'x-api-key': key });
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('thread')]);
});

it("a thread is passed through with the tenant's own key for Claude", async () => {
  const tenant = await createTenant();
  await queryData(admin.key, setKey, { tenantId: tenant.tenantId, key: `sk-own-thread-${crypto.randomUUID()}` });
  const { mark, body } = buildRequest('claude-haiku-4-5');
  await (await post('/v1/messages', body, { 'x-api-key': tenant.key })).text();
  expect(await bodiesSeen(mark)).toEqual([body]);
  await (await post('/v1/messages', { ...body, model: 'gpt-4o-mini' }, { 'x-api-key': tenant.key })).text();
  expect(await bodiesSeen(mark)).toEqual([body]);
});
