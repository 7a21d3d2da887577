import { describe, expect, test } from 'vitest';
import { buildChatBody } from '../../../../src/web/console/playground/build-chat-body.ts';
import type { LoggedConversation } from '../../../../src/web/console/playground/logged-conversation.ts';
import { parseLoggedBody } from '../../../../src/web/console/playground/parse-logged-body.ts';

function parse(path: string, body: object): LoggedConversation {
  const parsed = parseLoggedBody(path, JSON.stringify(body));
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

/** Returns the messages as a chat request has them, the system prompt first. */
function toMessages({ model, messages, system, parameters, tools, responseFormat }: LoggedConversation) {
  return buildChatBody(model, messages, { system, parameters, tools, responseFormat, isStreamed: false }).messages;
}

const url = 'data:image/png;base64,AA==';
const schema = { type: 'object' };
const tool = { type: 'function', function: { name: 'f', description: 'd', parameters: schema } };
/** The same conversation in all three APIs. */
const messages = [
  { role: 'system', content: 'Be brief' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'See' },
      { type: 'image_url', image_url: { url } },
    ],
  },
  {
    role: 'assistant',
    content: 'Wait',
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } }],
  },
  { role: 'tool', tool_call_id: 'a', content: '1' },
  { role: 'user', content: 'Go on' },
];

describe('the body of a logged request', () => {
  test('is read from Chat Completions', () => {
    const parsed = parse('/v1/chat/completions', {
      ...{
        model: 'm',
        messages,
        temperature: 1,
        top_p: 0.5,
        max_completion_tokens: 9,
        reasoning_effort: 'low',
        seed: 3,
      },
      ...{ stop: 'END', tools: [tool, { type: 'custom' }], response_format: { type: 'json_object' }, stream: true },
      ...{ stream_options: { include_usage: true }, user: 'u1', n: null },
    });
    expect(toMessages(parsed)).toEqual(messages);
    expect(parsed).toMatchObject({
      model: 'm',
      parameters: { temperature: 1, top_p: 0.5, max_tokens: 9, reasoning_effort: 'low', seed: 3, stop: ['END'] },
      tools: [tool],
      responseFormat: { type: 'json_object' },
      isStreamed: true,
      leftOut: ['user', 'tools[1]'],
    });
  });

  test('is read from Messages', () => {
    const parsed = parse('/v1/messages', {
      model: 'm',
      system: [{ type: 'text', text: 'Be brief' }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'See' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } },
            { type: 'document', source: {} },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: '…', signature: 's' },
            { type: 'text', text: 'Wait' },
            { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: '1' }] },
            { type: 'text', text: 'Go on' },
          ],
        },
      ],
      ...{ max_tokens: 9, temperature: 1, stop_sequences: ['END'], top_k: 4 },
      ...{
        tools: [
          { name: 'f', description: 'd', input_schema: schema },
          { type: 'bash_20250124', name: 'bash' },
        ],
      },
      ...{ output_config: { effort: 'low', format: { type: 'json_schema', schema } } },
    });
    expect(toMessages(parsed)).toEqual(messages);
    expect(parsed).toMatchObject({
      parameters: { temperature: 1, max_tokens: 9, reasoning_effort: 'low', stop: ['END'] },
      tools: [tool],
      responseFormat: { type: 'json_schema', json_schema: { name: 'reply', schema } },
      isStreamed: false,
      leftOut: ['messages[0].content[2]', 'messages[1].content[0]', 'top_k', 'tools[1]'],
    });
  });

  test('is read from Responses', () => {
    const parsed = parse('/v1/responses', {
      model: 'm',
      instructions: 'Be brief',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'See' },
            { type: 'input_image', image_url: url },
          ],
        },
        { type: 'reasoning', id: 'rs_1', summary: [] },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Wait' }] },
        { type: 'function_call', call_id: 'a', name: 'f', arguments: '{"x":1}' },
        { type: 'function_call_output', call_id: 'a', output: '1' },
        { role: 'user', content: 'Go on' },
      ],
      ...{ max_output_tokens: 9, reasoning: { effort: 'low', summary: 'auto' }, store: false },
      ...{ tools: [{ type: 'function', name: 'f', description: 'd', parameters: schema }, { type: 'web_search' }] },
      text: { format: { type: 'json_schema', name: 'reply', schema } },
    });
    expect(toMessages(parsed)).toEqual(messages);
    expect(parsed).toMatchObject({
      parameters: { max_tokens: 9, reasoning_effort: 'low' },
      tools: [tool],
      responseFormat: { type: 'json_schema', json_schema: { name: 'reply', schema } },
      leftOut: ['input[1]', 'store', 'reasoning.summary', 'tools[1]'],
    });
  });

  test('is read from Responses with a text as input', () => {
    expect(toMessages(parse('/v1/responses', { model: 'm', input: 'Hi' }))).toEqual([{ role: 'user', content: 'Hi' }]);
  });

  test.each(['/v1/chat/completions', '/v1/messages', '/v1/responses'])('of %s may have any shape', (path) => {
    for (const value of [null, 7, 'x', {}, [], [null], [[]], [{ role: 'user', content: [null, 7] }], [{ role: 7 }]]) {
      const parsed = parse(path, { model: value, messages: value, input: value, system: value, tools: value, stop: 7 });
      expect(parsed.messages.every(({ role }) => ['user', 'assistant', 'tool'].includes(role))).toBe(true);
    }
  });

  test('is a problem where it is not JSON, or of another route', () => {
    expect(parseLoggedBody('/v1/messages', '{"model":')).toBe('The body that is kept is not JSON.');
    expect(parseLoggedBody('/v1/embeddings', '{}')).toBe('The playground cannot read requests to /v1/embeddings.');
  });
});
