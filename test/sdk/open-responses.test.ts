/** Validates what every provider replies, by every transport, against the schemas of Open Responses, where their document is there. */
import { describe, expect, inject, it } from 'vitest';
import { devKey } from '../../src/domain/dev-key.ts';
import { areSchemasThere, openSchemas } from '../support/open-responses/open-schemas.ts';
import { createTransports } from '../support/open-responses/transports.ts';
import { providers as allProviders, plainProvider, promptFor, type SdkProvider } from './matrix-case.ts';

const gatewayUrl = inject('gatewayUrl');
const providers = [...allProviders, plainProvider];
const { validate } = openSchemas();
const transports = createTransports(gatewayUrl, devKey);

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

describe.skipIf(!areSchemasThere).each(providers)('Open Responses at $name', (provider) => {
  const { model, isStub } = provider;

  describe.each(transports)('by $name', ({ run, isStreamed }) => {
    it.each(cases)('has the schema of $name', async ({ createBody, status = 'completed', types = ['message'] }) => {
      const { response, faults } = await run({ model, store: false, ...createBody(provider) });
      expect(faults).toEqual([]);
      expect(response).toMatchObject({ status, output: types.map((type) => ({ type })) });
    });

    it('has the schema of a refusal', async () => {
      const input = isStub ? '[[refuse]]' : '[[scenario:refusal]] Hi';
      const { response, faults } = await run({ model, store: false, input });
      expect(faults).toEqual([]);
      expect(response).toBeDefined();
    });

    it('has the schema of an error', async () => {
      const failing = isStub ? 'stub-error' : model;
      const { status, error, faults } = await run({ model: failing, input: '[[scenario:status code=500]] Hi' });
      expect(faults).toEqual([]);
      expect([status >= 500, error]).toEqual([true, expect.objectContaining({ message: expect.any(String) })]);
    });

    it('has the schema of a reply that breaks off', async () => {
      const failing = isStub ? 'stub-cut' : model;
      const turn = await run({ model: failing, input: '[[scenario:cut]] Hi there.' });
      expect(turn.faults).toEqual([]);
      expect(turn.error).toMatchObject({ message: expect.any(String) });
      if (isStreamed) expect(turn.events.at(-1)?.type).toMatch(/^(error|response\.failed)$/);
      else expect(turn.status).toBe(502);
    });
  });

  it('has the schema of a compacted conversation', async () => {
    const input = [user('First.'), { type: 'message', role: 'assistant', content: 'Second.' }];
    const reply = await fetch(`${gatewayUrl}/v1/responses/compact`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${devKey}` },
      body: JSON.stringify({ model, input }),
    });
    const compacted = await reply.json();
    expect(reply.status).toBe(200);
    expect(validate('CompactResource', compacted)).toEqual([]);
    const next = { model, store: false, input: [...compacted.output, user(promptFor(provider, 'Go on.'))] };
    for (const { run } of transports) {
      expect(await run(next)).toMatchObject({ faults: [], response: { status: 'completed' } });
    }
  });
});
