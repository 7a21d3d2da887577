import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, post, variables } from './gateway.ts';
import { queryData } from './graphql.ts';

const setKey =
  'mutation ($tenantId: ID!, $key: String!) { setProviderKey(tenantId: $tenantId, provider: "claude", key: $key) { provider } }';
const routes = ['/v1/messages', '/v1/messages/count_tokens'] as const;
const file = { type: 'file', file_id: 'file_of_another_tenant' };

let tenant: Awaited<ReturnType<typeof createTenant>>;
let byokTenant: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  const admin = await createTenant({ scopes: ['admin'] });
  [tenant, byokTenant] = await Promise.all([createTenant(), createTenant()]);
  const key = `sk-own-objects-${crypto.randomUUID()}`;
  await queryData(admin.key, setKey, { tenantId: byokTenant.tenantId, key });
});

async function bodiesSeen(containing: string) {
  const response = await fetch(`${variables.PROVIDER_URL}/_seen?containing=${encodeURIComponent(containing)}`);
  const { requests } = await response.json<{ requests: { body: Record<string, unknown> }[] }>();
  return requests.map(({ body }) => body);
}

function buildRequest(path: (typeof routes)[number], fields: { messages?: object[] } & Record<string, unknown>) {
  const mark = `stored ${crypto.randomUUID()}`;
  const { messages = [], ...others } = fields;
  const body = {
    model: 'claude-haiku-4-5',
    ...(path === '/v1/messages' && { max_tokens: 10 }),
    messages: [{ role: 'user', content: mark }, ...messages],
    ...others,
  };
  return { mark, body };
}

const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] });

describe.each(routes)('%s', (path) => {
  it.each([
    ['container', { container: 'container_1' }],
    ['container.id', { container: { id: 'container_1', skills: [] } }],
    ['messages[1].content[0].source.file_id', user({ type: 'document', source: file })],
    ['messages[1].content[0].source.file_id', user({ type: 'image', source: file })],
    ['messages[1].content[0].file_id', user({ type: 'container_upload', file_id: 'file_1' })],
    [
      'messages[1].content[0].content[0].source.file_id',
      user({ type: 'tool_result', tool_use_id: 't', content: [{ type: 'image', source: file }] }),
    ],
    [
      'messages[1].content[0].source.content[0].source.file_id',
      user({ type: 'document', source: { type: 'content', content: [{ type: 'image', source: file }] } }),
    ],
  ])("rejects an object in the operator's account: %s of %j", async (param, fields) => {
    const { mark, body } = buildRequest(path, fields);
    const response = await post(path, body, { 'x-api-key': tenant.key });
    expect([response.status, await response.json()]).toMatchObject([
      404,
      {
        error: {
          type: 'not_found_error',
          message: expect.stringContaining(`${param}: is not supported with the operator's key`),
        },
      },
    ]);
    expect(await bodiesSeen(mark)).toEqual([]);
  });

  it('finds an object whose name is written with escapes', async () => {
    const { mark, body } = buildRequest(path, user({ type: 'document', source: file }));
    const text = JSON.stringify(body).replace('"file_id"', '"file\\u005fid"');
    const response = await post(path, text, { 'x-api-key': tenant.key });
    expect([response.status, await bodiesSeen(mark)]).toEqual([404, []]);
  });

  it.each([
    ['a new container', { container: { skills: [{ type: 'anthropic', skill_id: 'pdf' }] } }],
    ['no container', { container: null }],
    [
      "the client's own JSON",
      {
        messages: [
          { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: { ...file, content: file } }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: 'ok' }] },
        ],
      },
    ],
    [
      'the output of a tool that Anthropic ran',
      user({
        type: 'code_execution_tool_result',
        tool_use_id: 's',
        content: { type: 'code_execution_result', content: [{ type: 'code_execution_output', file_id: 'file_1' }] },
      }),
    ],
  ])('passes through %s', async (_, fields) => {
    const { mark, body } = buildRequest(path, fields);
    await (await post(path, body, { 'x-api-key': tenant.key })).text();
    expect(await bodiesSeen(mark)).toEqual([body]);
  });

  it("passes objects through with the tenant's own key", async () => {
    const fields = { container: 'container_1', ...user({ type: 'document', source: file }) };
    const { mark, body } = buildRequest(path, fields);
    await (await post(path, body, { 'x-api-key': byokTenant.key })).text();
    expect(await bodiesSeen(mark)).toEqual([body]);
  });
});
