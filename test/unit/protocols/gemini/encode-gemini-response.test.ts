import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../../src/domain/errors.ts';
import type { ContentPart } from '../../../../src/domain/request.ts';
import type { ChatStreamEvent } from '../../../../src/gateway/chat-stream-event.ts';
import { encodeGeminiResponse } from '../../../../src/protocols/gemini/encode-gemini-response.ts';
import { GeminiStreamEncoder } from '../../../../src/protocols/gemini/encode-gemini-stream.ts';
import type { GenerateContentResponse } from '../../../../src/protocols/gemini/gemini-api-types.ts';
import { encodeGeminiThoughtSignature } from '../../../../src/protocols/gemini/gemini-thought-signature.ts';

const options = { responseId: '1', model: 'm', includeThoughts: false };
const usage = { input: 10, output: 7, cacheRead: 4, reasoning: 3 };
const [one, two] = ['aia1.QQ', 'aia1.Qg'];
const signatureOf = encodeGeminiThoughtSignature;

function partsOf(content: readonly ContentPart[], more: Partial<typeof options> = {}) {
  const reply = { content, refusal: undefined, finishReason: 'stop' as const, usage };
  return encodeGeminiResponse(reply, { ...options, ...more }).candidates[0].content.parts;
}

const call = { type: 'tool_call' as const, id: 'c', name: 'look', argumentsJson: '{"n":9007199254740993}' };

describe('a whole reply', () => {
  it('has parts, a finish reason, counts and ids', () => {
    const reply = {
      content: [{ type: 'text' as const, text: 'Hi' }],
      refusal: undefined,
      finishReason: 'length' as const,
      usage,
    };
    expect(encodeGeminiResponse(reply, options)).toEqual({
      candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason: 'MAX_TOKENS', index: 0 }],
      usageMetadata: {
        promptTokenCount: 10,
        cachedContentTokenCount: 4,
        candidatesTokenCount: 4,
        thoughtsTokenCount: 3,
        totalTokenCount: 17,
      },
      modelVersion: 'm',
      responseId: '1',
    });
  });

  it.each([
    ['stop', undefined, 'STOP'],
    ['tool_calls', undefined, 'STOP'],
    ['length', undefined, 'MAX_TOKENS'],
    ['content_filter', undefined, 'SAFETY'],
    ['other', undefined, 'OTHER'],
    ['stop', 'No.', 'SAFETY'],
  ] as const)('ends for %s, with the refusal %s, in %s', (finishReason, refusal, expected) => {
    const { candidates } = encodeGeminiResponse({ content: [], refusal, finishReason, usage: {} }, options);
    expect(candidates[0]).toMatchObject({
      finishReason: expected,
      content: { parts: refusal ? [{ text: refusal }] : [] },
    });
  });

  it('has the arguments of a call as an object, digit for digit', () => {
    expect(JSON.stringify(partsOf([call]))).toBe(
      '[{"functionCall":{"id":"c","name":"look","args":{"n":9007199254740993}}}]',
    );
    expect(partsOf([{ ...call, argumentsJson: '{"a":' }])).toEqual([
      { functionCall: { id: 'c', name: 'look', args: { INVALID_JSON: '{"a":' } } },
    ]);
  });

  it('shows thoughts where they are requested', () => {
    const content: ContentPart[] = [
      { type: 'reasoning', text: 'Hm.', opaque: one },
      { type: 'text', text: 'Hi' },
    ];
    const signed = { text: 'Hi', thoughtSignature: signatureOf(one) };
    expect(partsOf(content)).toEqual([signed]);
    expect(partsOf(content, { includeThoughts: true })).toEqual([{ text: 'Hm.', thought: true }, signed]);
  });

  it('has the value of the reasoning before a call at the call alone', () => {
    const content: ContentPart[] = [
      { type: 'reasoning', text: 'Hm.', opaque: one },
      { ...call, opaque: two },
    ];
    expect(partsOf(content)).toEqual([
      { functionCall: expect.objectContaining({ name: 'look' }), thoughtSignature: signatureOf(two) },
    ]);
  });

  it('has the value of a signed text behind it', () => {
    const content: ContentPart[] = [
      { type: 'text', text: 'Hi', signature: 's' },
      { type: 'reasoning', text: '', opaque: one },
      { ...call, opaque: two },
    ];
    expect(partsOf(content)).toEqual([
      { text: 'Hi' },
      { text: '', thoughtSignature: signatureOf(one) },
      { functionCall: expect.objectContaining({ name: 'look' }), thoughtSignature: signatureOf(two) },
    ]);
  });
});

describe('a stream', () => {
  const done: ChatStreamEvent = { type: 'done', result: { finishReason: 'tool_calls', usage, costNanoUsd: null } };
  const events: ChatStreamEvent[] = [
    { type: 'start', reportedModel: 'm-1' },
    { type: 'reasoning', text: 'Hm.' },
    { type: 'reasoning', text: '', opaque: one },
    { type: 'text', text: 'Hel' },
    { type: 'text', text: 'lo\u2028' },
    { type: 'tool_call', index: 0, id: 'a', name: 'look' },
    { type: 'tool_call', index: 1, id: 'b', name: 'go', opaque: two },
    { type: 'tool_arguments', index: 1, json: '{"x":' },
    { type: 'tool_arguments', index: 0, json: '{"n":9007199254740993}' },
    { type: 'tool_arguments', index: 1, json: '1}' },
  ];
  const write = (format: 'events' | 'array', list: readonly ChatStreamEvent[]) => {
    const encoder = new GeminiStreamEncoder({ ...options, format });
    return { encoder, text: encoder.start() + list.map((event) => encoder.encode(event)).join('') };
  };
  const readEvents = (text: string): GenerateContentResponse[] =>
    text
      .split('\n\n')
      .filter((event) => event !== '')
      .map((event) => JSON.parse(event.replace(/^data: /, '')));

  it('has whole calls, and a finish reason and counts in its last chunk alone', () => {
    const { text } = write('events', [...events, done]);
    expect(text).not.toContain('\u2028');
    expect(text).toContain('"args":{"n":9007199254740993}');
    const chunks = readEvents(text);
    expect(chunks.map(({ candidates }) => candidates[0].content.parts)).toEqual([
      [{ text: 'Hel', thoughtSignature: signatureOf(one) }],
      [{ text: 'lo\u2028' }],
      [{ functionCall: expect.objectContaining({ id: 'a', name: 'look' }) }],
      [{ functionCall: { id: 'b', name: 'go', args: { x: 1 } }, thoughtSignature: signatureOf(two) }],
      [{ text: '' }],
    ]);
    expect(chunks.map(({ candidates }) => candidates[0].finishReason)).toEqual([
      ...[undefined, undefined, undefined, undefined],
      'STOP',
    ]);
    expect(chunks.map(({ usageMetadata }) => usageMetadata?.totalTokenCount)).toEqual([
      ...[undefined, undefined, undefined, undefined],
      17,
    ]);
  });

  it('is one JSON array without alt=sse', () => {
    expect(JSON.parse(write('array', [...events, done]).text)).toEqual(
      readEvents(write('events', [...events, done]).text),
    );
    expect(JSON.parse(write('array', [done]).text)).toHaveLength(1);
  });

  it('keeps what its vendor wants back at its end', () => {
    const reasoning: ChatStreamEvent = { type: 'reasoning', text: '', opaque: one };
    const [chunk] = readEvents(write('events', [reasoning, done]).text);
    expect(chunk?.candidates[0].content.parts).toEqual([{ text: '', thoughtSignature: signatureOf(one) }]);
  });

  it.each(['events', 'array'] as const)('that fails has no call and no finish reason, as %s', (format) => {
    const { encoder, text } = write(format, events);
    const failed = text + encoder.fail(new GatewayError('provider_error', 'It broke.'));
    const entries: unknown[] = format === 'array' ? JSON.parse(failed) : readEvents(failed);
    expect(entries.at(-1)).toEqual({ error: { code: 502, message: 'It broke.', status: 'UNAVAILABLE' } });
    expect(failed).not.toMatch(/functionCall|finishReason/);
    const empty = new GeminiStreamEncoder({ ...options, format }).fail(new GatewayError('internal'));
    expect(empty).toMatch(format === 'array' ? /^\[\{"error".*\}\n\]$/ : /^data: \{"error".*\n\n$/);
  });
});
