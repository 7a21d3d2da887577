import { describe, expect, it } from 'vitest';
import { formatFieldPath } from '../../../../src/domain/error-issue.ts';
import type { ChatRequest, Message } from '../../../../src/domain/request.ts';
import { TranslationReport } from '../../../../src/domain/translation-report.ts';
import { encodeOllamaChatRequest } from '../../../../src/providers/ollama/encode-ollama-chat-request.ts';
import { createOllamaProvider } from '../../../../src/providers/ollama/ollama-provider.ts';
import { getDescriptor, providerOptions } from '../../../support/provider-options.ts';
import { captureFetch } from '../capture-fetch.ts';
import { collect, decodeEveryCut } from '../decode-stream.ts';

const look = {
  name: 'look',
  description: 'Looks at a place.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
const wait = {
  name: 'wait',
  parameters: { type: 'object', properties: { ms: { $ref: '#/$defs/ms' } }, $defs: { ms: {} } },
};
const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }];

function forced(changes: Partial<ChatRequest>) {
  const translation = new TranslationReport();
  const request: ChatRequest = { model: 'llama3.2', messages, tools: [look], translation, ...changes };
  const body = JSON.parse(JSON.stringify(encodeOllamaChatRequest(request, 'Ollama', false)));
  return { request, body, adjusted: translation.adjusted.map(formatFieldPath) };
}

const provider = (fetch?: typeof globalThis.fetch) =>
  createOllamaProvider(providerOptions(getDescriptor('ollama'), { baseUrl: 'http://ollama.test', fetch }));

function replyWith(content: string, done_reason = 'stop') {
  return JSON.stringify({ model: 'llama3.2', message: { role: 'assistant', content }, done: true, done_reason });
}

/** The lines of a stream, the text in pieces of three characters. */
function streamOf(content: string, done_reason = 'stop'): string {
  const pieces = content.match(/[\s\S]{1,3}/g) ?? [];
  const lines = pieces.map((piece) => ({ model: 'llama3.2', message: { content: piece }, done: false }));
  const end = { model: 'llama3.2', message: { content: '' }, done: true, done_reason, eval_count: 7 };
  return [...lines, end].map((line) => `${JSON.stringify(line)}\n`).join('');
}

describe('a forced tool', () => {
  it.each<[string, Partial<ChatRequest>]>([
    ['named', { toolChoice: { name: 'look' } }],
    ['required as the only one', { toolChoice: 'required' }],
    ['named among several', { tools: [wait, look], toolChoice: { name: 'look' } }],
    ['beside a format', { toolChoice: 'required', responseFormat: { type: 'json_object' } }],
    ['one at a time', { toolChoice: 'required', parallelToolCalls: false }],
  ])('is the format of the reply if it is %s', (_, changes) => {
    const { body, adjusted } = forced(changes);
    expect(body.format).toEqual(look.parameters);
    expect(body).not.toHaveProperty('tools');
    expect(body.messages[0]).toEqual({
      role: 'system',
      content: expect.stringContaining(`Call the tool "look".\nLooks at a place.\n`),
    });
    expect(body.messages[0].content).toContain(JSON.stringify(look.parameters));
    expect(adjusted[0]).toBe('tool_choice');
  });

  it('follows the system prompt of the client', () => {
    const system: Message = { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] };
    const { body } = forced({ messages: [system, ...messages], toolChoice: 'required' });
    expect(body.messages).toHaveLength(2);
    expect(body.messages[0].content).toMatch(/^Be brief\.\n\nCall the tool/);
  });

  it('has the reply as its arguments, digit for digit', () => {
    const { request } = forced({ toolChoice: 'required' });
    const json = '{"id": 9223372036854775807}';
    expect(provider().decodeResponse(replyWith(json), request)).toMatchObject({
      content: [{ type: 'tool_call', id: 'call_0', name: 'look', argumentsJson: json }],
      finishReason: 'tool_calls',
    });
  });

  it('has the streamed reply as its arguments, at every cut', () => {
    const { request } = forced({ toolChoice: 'required' });
    const json = ' \n{"city": "Zürich ☔"}';
    for (const { events, error } of decodeEveryCut(() => provider().createDecoder(request), streamOf(json))) {
      expect(error).toBeUndefined();
      expect(collect(events)).toMatchObject({
        text: '',
        toolCalls: [{ id: 'call_0', name: 'look', argumentsJson: json.trim() }],
        last: { type: 'finish', finishReason: 'tool_calls' },
      });
    }
  });

  it('keeps the finish reason length if the arguments are cut off', () => {
    const { request } = forced({ toolChoice: 'required' });
    expect(provider().decodeResponse(replyWith('{"city": "Z', 'length'), request)).toMatchObject({
      content: [{ type: 'tool_call', argumentsJson: '{"city": "Z' }],
      finishReason: 'length',
    });
  });

  it('leaves the text of a model that ignores it', () => {
    const { request } = forced({ toolChoice: 'required' });
    expect(provider().decodeResponse(replyWith('It rains.'), request)).toMatchObject({
      content: [{ type: 'text', text: 'It rains.' }],
      finishReason: 'stop',
    });
    const [decoded] = decodeEveryCut(() => provider().createDecoder(request), streamOf('It rains.'));
    expect(collect(decoded?.events ?? [])).toMatchObject({ text: 'It rains.', toolCalls: [] });
  });

  it('gets an id that no other call of the conversation has', () => {
    const earlier: Message[] = [
      { role: 'assistant', content: [{ type: 'tool_call', id: 'call_4', name: 'look', argumentsJson: '{}' }] },
      { role: 'tool', toolCallId: 'call_4', content: [] },
    ];
    const { request } = forced({ messages: [...messages, ...earlier], toolChoice: 'required' });
    expect(provider().decodeResponse(replyWith('{}'), request).content).toMatchObject([{ id: 'call_5' }]);
  });

  it('is rejected in a strict request', () => {
    const request = { model: 'llama3.2', messages, tools: [look], toolChoice: 'required' } as const;
    expect(() => encodeOllamaChatRequest(request, 'Ollama', false)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'tool_choice' }),
    );
  });
});

describe('a call that is required of several tools', () => {
  const several = () => forced({ tools: [look, { name: 'rest', parameters: {} }], toolChoice: 'required' });

  it('is a format that names the tool', () => {
    const call = (name: string, schema: object) => ({
      type: 'object',
      properties: { name: { const: name }, arguments: schema },
      required: ['name', 'arguments'],
      additionalProperties: false,
    });
    const { body, adjusted } = several();
    expect(body.format).toEqual({ anyOf: [call('look', look.parameters), call('rest', { type: 'object' })] });
    expect(adjusted).toEqual(['tool_choice']);
  });

  it('keeps the references of each schema', () => {
    const { body } = forced({ tools: [look, wait], toolChoice: 'required' });
    expect(body.format.$defs.tool_1.properties.ms).toEqual({ $ref: '#/$defs/tool_1/$defs/ms' });
    expect(body.format.anyOf[1].properties.arguments).toEqual({ $ref: '#/$defs/tool_1' });
  });

  it('is the call that the reply names, whole and streamed', () => {
    const { request } = several();
    const json = '{"name": "rest", "arguments": {"id": 9223372036854775807}}';
    const call = { id: 'call_0', name: 'rest', argumentsJson: '{"id":9223372036854775807}' };
    expect(provider().decodeResponse(replyWith(json), request)).toMatchObject({
      content: [{ type: 'tool_call', ...call }],
      finishReason: 'tool_calls',
    });
    for (const { events } of decodeEveryCut(() => provider().createDecoder(request), streamOf(json))) {
      expect(collect(events)).toMatchObject({ text: '', toolCalls: [call], usage: { output: 7 } });
      expect(events.at(-1)).toEqual({ type: 'finish', finishReason: 'tool_calls' });
      expect(events.at(-2)?.type).toBe('usage');
    }
  });

  it.each(['{"name": "re', '{"name": "other", "arguments": {}}', 'It rains.'])('leaves %s as text', (text) => {
    const { request } = several();
    expect(provider().decodeResponse(replyWith(text, 'length'), request)).toMatchObject({
      content: [{ type: 'text', text }],
      finishReason: 'length',
    });
    const [decoded] = decodeEveryCut(() => provider().createDecoder(request), streamOf(text, 'length'));
    expect(collect(decoded?.events ?? [])).toMatchObject({ text, last: { finishReason: 'length' } });
  });
});

describe('one tool call at a time', () => {
  const calls = ['Oslo', 'Rome'].map((city) => ({ function: { name: 'look', arguments: { city } } }));
  const first = { id: 'call_0', name: 'look', argumentsJson: '{"city":"Oslo"}' };

  it('is the first call of the reply, whole and streamed', () => {
    const { request, body, adjusted } = forced({ parallelToolCalls: false });
    expect([body.tools.length, adjusted]).toEqual([1, ['parallel_tool_calls']]);
    const message = { role: 'assistant', content: '', tool_calls: calls };
    const reply = JSON.stringify({ model: 'llama3.2', message, done: true, done_reason: 'stop' });
    expect(provider().decodeResponse(reply, request)).toMatchObject({ content: [first], finishReason: 'tool_calls' });
    const [decoded] = decodeEveryCut(() => provider().createDecoder(request), `${reply}\n`);
    expect(collect(decoded?.events ?? []).toolCalls).toEqual([first]);
  });
});

it('asks for a format beside tools in the system prompt', () => {
  const schema = { type: 'object', properties: { a: { type: 'number' } } };
  const { body, adjusted } = forced({ responseFormat: { type: 'json_schema', name: 'r', schema } });
  expect(body.messages[0].content).toBe(
    `A reply that calls no tool is one JSON object and nothing else. It fits this JSON Schema:\n${JSON.stringify(schema)}`,
  );
  expect([body.tools.length, body.format, adjusted]).toEqual([1, undefined, ['response_format']]);
});

describe('a model that cannot think', () => {
  const { signal } = new AbortController();
  const refusal = () => Response.json({ error: '"llama3.2" does not support thinking' }, { status: 400 });

  it('is asked again without think', async () => {
    const answers = [refusal(), new Response('{}')];
    const { fetch, sent } = captureFetch(() => answers.shift() ?? new Response('{}'));
    const translation = new TranslationReport();
    const request: ChatRequest = { model: 'llama3.2', messages, reasoningEffort: 'high', translation };
    await provider(fetch).send(request, { stream: false, signal });
    expect(sent.map(({ body }) => JSON.parse(body ?? '').think)).toEqual([true, undefined]);
    expect(translation.adjusted).toEqual([['reasoning_effort']]);
  });

  it('refuses a strict request', async () => {
    const { fetch, sent } = captureFetch(refusal);
    const request: ChatRequest = { model: 'llama3.2', messages, reasoningEffort: 'high' };
    await expect(provider(fetch).send(request, { stream: false, signal })).rejects.toThrow('does not support thinking');
    expect(sent).toHaveLength(1);
  });
});
