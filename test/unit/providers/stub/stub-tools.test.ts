import type { OpenAI } from 'openai';
import { describe, expect, test } from 'vitest';
import { createStubClient } from './stub-client.ts';

interface Request {
  model: string;
  messages: OpenAI.ChatCompletionMessageParam[];
  tools: OpenAI.ChatCompletionTool[];
  tool_choice?: OpenAI.ChatCompletionToolChoiceOption;
  parallel_tool_calls?: boolean;
  max_tokens?: number;
}

const client = createStubClient();
const weather: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { enum: ['Rome'] }, unit: { const: 'celsius' } },
      required: ['city', 'unit'],
    },
  },
};
const now: OpenAI.ChatCompletionTool = { type: 'function', function: { name: 'now' } };
const weatherArguments = '{"city":"Rome","unit":"celsius"}';

const request = (text: string, changes: Partial<Request> = {}): Request => ({
  model: 'stub',
  messages: [{ role: 'user', content: text }],
  tools: [weather, now],
  ...changes,
});

/** Returns the choice and the usage of a reply, which must be the same whole and streamed. */
async function ask(sent: Request) {
  const whole = await client.chat.completions.create(sent);
  const stream = client.chat.completions.stream({ ...sent, stream_options: { include_usage: true } });
  const streamed = await stream.finalChatCompletion();
  const [choice] = whole.choices;
  const { parsed: _, ...message } = streamed.choices[0]?.message ?? expect.unreachable();
  expect(streamed.choices[0]?.finish_reason).toBe(choice?.finish_reason);
  expect(JSON.parse(JSON.stringify(message.tool_calls ?? [], without('parsed_arguments')))).toEqual(
    choice?.message.tool_calls ?? [],
  );
  expect(message).toMatchObject({ content: choice?.message.content, refusal: choice?.message.refusal });
  expect(streamed.usage).toEqual(whole.usage);
  const { message: reply, finish_reason: reason } = choice ?? expect.unreachable();
  const calls = (reply.tool_calls ?? []).map((call) =>
    call.type === 'function' ? [call.id, call.function.name, call.function.arguments] : [],
  );
  return { text: reply.content, refusal: reply.refusal, calls, reason, output: whole.usage?.completion_tokens };
}

const without = (name: string) => (key: string, value: unknown) => (key === name ? undefined : value);

describe('a forced call', () => {
  test.each<[string, Partial<Request>]>([
    ['of any tool is of the first', { tool_choice: 'required' }],
    [
      'by name is of that tool',
      { tool_choice: { type: 'function', function: { name: 'get_weather' } }, tools: [now, weather] },
    ],
  ])('%s, with arguments that fit its schema', async (_, changes) => {
    expect(await ask(request('Hi', changes))).toEqual({
      text: null,
      refusal: null,
      calls: [['call_stub_1', 'get_weather', weatherArguments]],
      reason: 'tool_calls',
      output: 3,
    });
  });

  test('of a tool without parameters has an empty object', async () => {
    const { calls } = await ask(request('Hi', { tools: [now], tool_choice: 'required' }));
    expect(calls).toEqual([['call_stub_1', 'now', '{}']]);
  });

  test('is of the tools that the text names, if any tool is allowed', async () => {
    const { calls } = await ask(request('[[tool:now]]', { tool_choice: 'required' }));
    expect(calls.map(([, name]) => name)).toEqual(['now']);
  });

  test('has the arguments that the text gives the tool', async () => {
    const choice = { type: 'function' as const, function: { name: 'get_weather' } };
    const text = '[[tool:now {"zone":1}]] [[tool:get_weather {"city":"Oslo"}]]';
    const { calls } = await ask(request(text, { tool_choice: choice }));
    expect(calls).toEqual([['call_stub_1', 'get_weather', '{"city":"Oslo"}']]);
  });

  test('is made again after its result', async () => {
    const first = request('Hi', { tool_choice: 'required' });
    const { calls } = await ask({ ...first, messages: [...first.messages, ...answered(['call_stub_1', 'sun'])] });
    expect(calls).toEqual([['call_stub_2', 'get_weather', weatherArguments]]);
  });
});

describe('a call that the model is free to make', () => {
  test('is made if the text requests it, once for each time', async () => {
    expect(await ask(request('[[tool:now]] and [[tool: get_weather ]] and [[tool:now]]'))).toEqual({
      text: null,
      refusal: null,
      calls: [
        ['call_stub_1', 'now', '{}'],
        ['call_stub_2', 'get_weather', weatherArguments],
        ['call_stub_3', 'now', '{}'],
      ],
      reason: 'tool_calls',
      output: 7,
    });
  });

  test('has the arguments that the text gives it', async () => {
    const { calls } = await ask(request('[[tool:get_weather {"city": "Oslo"}]] and [[tool:get_weather]]'));
    expect(calls).toEqual([
      ['call_stub_1', 'get_weather', '{"city": "Oslo"}'],
      ['call_stub_2', 'get_weather', weatherArguments],
    ]);
  });

  test('is one if parallel calls are disabled', async () => {
    const { calls } = await ask(request('[[tool:now]] [[tool:get_weather]]', { parallel_tool_calls: false }));
    expect(calls).toEqual([['call_stub_1', 'now', '{}']]);
  });

  test.each<[string, Partial<Request>]>([
    ['Hi', {}],
    ['[[tool:absent]]', {}],
    ['[[tool:now]]', { tool_choice: 'none' }],
    ['[[tool:now]]', { tools: [] }],
  ])('is none for %j with %j', async (text, changes) => {
    expect(await ask(request(text, changes))).toMatchObject({
      text: `Stub reply to: ${text}`,
      calls: [],
      reason: 'stop',
    });
  });

  test('is over with its results, which the answer repeats, and begins with the next message', async () => {
    const messages = [...request('[[tool:now]]').messages, ...answered(['a', 'noon'], ['b', 'fog'])];
    expect(await ask(request('', { messages }))).toMatchObject({ text: 'Stub reply to: noon\nfog', calls: [] });
    const next = request('', { messages: [...messages, { role: 'user', content: '[[tool:now]]' }] });
    expect((await ask(next)).calls).toEqual([['call_stub_3', 'now', '{}']]);
  });

  test('counts among the tokens of the conversation', async () => {
    const messages = [...request('one two').messages, ...answered(['a', 'three'])];
    const { usage } = await client.chat.completions.create(request('', { messages }));
    expect(usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 4, total_tokens: 9 });
  });
});

/** An assistant’s calls and their results. */
function answered(...results: [id: string, content: string][]): OpenAI.ChatCompletionMessageParam[] {
  const called = results.map(([id]) => ({ id, type: 'function' as const, function: { name: 'now', arguments: '{}' } }));
  return [
    { role: 'assistant', content: null, tool_calls: called },
    ...results.map(([tool_call_id, content]) => ({ role: 'tool' as const, tool_call_id, content })),
  ];
}

test('parallel calls come one after the other, their arguments in pieces', async () => {
  const stream = await client.chat.completions.create({
    ...request('[[tool:get_weather]] [[tool:now]]'),
    stream: true,
  });
  const deltas: unknown[] = [];
  for await (const { choices } of stream) {
    for (const { index, id, function: called } of choices[0]?.delta.tool_calls ?? []) {
      deltas.push([index, ...(id === undefined ? [] : [id, called?.name]), called?.arguments]);
    }
  }
  expect(deltas).toEqual([
    [0, 'call_stub_1', 'get_weather', ''],
    [0, '{"city":'],
    [0, '"Rome","'],
    [0, 'unit":"c'],
    [0, 'elsius"}'],
    [1, 'call_stub_2', 'now', ''],
    [1, '{'],
    [1, '}'],
  ]);
});

test.each<[number, string[][], string, number]>([
  [1, [['call_stub_1', 'get_weather', '']], 'length', 1],
  [2, [['call_stub_1', 'get_weather', weatherArguments.slice(0, 16)]], 'length', 2],
  [3, [['call_stub_1', 'get_weather', weatherArguments]], 'length', 3],
  [
    4,
    [
      ['call_stub_1', 'get_weather', weatherArguments],
      ['call_stub_2', 'now', ''],
    ],
    'length',
    4,
  ],
  [
    5,
    [
      ['call_stub_1', 'get_weather', weatherArguments],
      ['call_stub_2', 'now', '{}'],
    ],
    'tool_calls',
    5,
  ],
])('a bound of %s tokens cuts calls to %j', async (max_tokens, calls, reason, output) => {
  expect(await ask(request('[[tool:get_weather]] [[tool:now]]', { max_tokens }))).toMatchObject({
    calls,
    reason,
    output,
  });
});

describe('functions of the time before tools', () => {
  const functions = [{ name: 'look', parameters: { type: 'object', properties: { city: { const: 'Oslo' } } } }];

  test('are called by function_call, whole and streamed', async () => {
    const messages = [{ role: 'user' as const, content: '[[tool:look]]' }];
    const body = { model: 'stub', messages, functions };
    const { choices } = await client.chat.completions.create({ ...body, stream: false });
    expect(choices[0]).toMatchObject({ message: { function_call: { name: 'look' } }, finish_reason: 'function_call' });
    const streamed = await client.chat.completions.create({ ...body, stream: true });
    let called = '';
    for await (const { choices } of streamed) {
      const call = choices[0]?.delta.function_call;
      called += `${call?.name ?? ''}${call?.arguments ?? ''}`;
    }
    expect(called).toBe(`look${choices[0]?.message.function_call?.arguments}`);
  });
});

test('tools of other types are called by no reply', async () => {
  const tools = [{ type: 'custom' as const, custom: { name: 'look' } }];
  const { choices } = await client.chat.completions.create({ ...request('[[tool:look]]'), tools, stream: false });
  expect(choices[0]?.message.tool_calls).toBeUndefined();
});

describe('an impossible tool call is rejected', () => {
  const fails = (changes: Partial<Request>) => expect(client.chat.completions.create(request('Hi', changes))).rejects;

  test.each<[Partial<Request>, string]>([
    [{ tools: [], tool_choice: 'required' }, 'tool_choice asks for a tool to be called, but tools is empty.'],
    [
      { tool_choice: { type: 'function', function: { name: 'absent' } } },
      'tool_choice names absent, which is not among tools.',
    ],
    [{ tool_choice: { type: 'custom', custom: { name: 'x' } } }, 'tool_choice is not what Stub can read.'],
    [
      { tools: [{ type: 'function', function: { name: 'f', parameters: { $ref: '#' } } }], tool_choice: 'required' },
      'Stub finds no arguments that fit the parameters of the tool f. Send a smaller or less strict schema.',
    ],
  ])('%j', async (changes, message) => {
    await fails(changes).toThrow(message);
  });
});
