import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../../../src/domain/response.ts';
import { createOpenAiProvider } from '../../../../src/providers/openai/openai-provider.ts';
import { getDescriptor, providerOptions } from '../../../support/provider-options.ts';
import { recordedStream, recording, recordingNames } from '../../../support/recordings.ts';
import { decode } from './streams.ts';

const missing = !recordingNames.includes('openai/chat-text.json');
if (missing) console.warn('SKIPPED: the recordings of OpenAI and compatible vendors are not beside this checkout.');

const options = providerOptions(getDescriptor('openai'), { apiKey: 'sk-secret-key' });
const provider = createOpenAiProvider(options);

/** A recorded stream as one sequence of events, neighbouring pieces of the same kind put together. */
function readStream(name: string, size: number, lineBreak = '\n') {
  const bytes = new TextEncoder().encode(recordedStream(name).replaceAll('\n', lineBreak));
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  const { events, thrown } = decode(provider.createDecoder(), pieces);
  const text = (type: 'text' | 'reasoning') =>
    events.map((event) => (event.type === type ? (event as { text: string }).text : '')).join('');
  const rest: StreamEvent[] = events.filter(({ type }) => type !== 'text' && type !== 'reasoning');
  return { text: text('text'), reasoning: text('reasoning'), rest, thrown };
}

/** What the lines of a recording say, read without the decoder. */
function recorded(name: string, field: 'content' | 'reasoning_content'): string {
  const chunks = recording(name).split('\n').filter(Boolean);
  return chunks.map((chunk) => JSON.parse(chunk).choices[0]?.delta[field] ?? '').join('');
}

const piecesAndBreaks = [
  [1, '\n'],
  [1, '\r\n'],
  [7, '\n'],
  [1000, '\r\n'],
  [1_000_000, '\n'],
] as const;

describe.skipIf(missing)('recorded traffic', () => {
  test('OpenAI’s text, whole', () => {
    const body = recording('openai/chat-text.json');
    expect(provider.decodeResponse(body)).toEqual({
      content: [{ type: 'text', text: JSON.parse(body).choices[0].message.content }],
      finishReason: 'stop',
      usage: { input: 16, output: 363, cacheRead: 0, reasoning: 0 },
      reportedModel: 'gpt-4.1-nano-2025-04-14',
    });
  });

  test.each(piecesAndBreaks)('OpenAI’s text, streamed, read %i bytes at a time with %j', (size, lineBreak) => {
    const { text, reasoning, rest, thrown } = readStream('openai/chat-text.chunks.txt', size, lineBreak);
    expect(text).toBe(recorded('openai/chat-text.chunks.txt', 'content'));
    expect(text).toMatch(/^\*\*Holiday Name/);
    expect(reasoning).toBe('');
    expect(rest).toEqual([
      { type: 'start', reportedModel: 'gpt-4.1-nano-2025-04-14' },
      { type: 'usage', usage: { input: 16, output: 300, cacheRead: 0, reasoning: 0 } },
      { type: 'finish', finishReason: 'stop' },
    ]);
    expect(thrown).toBeUndefined();
  });

  test('a compatible vendor’s tool call, whole', () => {
    const body = recording('openai-compatible/tool-call.json');
    expect(provider.decodeResponse(body)).toEqual({
      content: [
        { type: 'reasoning', text: JSON.parse(body).choices[0].message.reasoning_content, isReturnable: true },
        { type: 'tool_call', id: 'call_46427107', name: 'weather', argumentsJson: '{"location":"San Francisco"}' },
      ],
      finishReason: 'tool_calls',
      usage: { input: 307, output: 281, cacheRead: 244, reasoning: 255 },
      reportedModel: 'grok-3-mini',
    });
  });

  test.each(piecesAndBreaks)(
    'a compatible vendor’s tool call, streamed, %i bytes at a time with %j',
    (size, lineBreak) => {
      const { text, reasoning, rest, thrown } = readStream('openai-compatible/tool-call.chunks.txt', size, lineBreak);
      expect(text).toBe('');
      expect(reasoning).toBe(recorded('openai-compatible/tool-call.chunks.txt', 'reasoning_content'));
      expect(reasoning).toMatch(/^First, the user .* logical next step\.$/s);
      expect(rest).toEqual([
        { type: 'start', reportedModel: 'grok-3-mini' },
        { type: 'tool_call', index: 0, id: 'call_79382389', name: 'weather' },
        { type: 'tool_arguments', index: 0, json: '{"location":"San Francisco"}' },
        { type: 'usage', usage: { input: 307, output: 253, cacheRead: 306, reasoning: 227 } },
        { type: 'finish', finishReason: 'tool_calls' },
      ]);
      expect(thrown).toBeUndefined();
    },
  );
});

describe.skipIf(missing)('recorded refusals', () => {
  test.each(['max-tokens', 'temperature'])(
    'say what the caller can mend (%s)',
    async (field) => {
      const body = recording(`openai/error-${field}-unsupported.json`);
      const refusing = createOpenAiProvider({ ...options, fetch: async () => new Response(body, { status: 400 }) });
      const { signal } = new AbortController();
      await expect(refusing.send({ model: 'o1', messages: [] }, { stream: false, signal })).rejects.toMatchObject({
        code: 'invalid_request',
        message: `OpenAI: ${JSON.parse(body).error.message}`,
      });
    },
    60_000,
  );
});
