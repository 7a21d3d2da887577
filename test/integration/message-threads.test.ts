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

function buildRequest(model: string) {
  const mark = `thread ${crypto.randomUUID()}`;
  return { mark, body: { model, max_tokens: 10, messages: [{ role: 'user', content: mark }], thread } };
}

describe.each(['claude-haiku-4-5', 'gpt-4o-mini', 'stub'])('a Messages request to %s', (model) => {
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

  it('runs the tools of the SDK to their end', async () => {
    const { key } = await createTenant();
    const client = new Anthropic({
      apiKey: key,
      baseURL: 'http://gateway.test',
      maxRetries: 0,
      fetch: (url, init) => send(String(url).replace('http://gateway.test', ''), init),
    });
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

it("a thread is passed through with the tenant's own key for Claude", async () => {
  const tenant = await createTenant();
  await queryData(admin.key, setKey, { tenantId: tenant.tenantId, key: `sk-own-thread-${crypto.randomUUID()}` });
  const { mark, body } = buildRequest('claude-haiku-4-5');
  await (await post('/v1/messages', body, { 'x-api-key': tenant.key })).text();
  expect(await bodiesSeen(mark)).toEqual([body]);
  await (await post('/v1/messages', { ...body, model: 'gpt-4o-mini' }, { 'x-api-key': tenant.key })).text();
  expect(await bodiesSeen(mark)).toEqual([body]);
});
