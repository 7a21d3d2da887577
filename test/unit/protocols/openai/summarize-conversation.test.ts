import { expect, it } from 'vitest';
import type { Message } from '../../../../src/domain/request.ts';
import { createCompactionChat } from '../../../../src/protocols/openai/create-compaction-chat.ts';
import { encodeOpenAiCompaction } from '../../../../src/protocols/openai/encode-openai-compaction.ts';
import { createCompactEndpoint } from '../../../../src/providers/openai/openai-responses-endpoint.ts';
import { createContinuityApp } from '../../gateway/continuity/continuity-app.ts';

const text = (words: string) => ({ type: 'text' as const, text: words });

it('asks for a summary without tools and reasoning', () => {
  const image = { type: 'image' as const, source: { type: 'url' as const, url: 'https://pictures.test/1.png' } };
  const messages: Message[] = [
    { role: 'system', content: [text('Be brief.')] },
    { role: 'user', content: [text('Look.'), image] },
    { role: 'assistant', content: [{ type: 'reasoning', text: 'Hm.', opaque: 'aia1.x' }] },
    {
      role: 'assistant',
      content: [
        text('Well.'),
        { type: 'tool_call', id: 'c', name: 'look', argumentsJson: '{"n":1.0}', opaque: 'aia1.y' },
      ],
    },
    { role: 'tool', toolCallId: 'c', content: [text('sunny'), image] },
  ];
  const chat = createCompactionChat({
    messages,
    tools: [{ name: 'look', parameters: {} }],
    toolChoice: 'required',
    responseFormat: { type: 'json_object' },
    reasoningEffort: 'low',
    temperature: 1,
  });
  expect(chat).toEqual({
    messages: [
      messages[0],
      messages[1],
      { role: 'assistant', content: [text('(no text)')] },
      { role: 'assistant', content: [text('Well.'), text('[Called look with {"n":1.0}]')] },
      { role: 'user', content: [text('[Result of look]'), text('sunny'), image] },
      { role: 'user', content: [text(expect.stringContaining('Summarise this conversation'))] },
    ],
    reasoningEffort: 'low',
  });
});

it('keeps the latest messages of the user, up to 256 KiB', () => {
  const message = (name: string, length = 0) => ({
    type: 'message',
    id: name,
    role: 'user',
    content: 'x'.repeat(length),
  });
  const encode = (items: object[]) =>
    encodeOpenAiCompaction({ idSuffix: 'A', createdAtMs: 1999, items, opaque: 'aia1.x', usage: {} });
  const items = [message('a'), message('b', 200_000), { type: 'message', role: 'assistant' }, message('c', 100_000)];
  const compacted = encode(items);
  expect(compacted).toMatchObject({ id: 'resp_A', created_at: 1, usage: { input_tokens: 0, total_tokens: 0 } });
  expect(compacted.output).toMatchObject([
    { id: 'c' },
    { id: 'cmp_A', type: 'compaction', encrypted_content: 'aia1.x' },
  ]);
  expect(encode(items.slice(0, 2)).output).toMatchObject([{ id: 'a' }, { id: 'b' }, { id: 'cmp_A' }]);
});

it('counts only what the model has written of a compacted conversation', () => {
  const { decodeResponse } = createCompactEndpoint({ name: 'OpenAI', apiKey: 'k' });
  const user = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Long.' }] };
  const body = JSON.stringify({ output: [user, null, { type: 'compaction', encrypted_content: 'gAAAA' }] });
  expect(decodeResponse(body).content).toEqual([text('gAAAA')]);
  expect(() => decodeResponse('[]')).toThrow('OpenAI');
});

/** Claude's reply to any request. */
const claudeReply = (words: string, stop_reason = 'end_turn') =>
  Response.json({
    type: 'message',
    model: 'claude-haiku-4-5',
    content: words === '' ? [] : [{ type: 'text', text: words }],
    stop_reason,
    usage: { input_tokens: 5, output_tokens: 3 },
  });

it.each([
  ['is cut off', claudeReply('The goal is', 'max_tokens'), 'has reached the maximum of output tokens'],
  ['is refused', claudeReply('', 'refusal'), 'is refused or empty'],
  ['is empty', claudeReply(' \n'), 'is refused or empty'],
  ['is too long', claudeReply('é'.repeat(100_000)), 'is too long'],
])('refuses a summary that %s, with an error that clients do not repeat', async (_name, reply, fault) => {
  const claude = { model: 'claude-haiku-4-5', received: [], receivedTexts: [], fetch: async () => reply };
  const app = createContinuityApp({ claude });
  const response = await app.fetch('http://gateway/v1/responses/compact', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: app.modelOf('claude'), input: 'Hi' }),
  });
  const { error } = await response.json<{ error: { param: string; message: string } }>();
  expect([response.status, error.param]).toEqual([422, 'input']);
  expect(error.message).toContain(fault);
});
