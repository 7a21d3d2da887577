/** Validates the replies of every provider against the schemas of Open Responses, where their document is there. */
import { describe, expect, inject, it } from 'vitest';
import { devKey } from '../../src/domain/dev-key.ts';
import { areSchemasThere, openSchemas, readEvents } from '../support/open-responses/open-schemas.ts';
import { providers as allProviders, promptFor, type SdkProvider } from './matrix-case.ts';

const gatewayUrl = inject('gatewayUrl');
/** A compatible provider without Responses. */
const plain: SdkProvider = { name: 'plain', model: 'plain-large', unknownModel: 'plain/nobodys', isStub: false };
const providers = [...allProviders, plain];
const { validate, findFaults } = openSchemas();

const png =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const schema = {
  type: 'object',
  properties: { degrees: { type: 'number' } },
  required: ['degrees'],
  additionalProperties: false,
};
const tools = ['get_weather', 'get_time'].map((name) => ({
  type: 'function',
  name,
  description: 'Looks it up.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: false,
}));
const call = { type: 'function_call', call_id: 'call_1', name: 'get_weather', arguments: '{"city":"東京"}' };

interface Case {
  readonly name: string;
  readonly createBody: (provider: SdkProvider) => object;
  readonly status?: 'completed' | 'incomplete' | 'failed';
  /** The types of the output. Absent: a message. */
  readonly types?: readonly string[];
}

const user = (content: unknown) => ({ type: 'message', role: 'user', content });

const cases: readonly Case[] = [
  { name: 'text', createBody: (provider) => ({ input: promptFor(provider, 'Grüße aus 東京.') }) },
  {
    name: 'instructions and a system message',
    createBody: (provider) => ({
      instructions: 'Be brief.',
      input: [{ type: 'message', role: 'system', content: 'Be kind.' }, user(promptFor(provider, 'Hi.'))],
    }),
  },
  {
    name: 'a tool call',
    createBody: (provider) => ({ input: promptFor(provider, '[[tool:get_weather]] Well?'), tools }),
    types: ['function_call'],
  },
  {
    name: 'parallel tool calls',
    createBody: (provider) => ({
      input: promptFor(provider, '[[tool:get_weather]] [[tool:get_time]] Well?'),
      tools,
      parallel_tool_calls: true,
    }),
    types: ['function_call', 'function_call'],
  },
  {
    name: 'the results of tools',
    createBody: (provider) => ({
      input: [
        user(promptFor(provider, 'Well?')),
        call,
        { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
      ],
      tools,
    }),
  },
  {
    name: 'an image',
    createBody: (provider) => ({
      input: [
        user([
          { type: 'input_text', text: promptFor(provider, 'A picture.') },
          { type: 'input_image', image_url: png, detail: 'auto' },
        ]),
      ],
    }),
  },
  {
    name: 'a JSON schema',
    createBody: (provider) => ({
      input: promptFor(provider, 'How is it?'),
      text: { format: { type: 'json_schema', name: 'weather', schema, strict: true } },
    }),
  },
  {
    name: 'several turns',
    createBody: (provider) => ({
      input: [
        user('First.'),
        { type: 'message', role: 'assistant', content: 'Second.', phase: 'final_answer' },
        user(promptFor(provider, 'Third.')),
      ],
    }),
  },
  {
    name: 'the bound of its tokens',
    createBody: (provider) => ({
      input: promptFor(provider, 'one two three four five six seven eight nine ten '.repeat(8)),
      max_output_tokens: 16,
    }),
    status: 'incomplete',
  },
];

async function post(path: string, body: object): Promise<Response> {
  return await fetch(`${gatewayUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${devKey}` },
    body: JSON.stringify(body),
  });
}

/** Sends a request. Resolves with the response, whole or of the last event, and with what is wrong with all that came. */
async function respond(body: object, stream: boolean): Promise<{ response: unknown; faults: unknown[] }> {
  const reply = await post('/v1/responses', { ...body, stream });
  const text = await reply.text();
  expect(reply.status, text).toBe(200);
  const response: unknown = stream ? readEvents(text).findLast((event) => event.response)?.response : JSON.parse(text);
  const faults = stream ? findFaults(text) : [];
  return { response, faults: [...faults, ...validate('ResponseResource', response)] };
}

describe.skipIf(!areSchemasThere).each(providers)('Open Responses at $name', (provider) => {
  const { model, isStub } = provider;

  describe.each([false, true])('streamed: %s', (stream) => {
    it.each(cases)('has the schema of $name', async ({ createBody, status = 'completed', types = ['message'] }) => {
      const { response, faults } = await respond({ model, store: false, ...createBody(provider) }, stream);
      expect(faults).toEqual([]);
      expect(response).toMatchObject({ status, output: types.map((type) => ({ type })) });
    });

    it('has the schema of a refusal', async () => {
      const input = isStub ? '[[refuse]]' : '[[scenario:refusal]] Hi';
      const { faults } = await respond({ model, store: false, input }, stream);
      expect(faults).toEqual([]);
    });

    it('has the schema of an error', async () => {
      const failing = isStub ? 'stub-error' : model;
      const reply = await post('/v1/responses', { model: failing, input: '[[scenario:status code=500]] Hi', stream });
      expect(reply.status).toBeGreaterThanOrEqual(500);
      expect(validate('ErrorPayload', (await reply.json()).error)).toEqual([]);
    });
  });

  it('has the schema of a stream that breaks off', async () => {
    const failing = isStub ? 'stub-cut' : model;
    const reply = await post('/v1/responses', { model: failing, input: '[[scenario:cut]] Hi there.', stream: true });
    const text = await reply.text();
    expect(findFaults(text)).toEqual([]);
    expect(text).toMatch(/"type":"(error|response\.failed)"/);
  });

  it('has the schema of a compacted conversation', async () => {
    const input = [user('First.'), { type: 'message', role: 'assistant', content: 'Second.' }];
    const reply = await post('/v1/responses/compact', { model, input });
    const compacted = await reply.json();
    expect(reply.status).toBe(200);
    expect(validate('CompactResource', compacted)).toEqual([]);
    const next = [...compacted.output, user(promptFor(provider, 'Go on.'))];
    expect((await respond({ model, store: false, input: next }, false)).response).toMatchObject({
      status: 'completed',
    });
  });
});
