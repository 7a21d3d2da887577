import type { OpenAI } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createStubClient } from './stub-client.ts';

const client = createStubClient();
const ask = (text: string, changes: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}) =>
  client.chat.completions.create({ model: 'stub', messages: [{ role: 'user', content: text }], ...changes });

describe('JSON', () => {
  const place = z.object({ city: z.string().min(6), at: z.array(z.number()).min(2), kind: z.enum(['a', 'b']) });

  const parsePlace = () =>
    client.chat.completions.parse({
      model: 'stub',
      messages: [{ role: 'user', content: 'Where?' }],
      response_format: zodResponseFormat(place, 'place'),
    });

  test('by a schema is a value that is valid by it, as the client’s own parser finds', async () => {
    const { choices, usage } = await parsePlace();
    const text = choices[0]?.message.content ?? '';
    expect(choices[0]?.message.parsed).toEqual(place.parse(JSON.parse(text)));
    expect(choices[0]?.finish_reason).toBe('stop');
    expect(usage?.completion_tokens).toBe(Math.ceil(text.length / 16));
  });

  test('by a schema is the same for the same request', async () => {
    expect((await parsePlace()).choices).toEqual((await parsePlace()).choices);
  });

  test('by a schema is the same streamed, in pieces', async () => {
    const stream = client.chat.completions.stream({
      model: 'stub',
      messages: [{ role: 'user', content: 'Where?' }],
      response_format: zodResponseFormat(place, 'place'),
    });
    const pieces: string[] = [];
    stream.on('content', (piece) => pieces.push(piece));
    const { content } = await stream.finalMessage();
    expect(content).toBe((await parsePlace()).choices[0]?.message.content);
    expect(pieces.length).toBeGreaterThan(1);
  });

  test.each([false, true])(
    'of type json_object is by its schema, as of type json_schema (streamed: %s)',
    async (stream) => {
      const schema = { type: 'object', properties: { city: { enum: ['Rome'] } }, required: ['city'] };
      const format = { type: 'json_object', schema } as { type: 'json_object' };
      const sent = { model: 'stub', messages: [{ role: 'user' as const, content: 'Where?' }], response_format: format };
      const reply = stream
        ? await client.chat.completions.stream(sent).finalChatCompletion()
        : await client.chat.completions.create(sent);
      expect(reply.choices[0]?.message.content).toBe('{"city":"Rome"}');
    },
  );

  test.each([undefined, null])('of type json_object with the schema %s holds the reply', async (schema) => {
    const { choices } = await ask('Hi', {
      response_format: { type: 'json_object', schema } as { type: 'json_object' },
    });
    expect(choices[0]?.message.content).toBe('{"reply":"Stub reply to: Hi"}');
  });

  describe('without a schema in the request', () => {
    const schema = JSON.stringify({ type: 'object', properties: { city: { enum: ['Rome'] } }, required: ['city'] });
    const reply = async (...messages: [role: 'system' | 'user' | 'assistant', content: string][]) => {
      const sent = messages.map(([role, content]) => ({ role, content }));
      const { choices } = await ask('', { messages: sent, response_format: { type: 'json_object' } });
      return choices[0]?.message.content;
    };

    test.each<[string, string, string]>([
      ['the schema in a system message', `Reply by this schema: ${schema}.`, 'Where?'],
      ['the schema in the prompt', 'Be short.', `Where? Schema:\n\`\`\`json\n${schema}\n\`\`\``],
      ['the schema in the prompt before another', `{"type":"object","properties":{}}`, schema],
      ['the example in the prompt', 'Show {"a": 1}.', 'Where? Like {"city": "Rome"}.'],
    ])('is by %s', async (_, system, prompt) => {
      expect(await reply(['system', system], ['user', prompt])).toBe('{"city":"Rome"}');
    });

    test.each([
      ['no object', 'Hi {there}.'],
      ['an object in an earlier message', 'Hi'],
      ['an object of more than 64 KiB', `{"a":"${'x'.repeat(65_536)}"}`],
    ])('holds the reply where the prompt has %s', async (_, prompt) => {
      expect(await reply(['user', '{"city": "Rome"}'], ['assistant', '{"a": 1}'], ['user', prompt])).toBe(
        JSON.stringify({ reply: `Stub reply to: ${prompt}` }),
      );
    });

    test('is rejected where no value fits the schema of the messages', async () => {
      const impossible = '{"type":"object","properties":{"a":false},"required":["a"]}';
      await expect(reply(['user', impossible])).rejects.toThrow(
        'Stub finds no value that fits the schema in the messages. Send a smaller or less strict schema.',
      );
    });
  });

  test('without a schema is an object that holds the reply', async () => {
    const { choices } = await ask('Say "a".', { response_format: { type: 'json_object' } });
    expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ reply: 'Stub reply to: Say "a".' });
  });

  test('is cut by a bound on tokens', async () => {
    const { choices } = await ask('Hi', { response_format: { type: 'json_object' }, max_tokens: 1 });
    expect(choices[0]).toMatchObject({ message: { content: '{"reply":"Stub ' }, finish_reason: 'length' });
  });

  test('is text where text is asked for', async () => {
    const { choices } = await ask('Hi', { response_format: { type: 'text' } });
    expect(choices[0]?.message.content).toBe('Stub reply to: Hi');
  });

  test.each([
    [
      { type: 'json_schema', json_schema: { name: 'x', schema: { allOf: [false] } } },
      'Stub finds no value that fits response_format.json_schema.schema. Send a smaller or less strict schema.',
    ],
    [
      { type: 'json_object', schema: { allOf: [false] } },
      'Stub finds no value that fits response_format.schema. Send a smaller or less strict schema.',
    ],
    [{ type: 'grammar' }, 'response_format.type is not what Stub can read.'],
  ])('by %j is refused', async (format, message) => {
    await expect(ask('Hi', { response_format: format as { type: 'text' } })).rejects.toThrow(message);
  });
});

describe('a refusal', () => {
  const refusal = 'Stub refuses, as it was told to.';

  test.each<Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>>([
    {},
    { tools: [{ type: 'function', function: { name: 'f' } }], tool_choice: 'required' },
    { response_format: { type: 'json_object' } },
  ])('is given where the text asks for it, with %j', async (changes) => {
    const { choices, usage } = await ask('Please [[refuse]].', changes);
    expect(choices).toEqual([
      { index: 0, message: { role: 'assistant', content: null, refusal }, logprobs: null, finish_reason: 'stop' },
    ]);
    expect(usage?.completion_tokens).toBe(7);
  });

  test('is the same streamed', async () => {
    const messages = [{ role: 'user' as const, content: '[[refuse]]' }];
    const stream = client.chat.completions.stream({ model: 'stub', messages });
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0]).toMatchObject({ message: { content: null, refusal }, finish_reason: 'stop' });
  });

  test('is over with the user’s next message', async () => {
    const messages = [
      { role: 'user' as const, content: '[[refuse]]' },
      { role: 'user' as const, content: 'Hi' },
    ];
    const { choices } = await ask('', { messages });
    expect(choices[0]?.message).toMatchObject({ content: 'Stub reply to: Hi', refusal: null });
  });
});

test('images are taken and count as nothing', async () => {
  const content = [
    { type: 'text' as const, text: 'What is it?' },
    { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA' } },
  ];
  const { choices, usage } = await ask('', { messages: [{ role: 'user', content }] });
  expect(choices[0]?.message.content).toBe('Stub reply to: What is it?');
  expect(usage?.prompt_tokens).toBe(3);
});
