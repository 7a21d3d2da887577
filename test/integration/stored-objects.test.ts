import { beforeAll, describe, expect, it } from 'vitest';
import { createTenant, post, variables } from './gateway.ts';
import { queryData } from './graphql.ts';

const setKey =
  'mutation ($tenantId: ID!, $provider: String!, $key: String!) { setProviderKey(tenantId: $tenantId, provider: $provider, key: $key) { provider } }';
const routes = ['/v1/messages', '/v1/messages/count_tokens'] as const;
const file = { type: 'file', file_id: 'file_of_another_tenant' };

let tenant: Awaited<ReturnType<typeof createTenant>>;
let byokTenant: Awaited<ReturnType<typeof createTenant>>;

beforeAll(async () => {
  const admin = await createTenant({ scopes: ['admin'] });
  [tenant, byokTenant] = await Promise.all([createTenant(), createTenant()]);
  const key = `sk-own-objects-${crypto.randomUUID()}`;
  for (const provider of ['claude', 'openai']) {
    await queryData(admin.key, setKey, { tenantId: byokTenant.tenantId, provider, key });
  }
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

const image = { type: 'input_image', file_id: 'file_1' };
const tool = (fields: object) => ({ tools: [{ type: 'code_interpreter', ...fields }] });
const item = (fields: object) => ({ input: [{ role: 'user', content: 'Hi' }, fields] });

/** Objects of another tenant in the requests of OpenAI's clients: the route, the parameter and the fields. */
const openAiObjects: readonly (readonly [path: string, param: string, fields: Record<string, unknown>])[] = [
  [
    '/v1/chat/completions',
    'messages[0].content[1].file.file_id',
    {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Read.' },
            { type: 'file', file: { file_id: 'file_1' } },
          ],
        },
      ],
    },
  ],
  ['/v1/responses', 'prompt', { input: 'Hi', prompt: { id: 'pmpt_1' } }],
  ['/v1/responses', 'conversation', { input: 'Hi', conversation: { id: 'conv_1' } }],
  [
    '/v1/responses',
    'tools[0].vector_store_ids',
    { input: 'Hi', tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] },
  ],
  ['/v1/responses', 'tools[0].container', { input: 'Hi', ...tool({ container: 'cntr_1' }) }],
  [
    '/v1/responses',
    'tools[0].container.file_ids',
    { input: 'Hi', ...tool({ container: { type: 'auto', file_ids: ['file_1'] } }) },
  ],
  [
    '/v1/responses',
    'tools[0].environment.container_id',
    { input: 'Hi', tools: [{ type: 'shell', environment: { type: 'container_reference', container_id: 'cntr_1' } }] },
  ],
  [
    '/v1/responses',
    'tools[0].environment.skills[0].skill_id',
    {
      input: 'Hi',
      tools: [
        {
          type: 'shell',
          environment: { type: 'container_auto', skills: [{ type: 'skill_reference', skill_id: 'skill_1' }] },
        },
      ],
    },
  ],
  [
    '/v1/responses',
    'tools[0].input_image_mask.file_id',
    { input: 'Hi', tools: [{ type: 'image_generation', input_image_mask: { file_id: 'file_1' } }] },
  ],
  ['/v1/responses', 'input[1].content[0].file_id', item({ role: 'user', content: [image] })],
  [
    '/v1/responses',
    'input[1].content[0].file_id',
    item({ role: 'user', content: [{ type: 'input_file', file_id: 'file_1' }] }),
  ],
  [
    '/v1/responses',
    'input[1].output[0].file_id',
    item({ type: 'function_call_output', call_id: 'c', output: [image] }),
  ],
  [
    '/v1/responses',
    'input[1].output.file_id',
    item({
      type: 'computer_call_output',
      call_id: 'c',
      output: { type: 'computer_screenshot', file_id: 'file_1' },
    }),
  ],
  [
    '/v1/responses',
    'input[1].container_id',
    item({ type: 'code_interpreter_call', id: 'ci_1', code: '1', container_id: 'cntr_1' }),
  ],
  ['/v1/responses/compact', 'input[1].content[0].file_id', item({ role: 'user', content: [image] })],
];

function buildOpenAiRequest(fields: Record<string, unknown>) {
  const mark = `stored ${crypto.randomUUID()}`;
  return { mark, body: { model: 'gpt-4o-mini', user: mark, ...fields } };
}

describe("an object of an OpenAI client in the operator's account", () => {
  it.each(openAiObjects)('is not found by %s: %s', async (path, param, fields) => {
    const { mark, body } = buildOpenAiRequest(fields);
    const response = await post(path, body, { 'x-api-key': tenant.key });
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { param, message: expect.stringContaining(`${param}: is not found`) } },
    ]);
    expect(await bodiesSeen(mark)).toEqual([]);
  });

  it('is found where its name is written with escapes', async () => {
    const { mark, body } = buildOpenAiRequest(item({ role: 'user', content: [image] }));
    const text = JSON.stringify(body).replace('"file_id"', '"file\\u005fid"');
    const response = await post('/v1/responses', text, { 'x-api-key': tenant.key });
    expect([response.status, await bodiesSeen(mark)]).toEqual([404, []]);
  });

  it.each(openAiObjects)("passes through %s with the tenant's own key: %s", async (path, _, fields) => {
    const { mark, body } = buildOpenAiRequest(fields);
    await (await post(path, body, { 'x-api-key': byokTenant.key })).text();
    expect(await bodiesSeen(mark)).toEqual([body]);
  });

  it.each([
    ['a new container', { input: 'Hi', ...tool({ container: { type: 'auto', file_ids: [] } }) }],
    ["OpenAI's own skill", { input: 'Hi', tools: [{ type: 'shell', skills: [{ skill_id: 'openai-slides' }] }] }],
    [
      "a client's own function",
      {
        input: 'Hi',
        tools: [{ type: 'function', name: 'f', parameters: { properties: { file_id: {}, container: 'c' } } }],
      },
    ],
    [
      "a client's own header",
      {
        input: 'Hi',
        tools: [{ type: 'mcp', server_label: 's', server_url: 'https://example.com', headers: { file_id: 'x' } }],
      },
    ],
    [
      'a source that a reply has quoted',
      item({
        type: 'message',
        role: 'assistant',
        content: [
          {
            type: 'output_text',
            text: 'Hi',
            annotations: [{ type: 'container_file_citation', container_id: 'c', file_id: 'f' }],
          },
        ],
      }),
    ],
    ['a file itself', item({ role: 'user', content: [{ type: 'input_file', file_data: 'AA==', file_id: null }] })],
  ])('is not taken for %s', async (_, fields) => {
    const { mark, body } = buildOpenAiRequest({ ...fields, store: false });
    await (await post('/v1/responses', body, { 'x-api-key': tenant.key })).text();
    expect(await bodiesSeen(mark)).toEqual([body]);
  });
});
