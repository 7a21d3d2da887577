import { Anthropic } from '@anthropic-ai/sdk';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeDataEvent, SseWriter } from '../../../src/http/sse-writer.ts';
import { clientStreamed, request } from '../protocols/openai/sdk-client.ts';

/** The writes of a stream that is silent before its first event, between its events and before its end. */
async function writeSilentStream(events: readonly string[]): Promise<string[]> {
  const writes: string[] = [];
  const decoder = new TextDecoder();
  const writable = new WritableStream<Uint8Array>({ write: (bytes) => void writes.push(decoder.decode(bytes)) });
  vi.useFakeTimers();
  const writer = new SseWriter(writable, () => Date.now());
  for (const event of events) {
    await vi.advanceTimersByTimeAsync(31_000);
    await writer.write(event);
  }
  await vi.advanceTimersByTimeAsync(31_000);
  await writer.end();
  vi.useRealTimers();
  return writes;
}

/** What a client reads that takes each blank line for the end of an event, and each event's data for JSON, as openai-go did. */
function readStrictly(text: string): unknown[] {
  const values: unknown[] = [];
  let data = '';
  for (const line of text.split('\n').slice(0, -1)) {
    if (line === '') {
      values.push(data === '[DONE]' ? data : JSON.parse(data));
      data = '';
    } else if (line.startsWith('data: ')) data += line.slice('data: '.length);
  }
  return values;
}

describe('a keep-alive', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('is a write of its own: a comment line that ends no event', async () => {
    const events = [encodeDataEvent({ a: 1 }), encodeDataEvent({ b: 2 })];
    const writes = await writeSilentStream(events);
    const silence = [': keep-alive\n', ': keep-alive\n'];
    expect(writes).toEqual([...silence, events[0], ...silence, events[1], ...silence]);
    expect(readStrictly(writes.join(''))).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('is passed over by a parser of server-sent events, before fields of any name', async () => {
    const writes = await writeSilentStream(['id: 1\nevent: chunk\ndata: {"a":1}\n\n', 'data: {"b":2}\n\n']);
    const messages: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (message) => messages.push(message) });
    for (const write of writes) parser.feed(write);
    expect(messages).toMatchObject([{ id: '1', event: 'chunk', data: '{"a":1}' }, { data: '{"b":2}' }]);
  });

  it('is passed over by the client of OpenAI', async () => {
    const chunk = (content: string) => encodeDataEvent({ choices: [{ index: 0, delta: { content } }] });
    const writes = await writeSilentStream([chunk('a'), chunk('b'), 'data: [DONE]\n\n']);
    let text = '';
    const stream = await clientStreamed(writes).chat.completions.create({ ...request, stream: true });
    for await (const { choices } of stream) text += choices[0]?.delta.content;
    expect(text).toBe('ab');
  });

  it('is passed over by the client of Anthropic', async () => {
    const event = (data: { type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
    const writes = await writeSilentStream([event({ type: 'message_start' }), event({ type: 'message_stop' })]);
    const headers = { 'content-type': 'text/event-stream' };
    const fetch = async () => new Response(writes.join(''), { headers });
    const client = new Anthropic({ apiKey: 'k', maxRetries: 0, logLevel: 'off', fetch });
    const stream = await client.messages.create({ model: 'm', max_tokens: 9, messages: [], stream: true });
    const types: string[] = [];
    for await (const { type } of stream) types.push(type);
    expect(types).toEqual(['message_start', 'message_stop']);
  });
});
