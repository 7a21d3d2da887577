import type { OpenAI } from 'openai';
import { describe, expect, test } from 'vitest';
import { createStubClient } from './stub-client.ts';

type Params = OpenAI.ChatCompletionCreateParamsNonStreaming;

const client = createStubClient();
const parameters = { type: 'object', properties: { city: { enum: ['Rome'] } }, required: ['city'] };
const functions: Params['functions'] = [{ name: 'now' }, { name: 'get_weather', parameters }];
const ask = (content: string, changes: Partial<Params> = {}): Params => ({
  model: 'stub',
  messages: [{ role: 'user', content }],
  functions,
  ...changes,
});

/** The message and the finish reason of a reply, which are the same whole and streamed. */
async function send(params: Params) {
  const whole = await client.chat.completions.create(params);
  const stream = await client.chat.completions.create({ ...params, stream: true });
  let [name, argumentsJson, text, reason] = ['', '', '', ''];
  for await (const { choices } of stream) {
    name += choices[0]?.delta.function_call?.name ?? '';
    argumentsJson += choices[0]?.delta.function_call?.arguments ?? '';
    text += choices[0]?.delta.content ?? '';
    reason = choices[0]?.finish_reason ?? reason;
    expect(choices[0]?.delta.tool_calls).toBeUndefined();
  }
  const { message, finish_reason } = whole.choices[0] ?? expect.unreachable();
  expect(message.tool_calls).toBeUndefined();
  const called = message.function_call;
  expect({ name, argumentsJson, text, reason }).toEqual({
    name: called?.name ?? '',
    argumentsJson: called?.arguments ?? '',
    text: message.content ?? '',
    reason: finish_reason,
  });
  return { text: message.content, called, reason: finish_reason };
}

const weatherCall = {
  text: null,
  called: { name: 'get_weather', arguments: '{"city":"Rome"}' },
  reason: 'function_call',
};

describe('a request with functions', () => {
  test.each<[string, string, Partial<Params>]>([
    ['that function_call names', 'Hi', { function_call: { name: 'get_weather' } }],
    ['that the text names', '[[tool:get_weather]]', {}],
    ['that the text names first, and no other', '[[tool:get_weather]] [[tool:now]]', { function_call: 'auto' }],
  ])('gets one function_call of the function %s', async (_, text, changes) => {
    expect(await send(ask(text, changes))).toEqual(weatherCall);
  });

  test.each<[string, Partial<Params>]>([
    ['Hi', {}],
    ['[[tool:now]]', { function_call: 'none' }],
  ])('gets text for %j with %j', async (text, changes) => {
    expect(await send(ask(text, changes))).toEqual({
      text: `Stub reply to: ${text}`,
      called: undefined,
      reason: 'stop',
    });
  });

  test('gets the result of the function in the next reply', async () => {
    const messages: Params['messages'] = [
      { role: 'user', content: '[[tool:get_weather]]' },
      { role: 'assistant', content: null, function_call: weatherCall.called },
      { role: 'function', name: 'get_weather', content: 'sunny' },
    ];
    expect(await send(ask('', { messages }))).toMatchObject({ text: 'Stub reply to: sunny', reason: 'stop' });
    const { usage } = await client.chat.completions.create(ask('', { messages }));
    expect(usage?.prompt_tokens).toBe(5);
  });

  test.each<[Partial<Params>, string]>([
    [{ function_call: { name: 'absent' } }, 'function_call names absent, which is not among functions.'],
    [
      { functions: [], function_call: { name: 'f' } },
      'function_call asks for a tool to be called, but functions is empty.',
    ],
    [{ function_call: 'required' as 'auto' }, 'function_call is not what Stub can read.'],
  ])('is rejected with %j', async (changes, message) => {
    await expect(client.chat.completions.create(ask('Hi', changes))).rejects.toThrow(message);
  });
});
