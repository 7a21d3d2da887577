import { beforeAll, describe, expect, test } from 'vitest';
import type { ProviderDescriptor } from '../../../../src/providers/descriptor.ts';
import { createOpenAiProvider } from '../../../../src/providers/openai/openai-provider.ts';
import type { ProviderOptions } from '../../../../src/providers/provider.ts';
import { acme, getDescriptor, providerOptions } from '../../../support/provider-options.ts';
import { decode, everyCut } from './streams.ts';

/** The client is loaded with the first request, which takes its time where each module is a file. */
beforeAll(() => import('openai'), 60_000);

const acmeWithResponses = { ...acme, quirks: { hasResponses: true } };

function provider(descriptor: ProviderDescriptor = acmeWithResponses, fetch?: ProviderOptions['fetch']) {
  return createOpenAiProvider(providerOptions(descriptor, { apiKey: 'sk-secret', fetch }));
}

const endpoint = provider().endpoints?.responses ?? expect.unreachable();
const createDecoder = () => endpoint.createDecoder?.() ?? expect.unreachable();

const usage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 64, cache_write_tokens: 10 },
  output_tokens: 50,
  output_tokens_details: { reasoning_tokens: 30 },
  total_tokens: 150,
};
const counted = { input: 100, output: 50, cacheRead: 64, cacheWrite: 10, reasoning: 30 };
const whole = (more: object = {}) => ({ status: 'completed', model: 'm-1', output: [], usage, error: null, ...more });
const read = (reply: object) => endpoint.decodeResponse(JSON.stringify(reply));

describe('a whole reply', () => {
  test('contains the usage, the model and the finish reason', () => {
    expect(read(whole())).toEqual({ content: [], finishReason: 'stop', usage: counted, reportedModel: 'm-1' });
  });

  test.each([
    [{ output: [{ type: 'reasoning' }, { type: 'function_call', name: 'f' }] }, 'tool_calls'],
    [{ output: [{ type: 'custom_tool_call', name: 'f' }] }, 'tool_calls'],
    [{ output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }] }, 'content_filter'],
    [{ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
    [{ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'content_filter'],
    [{ status: 'incomplete', incomplete_details: null }, 'other'],
    [{ status: 'cancelled' }, 'other'],
  ])('%j ends in %s', (more, finishReason) => {
    expect(read(whole(more)).finishReason).toBe(finishReason);
  });

  test.each([
    ...['web_search_call', 'file_search_call', 'code_interpreter_call', 'image_generation_call', 'something_new_call'],
  ])('with an item of type %s has no price of the list', (type) => {
    const output = [{ type: 'reasoning' }, { type }, { type: 'message', content: [] }];
    expect(read(whole({ output })).usage).toEqual({ ...counted, unpriced: true });
    expect(read(whole({ output, usage: null })).usage).toEqual({ unpriced: true });
  });

  test('has no price of the list in another service tier or with a shell in a container', () => {
    expect(read(whole({ service_tier: 'scale' })).usage).toEqual({ ...counted, unpriced: true });
    const environment = { type: 'container_reference', container_id: 'cntr_1' };
    expect(read(whole({ output: [{ type: 'shell_call', environment }] })).usage?.unpriced).toBe(true);
  });

  test.each([
    ...['message', 'reasoning', 'function_call', 'custom_tool_call', 'mcp_call', 'computer_call', 'local_shell_call'],
    'shell_call',
  ])('with an item of type %s has the price of its tokens', (type) => {
    expect(read(whole({ output: [{ type }], service_tier: 'default' })).usage).toEqual(counted);
  });

  test('contains all output of the model', () => {
    const output = [
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] },
      {
        type: 'message',
        content: [
          { type: 'output_text', text: 'Hi' },
          { type: 'refusal', refusal: 'No.' },
        ],
      },
      { type: 'function_call', name: 'look', arguments: '{"at":1}' },
    ];
    const texts = ['Hm.', 'Hi', 'No.', 'look', '{"at":1}'].map((text) => ({ type: 'text', text }));
    expect(read(whole({ output })).content).toEqual(texts);
  });

  test('has no usage if it contains none', () => {
    expect(read(whole({ usage: null })).usage).toBeUndefined();
    expect(read(whole({ usage: { input_tokens: 'many' } })).usage).toBeUndefined();
    expect(read(whole({ usage: { output_tokens: 3 } })).usage).toEqual({ output: 3 });
  });

  test.each([
    [{ status: 'failed', error: { code: 'server_error', message: 'Oh.' } }, 'provider_error'],
    [{ status: 'failed', error: null }, 'provider_error'],
    [{ status: 'failed', error: { code: 'rate_limit_exceeded', message: 'Slowly.' } }, 'rate_limited'],
    [{ output: undefined }, 'provider_error'],
  ])('%j is an error', (more, code) => {
    expect(() => read(whole(more))).toThrow(expect.objectContaining({ code }));
  });

  test('that is no JSON object is an error', () => {
    for (const body of ['', '[]', 'null', '{"output":']) {
      expect(() => endpoint.decodeResponse(body)).toThrow(expect.objectContaining({ code: 'provider_error' }));
    }
  });
});

type Event = Readonly<Record<string, unknown>> & { readonly type: string };

const event = (json: Event, lineBreak = '\n') =>
  `event: ${json.type}${lineBreak}data: ${JSON.stringify(json)}${lineBreak}${lineBreak}`;
const bytesOf = (events: readonly Event[], lineBreak?: string) =>
  new TextEncoder().encode(events.map((one) => event(one, lineBreak)).join(''));

const created = {
  type: 'response.created',
  sequence_number: 0,
  response: whole({ status: 'in_progress', usage: null }),
};
const delta = (type: string, text: string, output_index = 0) => ({
  type: `response.${type}.delta`,
  delta: text,
  output_index,
});
const parts = [
  delta('reasoning_summary_text', 'Hm. '),
  delta('reasoning_text', 'Well.'),
  delta('output_text', 'При'),
  delta('output_text', 'вет'),
  {
    type: 'response.output_item.added',
    output_index: 2,
    item: { type: 'function_call', call_id: 'call_1', name: 'f' },
  },
  delta('function_call_arguments', '{"a":', 2),
  delta('function_call_arguments', '1}', 2),
  { type: 'response.web_search_call.searching', output_index: 3 },
];
const read1 = [
  { type: 'start', reportedModel: 'm-1' },
  { type: 'reasoning', text: 'Hm. ' },
  { type: 'reasoning', text: 'Well.' },
  { type: 'text', text: 'При' },
  { type: 'text', text: 'вет' },
  { type: 'tool_call', index: 2, id: 'call_1', name: 'f' },
  { type: 'tool_arguments', index: 2, json: '{"a":' },
  { type: 'tool_arguments', index: 2, json: '1}' },
];
const completed = { type: 'response.completed', response: whole() };

describe('a stream', () => {
  test.each(['\n', '\r\n'])('yields the output of the model at every cut (%j)', (lineBreak) => {
    for (const pieces of everyCut(bytesOf([created, ...parts, completed], lineBreak))) {
      expect(decode(createDecoder(), pieces)).toEqual({
        events: [...read1, { type: 'usage', usage: counted }, { type: 'finish', finishReason: 'tool_calls' }],
        thrown: undefined,
      });
    }
  });

  test('ends with its final event and ignores later ones', () => {
    const bytes = bytesOf([created, delta('output_text', 'Hi'), completed, { type: 'error', code: null }]);
    const { events, thrown } = decode(createDecoder(), [bytes]);
    expect([events.at(-1), thrown]).toEqual([{ type: 'finish', finishReason: 'stop' }, undefined]);
  });

  test('reports its finish reason and its usage if it is incomplete', () => {
    const response = whole({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    const { events } = decode(createDecoder(), [bytesOf([created, { type: 'response.incomplete', response }])]);
    expect(events.slice(1)).toEqual([
      { type: 'usage', usage: counted },
      { type: 'finish', finishReason: 'length' },
    ]);
  });

  test('with a refusal ends in content_filter', () => {
    const { events } = decode(createDecoder(), [bytesOf([created, delta('refusal', 'No.'), completed])]);
    expect(events.slice(1)).toMatchObject([{ type: 'refusal', text: 'No.' }, {}, { finishReason: 'content_filter' }]);
  });

  test('reports its usage and throws if it fails', () => {
    const response = whole({ status: 'failed', error: { code: 'server_error', message: 'sk-secret broke' } });
    const { events, thrown } = decode(createDecoder(), [bytesOf([created, { type: 'response.failed', response }])]);
    expect(events.at(-1)).toEqual({ type: 'usage', usage: counted });
    expect(thrown).toMatchObject({ code: 'provider_error', message: 'Acme failed (status 500).' });
  });

  test.each([
    [{ type: 'error', code: 'rate_limit_exceeded', message: 'Slowly.', param: null }, 'rate_limited'],
    [{ type: 'error', error: { type: 'server_error', code: null, message: 'Oh.' } }, 'provider_error'],
    [{ type: 'error', code: null, message: 'Oh.', param: null }, 'provider_error'],
  ])('throws the error in %j', (error, code) => {
    const { events, thrown } = decode(createDecoder(), [bytesOf([created, delta('output_text', 'Hi'), error])]);
    expect(events).toHaveLength(2);
    expect(thrown).toMatchObject({ code });
  });

  test('has no end if it is cut off before its last event', () => {
    const before = bytesOf([created, ...parts]);
    for (let at = 0; at <= before.length; at += 1) {
      const { events, thrown } = decode(createDecoder(), [before.subarray(0, at)]);
      expect(thrown).toMatchObject({ code: 'provider_error' });
      expect(events).toEqual(read1.slice(0, events.length));
    }
    const last = new TextEncoder().encode('data: [DONE]\n\n');
    expect(decode(createDecoder(), [before, last]).thrown).toMatchObject({ code: 'provider_error' });
  });

  test('skips unreadable frames', () => {
    const junk = ['null', ': keepalive', 'ping', '""', 'true', '[]', '[PROCESSING]', '{"type":'];
    const frames = new TextEncoder().encode(junk.map((data) => `data: ${data}\n\n`).join(''));
    const { events, thrown } = decode(createDecoder(), [bytesOf([created]), frames, bytesOf([...parts, completed])]);
    expect(thrown).toBeUndefined();
    expect(events).toEqual([
      ...read1,
      { type: 'usage', usage: counted },
      { type: 'finish', finishReason: 'tool_calls' },
    ]);
  });

  test('returns the number of the next event', () => {
    const decoder = createDecoder();
    expect(decoder.nextEventNumber).toBe(0);
    decoder.push(
      bytesOf([
        { ...created, sequence_number: 0 },
        { ...completed, type: 'x', sequence_number: 7 },
      ]),
      [],
    );
    expect(decoder.nextEventNumber).toBe(8);
  });
});

describe('a provider without the endpoint', () => {
  const signal = new AbortController().signal;
  const forward = (descriptor: ProviderDescriptor, status: number, body: string) =>
    provider(descriptor, async () => new Response(body, { status })).forward?.(
      { path: '/responses', body: '{}' },
      { stream: false, signal },
    );

  test.each([
    [404, '{"detail":"Not Found"}'],
    [405, ''],
    [501, '<html></html>'],
  ])('is recognised by its status %i', async (status, body) => {
    await expect(forward(acme, status, body)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/"acme" has no Responses here: use \/v1\/chat\/completions/),
    });
  });

  test('is neither one that lacks the model nor OpenAI', async () => {
    const unknown = '{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}';
    await expect(forward(acme, 404, unknown)).rejects.toMatchObject({ code: 'not_found' });
    await expect(forward(getDescriptor('openai'), 404, '{"detail":"Not Found"}')).rejects.toMatchObject({
      code: 'provider_error',
    });
    await expect(forward(getDescriptor('openai'), 400, unknown)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('is Stub', () => {
    expect(provider(getDescriptor('stub')).endpoints?.responses).toBeUndefined();
  });
});
