import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { createKey, createTenant, ledgerRows, post } from './gateway.ts';
import { openClient } from './openai-client.ts';

const providers = [
  { name: 'Claude', model: 'claude-haiku-4-5' },
  { name: 'Ollama', model: 'ollama/llama3.2' },
  { name: 'a compatible provider without Responses', model: 'plain-large' },
  { name: 'Stub', model: 'stub' },
];
const echo = ({ model }: { model: string }, text: string) => (model === 'stub' ? text : `[[scenario:echo]] ${text}`);
const png =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

type Params = Omit<OpenAI.Responses.ResponseCreateParams, 'stream' | 'model'>;

/** Sends a request to one provider through the official client, whole or streamed. */
async function ask(model: string, params: Params, stream: boolean) {
  const { client, tenantId } = await openClient();
  const response = stream
    ? await client.responses.stream({ ...params, model }).finalResponse()
    : await client.responses.create({ ...params, model });
  return { response, row: async () => (await ledgerRows(tenantId, 1))[0] ?? expect.unreachable() };
}

const functionTool = (name: string): OpenAI.Responses.FunctionTool => ({
  type: 'function',
  name,
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
});

describe.each(providers)('a Responses request to $name', (provider) => {
  const { model } = provider;
  describe.each([false, true])('streamed: %s', (stream) => {
    it('is answered, and has its row', async () => {
      const params = { instructions: 'Be brief.', input: echo(provider, 'Grüße aus 東京.') };
      const { response, row } = await ask(model, params, stream);
      expect(response).toMatchObject({
        id: expect.stringMatching(/^resp_/),
        object: 'response',
        status: 'completed',
        model: model.replace('ollama/', ''),
        instructions: 'Be brief.',
        store: false,
        error: null,
        incomplete_details: null,
        usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
      });
      expect(response.output_text.endsWith('Grüße aus 東京.')).toBe(true);
      expect(await row()).toMatchObject({
        requestId: `req_${response.id.slice('resp_'.length)}`,
        source: stream ? 'stream' : 'sync',
        status: 'completed',
        finishReason: 'stop',
        inputTokens: response.usage?.input_tokens,
        outputTokens: response.usage?.output_tokens,
      });
    });

    it('calls tools in parallel, and takes their results', async () => {
      const tools = [functionTool('get_weather'), functionTool('get_time')];
      const question = {
        role: 'user' as const,
        content: echo(provider, '[[tool:get_weather]] [[tool:get_time]] Well?'),
      };
      const { response } = await ask(model, { input: [question], tools }, stream);
      const calls = response.output.flatMap((item) => (item.type === 'function_call' ? [item] : []));
      expect(calls.map(({ name, status }) => [name, status])).toEqual([
        ['get_weather', 'completed'],
        ['get_time', 'completed'],
      ]);
      for (const { arguments: json } of calls) expect(JSON.parse(json)).toEqual({ city: expect.any(String) });
      const results = calls.map(({ call_id, name }) => {
        return { type: 'function_call_output' as const, call_id, output: `${name} says ☔` };
      });
      const { response: last } = await ask(model, { input: [question, ...calls, ...results], tools }, stream);
      for (const { output } of results) expect(last.output_text).toContain(output);
    });

    it('keeps to a JSON schema', async () => {
      const schema = {
        type: 'object',
        properties: { degrees: { type: 'number' } },
        required: ['degrees'],
        additionalProperties: false,
      };
      const text = { format: { type: 'json_schema' as const, name: 'weather', schema, strict: true } };
      const { response } = await ask(model, { input: echo(provider, 'How is it?'), text }, stream);
      expect(JSON.parse(response.output_text)).toEqual({ degrees: expect.any(Number) });
      expect(response.text?.format).toMatchObject({ type: 'json_schema', name: 'weather', schema });
    });

    it('takes images', async () => {
      const content: OpenAI.Responses.ResponseInputMessageContentList = [
        { type: 'input_text', text: echo(provider, 'A picture.') },
        { type: 'input_image', image_url: png, detail: 'auto' },
      ];
      const { response } = await ask(model, { input: [{ role: 'user', content }] }, stream);
      expect(response.output_text).toContain('A picture.');
    });

    it('goes on with a conversation', async () => {
      const input: OpenAI.Responses.ResponseInput = [
        { role: 'user', content: 'First.' },
        { role: 'assistant', content: 'Second.' },
        { role: 'user', content: echo(provider, 'Third.') },
      ];
      expect((await ask(model, { input }, stream)).response.output_text).toContain('Third.');
    });

    it('is incomplete at its bound', async () => {
      const params = { input: echo(provider, 'One two three four five six seven.'), max_output_tokens: 4 };
      const { response } = await ask(model, params, stream);
      expect(response).toMatchObject({
        status: 'incomplete',
        incomplete_details: { reason: 'max_output_tokens' },
        max_output_tokens: 4,
        output: [{ type: 'message', status: 'incomplete' }],
      });
    });

    it('may be refused by the model', async () => {
      const { response } = await ask(
        model,
        { input: model === 'stub' ? '[[refuse]]' : '[[scenario:refusal]] Hi' },
        stream,
      );
      const words = JSON.stringify(response.output);
      // Claude's refusal has no text, and Ollama's is text.
      if (provider.name === 'Claude') expect(response.incomplete_details).toEqual({ reason: 'content_filter' });
      else expect(words).toMatch(/can't help|refuses/);
    });

    it('fails with the provider', async () => {
      const failing = model === 'stub' ? 'stub-error' : model;
      const error = await ask(failing, { input: '[[scenario:status code=500]] Hi' }, stream).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(OpenAI.InternalServerError);
      expect(error).toMatchObject({ status: 502, code: 'provider_error' });
    });

    it('fails where the reply is cut off', async () => {
      const failing = model === 'stub' ? 'stub-cut' : model;
      const error = await ask(failing, { input: '[[scenario:cut]] Hi there.' }, stream).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(error).toMatchObject({ code: 'provider_error' });
    });
  });
});

/** The events of a stream. */
async function readEvents(response: Response) {
  const text = await response.text();
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => {
    return JSON.parse(data) as { type: string; sequence_number: number; response?: object };
  });
}

it('ends a stream that breaks off in an error and response.failed', async () => {
  const { key } = await createTenant();
  const body = { model: 'claude-haiku-4-5', input: '[[scenario:cut]] Hi there.', stream: true };
  const events = await readEvents(await post('/v1/responses', body, { 'x-api-key': key }));
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_event, index) => index));
  expect(events.slice(-2)).toMatchObject([
    { type: 'error', code: 'provider_error', param: null },
    { type: 'response.failed', response: { status: 'failed', error: { code: 'provider_error' } } },
  ]);
  expect(events.filter(({ type }) => /^response\.(completed|incomplete)$/.test(type))).toEqual([]);
});

/** What Codex sends with every request. */
const codex = {
  model: 'claude-haiku-4-5',
  instructions: 'You are a coding agent.',
  input: [
    {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: '[[scenario:echo]] [[tool:exec_command]] Hi' }],
    },
  ],
  tools: [
    {
      type: 'function',
      name: 'exec_command',
      parameters: { type: 'object', properties: { cmd: { type: 'string' } } },
      strict: false,
    },
    {
      type: 'namespace',
      name: 'docs',
      description: 'd',
      tools: [{ type: 'function', name: 'search', parameters: {} }],
    },
    { type: 'custom', name: 'apply_patch', format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' } },
    { type: 'web_search' },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { effort: 'medium', summary: 'auto' },
  store: false,
  stream: true,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'k',
  client_metadata: { session: 's' },
};

describe('the report of a translated request', () => {
  it('names what Codex sends that others do not have', async () => {
    const { key } = await createTenant();
    const response = await post('/v1/responses', codex, { 'x-api-key': key });
    const events = await readEvents(response);
    expect([response.status, events.at(-1)?.type]).toEqual([200, 'response.completed']);
    expect(response.headers.get('x-gateway-dropped')).toBe(
      'tools[1].description,tools[3],prompt_cache_key,client_metadata',
    );
    expect(response.headers.get('x-gateway-adjusted')).toContain('tools[2]');
  });

  it('names reasoning that is not for this model, and goes on without it', async () => {
    const { key } = await createTenant();
    const reasoning = (encrypted_content: string) => ({
      type: 'reasoning',
      id: 'rs_1',
      summary: [],
      encrypted_content,
    });
    const input = [
      { role: 'user', content: 'First.' },
      reasoning('gAAAA'),
      { role: 'assistant', content: 'Second.' },
      reasoning('aia1.unreadable'),
      { role: 'user', content: 'Third.' },
      { type: 'item_reference', id: 'rs_2' },
    ];
    const response = await post('/v1/responses', { model: 'claude-haiku-4-5', input }, { 'x-api-key': key });
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'completed' }]);
    expect(response.headers.get('x-gateway-dropped')).toBe('input[1],input[5],input[3]');
  });

  it('says that nothing is stored', async () => {
    const { key } = await createTenant();
    const response = await post('/v1/responses', { model: 'stub', input: 'Hi', store: true }, { 'x-api-key': key });
    expect(response.headers.get('x-gateway-adjusted')).toBe('store');
    expect(await response.json()).toMatchObject({ store: false });
  });

  it('is a 400 for a strict request', async () => {
    const { key } = await createTenant();
    const response = await post('/v1/responses', codex, { 'x-api-key': key, 'x-gateway-strict': 'true' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('tools[3]: is not supported by Claude: leave it out');
  });
});

it.each<[string, object, number, string, string | undefined]>([
  ['a stored response', { previous_response_id: 'resp_1' }, 404, 'previous_response_id', 'previous_response_not_found'],
  ['an item by its id', { input: [{ type: 'item_reference', id: 'msg_1' }] }, 404, 'input[0].id', 'not_found'],
  ['a conversation', { conversation: 'conv_1' }, 400, 'conversation', undefined],
  ['a prompt template', { prompt: { id: 'pmpt_1' } }, 400, 'prompt', undefined],
  ['a response in the background that is not stored', { background: true, store: false }, 400, 'store', undefined],
  [
    'an image by its id',
    { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
    400,
    'input[0].content[0].file_id',
    undefined,
  ],
  [
    'a forced hosted tool',
    { tools: [{ type: 'web_search' }], tool_choice: { type: 'web_search' } },
    400,
    'tool_choice.type',
    undefined,
  ],
  ['a wrong parameter', { temperature: 3 }, 400, 'temperature', undefined],
])('rejects %s', async (_name, fields, status, param, code) => {
  const { key } = await createTenant();
  const response = await post(
    '/v1/responses',
    { model: 'claude-haiku-4-5', input: 'Hi', ...fields },
    { 'x-api-key': key },
  );
  const { error } = await response.json<{ error: { param: string; code: string } }>();
  expect([response.status, error.param]).toEqual([status, param]);
  if (code) expect(error.code).toBe(code);
});

it('names the item whose image a provider does not take', async () => {
  const { key } = await createTenant();
  const image = { type: 'input_image', image_url: 'https://pictures.test/1.png' };
  const input = [{ type: 'web_search_call' }, { role: 'user', content: 'Look.' }, { role: 'user', content: [image] }];
  const body = { model: 'ollama/llama3.2', instructions: 'See.', input };
  const response = await post('/v1/responses', body, { 'x-api-key': key });
  expect([response.status, await response.json()]).toMatchObject([400, { error: { param: 'input[2]' } }]);
});

it('lets a key use the models of its list only', async () => {
  const { tenantId } = await createTenant();
  const { key } = await createKey(tenantId, { allowedModels: ['gpt-4o-mini'] });
  const response = await post('/v1/responses', { model: 'stub', input: 'Hi' }, { 'x-api-key': key });
  expect(response.status).toBe(403);
});
