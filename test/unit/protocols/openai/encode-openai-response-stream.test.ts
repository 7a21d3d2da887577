import OpenAI from 'openai';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { ChatStreamEvent } from '../../../../src/gateway/chat-stream-event.ts';
import { encodeOpenAiResponse } from '../../../../src/protocols/openai/encode-openai-response.ts';
import { OpenAiResponseStreamEncoder } from '../../../../src/protocols/openai/encode-openai-response-stream.ts';
import { type ResponseCase, responseCases, toStreamEvents } from './response-cases.ts';
import { createHead } from './response-head.ts';
import { clientAnswered, clientStreamed } from './sdk-client.ts';

function write(events: readonly ChatStreamEvent[]): string[] {
  const encoder = new OpenAiResponseStreamEncoder(createHead());
  return [encoder.start(), ...events.map((event) => encoder.encode(event))];
}

interface Event {
  readonly type: string;
  readonly sequence_number: number;
  readonly [field: string]: unknown;
}

function read(texts: readonly string[]): Event[] {
  return texts
    .join('')
    .split('\n\n')
    .slice(0, -1)
    .map((text) => {
      const [, name, data = ''] = /^event: (.*)\ndata: (.*)$/.exec(text) ?? expect.unreachable(text);
      const event: Event = JSON.parse(data);
      expect(event.type).toBe(name);
      return event;
    });
}

const findCase = (name: string): ResponseCase =>
  responseCases.find((one) => one.name === name) ?? expect.unreachable(name);
const request = { model: 'm', input: 'Hi' };

describe.each(responseCases)('a reply of $name', (reply) => {
  const { name: _, ...whole } = reply;
  const response = encodeOpenAiResponse({ usage: {}, refusal: undefined, ...whole }, createHead());

  it('has the same response whole and at the end of its stream', () => {
    const events = read(write(toStreamEvents(reply)));
    expect(events.at(-1)).toMatchObject({ type: `response.${response.status}`, response });
  });

  it('numbers its events, and its items as they stand in the response', () => {
    const events = read(write(toStreamEvents(reply)));
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_event, index) => index));
    const done = events.filter(({ type }) => type === 'response.output_item.done');
    expect(done.toSorted((a, b) => Number(a.output_index) - Number(b.output_index)).map(({ item }) => item)).toEqual(
      response.output,
    );
  });

  it('is read by the official client, whole and streamed', async () => {
    const client = clientAnswered(JSON.stringify(response), { 'content-type': 'application/json' });
    expect(await client.responses.create(request)).toMatchObject(response);
    const streamed = clientStreamed(write(toStreamEvents(reply))).responses.stream(request);
    const final = await streamed.finalResponse();
    expect({ status: final.status, output: final.output, usage: final.usage }).toMatchObject({
      status: response.status,
      output: response.output,
      usage: response.usage,
    });
  });
});

it('writes text as the events of one message', () => {
  const at = { item_id: 'msg_01K_0', output_index: 0, content_index: 0 };
  const item = { id: 'msg_01K_0', type: 'message', role: 'assistant' };
  const part = { type: 'output_text', annotations: [], logprobs: [] };
  const events = read(write(toStreamEvents(findCase('text'))));
  expect(events.slice(2, -1)).toEqual([
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
      sequence_number: 2,
    },
    { type: 'response.content_part.added', ...at, part: { ...part, text: '' }, sequence_number: 3 },
    { type: 'response.output_text.delta', ...at, delta: 'Hel', logprobs: [], sequence_number: 4 },
    { type: 'response.output_text.delta', ...at, delta: 'lo', logprobs: [], sequence_number: 5 },
    { type: 'response.output_text.done', ...at, text: 'Hello', logprobs: [], sequence_number: 6 },
    { type: 'response.content_part.done', ...at, part: { ...part, text: 'Hello' }, sequence_number: 7 },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: { ...item, status: 'completed', content: [{ ...part, text: 'Hello' }] },
      sequence_number: 8,
    },
  ]);
});

it('shows reasoning as a summary, with the opaque value that comes back', () => {
  const events = read(write(toStreamEvents(findCase('reasoning, text and parallel calls'))));
  const types = events.filter(({ output_index }) => output_index === 0).map(({ type }) => type);
  expect(types).toEqual([
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.output_item.done',
  ]);
  expect(events.find(({ type }) => type === 'response.output_item.done')?.item).toEqual({
    id: 'rs_01K_0',
    type: 'reasoning',
    summary: [{ type: 'summary_text', text: 'I think' }],
    encrypted_content: 'aia1.r',
  });
});

it('maps the calls of namespaces and custom tools back', () => {
  const output = (name: string) => read(write(toStreamEvents(findCase(name)))).at(-1)?.response;
  expect(output('reasoning, text and parallel calls')).toMatchObject({
    output: [
      {},
      {},
      {
        type: 'function_call',
        id: 'fc_01K_2',
        call_id: 'call_1',
        name: 'f',
        arguments: '{"n":1}',
        status: 'completed',
      },
      { type: 'function_call', call_id: 'call_2', name: 'search', namespace: 'docs', arguments: '{"q":"x"}' },
    ],
    usage: {
      input_tokens: 30,
      input_tokens_details: { cached_tokens: 4, cache_write_tokens: 5 },
      output_tokens: 20,
      output_tokens_details: { reasoning_tokens: 6 },
      total_tokens: 50,
    },
  });
  expect(output('a custom tool')).toMatchObject({
    output: [{ type: 'custom_tool_call', id: 'ctc_01K_0', name: 'patch', input: '*** Begin' }],
  });
});

it('keeps the arguments of parallel calls apart that arrive by turns', () => {
  const events: ChatStreamEvent[] = [
    { type: 'tool_call', index: 0, id: 'a', name: 'f' },
    { type: 'tool_call', index: 1, id: 'b', name: 'f' },
    { type: 'tool_arguments', index: 1, json: '{"b"' },
    { type: 'tool_arguments', index: 0, json: '{"a":1}' },
    { type: 'tool_arguments', index: 1, json: ':2}' },
    { type: 'done', result: { finishReason: 'tool_calls', usage: {}, costNanoUsd: null } },
  ];
  expect(read(write(events)).at(-1)?.response).toMatchObject({
    output: [
      { call_id: 'a', arguments: '{"a":1}' },
      { call_id: 'b', arguments: '{"b":2}' },
    ],
  });
});

it('says why a reply is not whole', () => {
  const ended = (name: string) => {
    const { type, response } = read(write(toStreamEvents(findCase(name)))).at(-1) ?? expect.unreachable();
    return { type, response };
  };
  expect(ended('a reply cut by its bound')).toMatchObject({
    type: 'response.incomplete',
    response: {
      status: 'incomplete',
      completed_at: null,
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ status: 'incomplete', arguments: '{"n":' }],
    },
  });
  expect(ended('a filtered reply')).toMatchObject({
    type: 'response.incomplete',
    response: { incomplete_details: { reason: 'content_filter' }, output: [{ status: 'incomplete' }] },
  });
  expect(ended('a refusal behind text')).toMatchObject({
    type: 'response.completed',
    response: {
      incomplete_details: null,
      output: [{ content: [{ text: 'Well,' }, { type: 'refusal', refusal: 'no.' }] }],
    },
  });
});

describe('a stream that fails', () => {
  function writeFailure(): string[] {
    const encoder = new OpenAiResponseStreamEncoder(createHead());
    const texts = [encoder.start(), encoder.encode({ type: 'text', text: 'Hel' })];
    return [...texts, encoder.fail(new GatewayError('provider_error', 'Claude broke off.'))];
  }

  it('ends in an error and response.failed, numbered as the others are', () => {
    const error = { code: 'provider_error', message: 'Claude broke off.' };
    expect(read(writeFailure()).slice(-2)).toMatchObject([
      { type: 'error', ...error, param: null, error: { type: 'server_error', ...error }, sequence_number: 5 },
      {
        type: 'response.failed',
        sequence_number: 6,
        response: { status: 'failed', error, output: [{ status: 'incomplete', content: [{ text: 'Hel' }] }] },
      },
    ]);
  });

  it('makes the official client throw', async () => {
    const consume = async () => {
      const stream = await clientStreamed(writeFailure()).responses.create({ ...request, stream: true });
      const events: ResponseStreamEvent[] = [];
      for await (const event of stream) events.push(event);
    };
    await expect(consume()).rejects.toThrow(OpenAI.APIError);
    const helper = clientStreamed(writeFailure()).responses.stream(request);
    await expect(helper.finalResponse()).rejects.toThrow(OpenAI.APIError);
  });
});

it('throws at arguments of no call', () => {
  const encoder = new OpenAiResponseStreamEncoder(createHead());
  expect(() => encoder.encode({ type: 'tool_arguments', index: 0, json: '{' })).toThrow(GatewayError);
});

it('says in its last event whether the response is stored, and ends its items before that', async () => {
  const saved: object[] = [];
  const encoder = new OpenAiResponseStreamEncoder({ ...createHead(), store: true }, async (response) => {
    saved.push(response);
    return false;
  });
  const events = toStreamEvents(findCase('text'));
  const texts = [encoder.start()];
  for (const event of events) {
    if (event.type === 'done') {
      const { text, ready } = encoder.prepareEnd(event.result);
      expect(read([text]).at(-1)?.type).toBe('response.output_item.done');
      texts.push(text);
      await ready;
    }
    texts.push(encoder.encode(event));
  }
  const all = read(texts);
  expect(all.map(({ sequence_number }) => sequence_number)).toEqual(all.map((_event, index) => index));
  expect(all[0]).toMatchObject({ response: { store: true } });
  expect(saved).toMatchObject([{ status: 'completed', store: true }]);
  expect(read(texts.slice(-1))).toMatchObject([{ type: 'response.completed', response: { store: false } }]);
});
