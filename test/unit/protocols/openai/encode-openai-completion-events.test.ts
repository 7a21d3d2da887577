import { expect, it } from 'vitest';
import { encodeOpenAiCompletionEvents } from '../../../../src/protocols/openai/encode-openai-completion-events.ts';
import { clientStreamed, request } from './sdk-client.ts';

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'vend-1',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Привет',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
          { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
      finish_reason: 'tool_calls',
    },
    { index: 1, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' },
  ],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
};

async function read(body: object, includeUsage: boolean) {
  const client = clientStreamed([encodeOpenAiCompletionEvents(JSON.stringify(body, null, 2), includeUsage)]);
  const stream = client.chat.completions.stream({ ...request, stream: true });
  return await stream.finalChatCompletion();
}

it('is put together by the official client to the reply that the provider sent', async () => {
  const reply = await read(completion, true);
  expect(reply).toMatchObject({ ...completion, choices: completion.choices.map((choice) => ({ ...choice })) });
});

it('shows no count of tokens that was not asked for', () => {
  const text = encodeOpenAiCompletionEvents(JSON.stringify(completion), false);
  expect(text).not.toContain('usage');
  expect(text.split('\n\n')).toHaveLength(3);
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
});

it.each([
  ['a choice that is none', [completion.choices[1], null]],
  ['a list of calls with another entry', [{ index: 0, message: { content: 'Hi', tool_calls: [null] } }]],
])('takes no offence at %s', (_, choices) => {
  const text = encodeOpenAiCompletionEvents(JSON.stringify({ choices }), false);
  expect(text).toContain('"content":"Hi"');
});
