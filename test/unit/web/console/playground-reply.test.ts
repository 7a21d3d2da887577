import { afterEach, describe, expect, test, vi } from 'vitest';
import { sendChatBody } from '../../../../src/web/console/playground/send-chat-body.ts';
import { addChunk, emptyReply, type Reply } from '../../../../src/web/console/playground/streamed-reply.ts';

const body = { model: 'm', messages: [] };
const toEvent = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const toDelta = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const eventStream = { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': 'req_1' };

afterEach(() => vi.unstubAllGlobals());

/** Sends a request that is answered so, and returns all states of its reply. */
async function receive(response: Response, signal = new AbortController().signal): Promise<Reply[]> {
  vi.stubGlobal('fetch', async () => response);
  const states: Reply[] = [];
  await sendChatBody(body, { apiKey: 'key', signal, onChange: (reply) => states.push(reply) });
  return states;
}

describe('a reply', () => {
  test('collects text, reasoning, calls by their index, and usage', () => {
    const chunks = [
      toDelta({ role: 'assistant', content: '' }),
      toDelta({ reasoning_content: 'Think' }),
      toDelta({ reasoning_content: 'ing', reasoning_details: [{ data: 'a' }] }),
      toDelta({ content: 'Hel' }),
      toDelta({ content: 'lo' }),
      toDelta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] }),
      toDelta({ tool_calls: [{ index: 1, id: 'b', function: { name: 'g', arguments: '{' } }] }),
      toDelta({ tool_calls: [{ index: 1, function: { arguments: '}' } }] }),
      toDelta({}, 'tool_calls'),
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 2 } } },
    ];
    expect(chunks.reduce(addChunk, emptyReply)).toMatchObject({
      text: 'Hello',
      reasoning: 'Thinking',
      reasoningDetails: [{ data: 'a' }],
      toolCalls: [
        { id: 'a', name: 'f', argumentsText: '' },
        { id: 'b', name: 'g', argumentsText: '{}' },
      ],
      finishReason: 'tool_calls',
      usage: { tokensIn: 3, tokensOut: 4, cachedTokens: 2, reasoningTokens: undefined },
    });
  });

  test('passes over chunks that are not what they should be', () => {
    const chunks = [
      null,
      7,
      'x',
      [],
      {},
      { choices: {} },
      { choices: [{ delta: { content: 5, tool_calls: [null] } }] },
    ];
    expect(chunks.reduce(addChunk, emptyReply)).toMatchObject({ text: '', status: 'streaming' });
  });
});

describe('sending', () => {
  test('follows a stream to its end, with the headers and the times', async () => {
    const events = [toDelta({ content: 'Hi' }), toDelta({}, 'stop')].map(toEvent).join('');
    const states = await receive(new Response(`${events}data: [DONE]\n\n`, { headers: eventStream }));
    const last = states.at(-1);
    expect(last).toMatchObject({
      status: 'completed',
      text: 'Hi',
      finishReason: 'stop',
      headers: { requestId: 'req_1' },
    });
    expect(last?.firstByteMs).toBeLessThanOrEqual(last?.totalMs ?? 0);
  });

  test('decodes characters and events that are cut at any byte', async () => {
    const bytes = new TextEncoder().encode(toEvent(toDelta({ content: 'é漢😀' }, 'stop')));
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect((await receive(new Response(source, { headers: eventStream }))).at(-1)).toMatchObject({
      status: 'completed',
      text: 'é漢😀',
    });
  });

  test('keeps the text where a stream ends in an error', async () => {
    const events = [toDelta({ content: 'Hi' }), { error: { message: 'Broken', code: 'provider_error' } }];
    const states = await receive(new Response(events.map(toEvent).join(''), { headers: eventStream }));
    expect(states.at(-1)).toMatchObject({
      status: 'failed',
      text: 'Hi',
      error: { code: 'provider_error', message: 'Broken' },
    });
  });

  test('says that a stream broke off', async () => {
    const states = await receive(new Response(toEvent(toDelta({ content: 'Hi' })), { headers: eventStream }));
    expect(states.at(-1)).toMatchObject({ status: 'failed', text: 'Hi', error: { message: /broke off/ } });
  });

  test('reads an error with its status, code, message, field and request', async () => {
    const error = { message: 'Bad', type: 'invalid_request_error', code: null, param: 'temperature' };
    const init = { status: 400, headers: { 'x-request-id': 'req_2' } };
    expect((await receive(Response.json({ error }, init))).at(-1)).toMatchObject({
      status: 'failed',
      error: { status: 400, code: 'invalid_request_error', message: 'Bad', param: 'temperature' },
      headers: { requestId: 'req_2' },
    });
  });

  test('reads an error that is not JSON', async () => {
    const states = await receive(new Response('<h1>Bad gateway</h1>', { status: 502 }));
    expect(states.at(-1)).toMatchObject({ status: 'failed', error: { status: 502 } });
  });

  test('reads a whole reply', async () => {
    const choices = [{ message: { content: 'Hi' }, finish_reason: 'stop' }];
    const states = await receive(Response.json({ choices, usage: { prompt_tokens: 1, completion_tokens: 2 } }));
    expect(states.at(-1)).toMatchObject({ status: 'completed', text: 'Hi', usage: { tokensIn: 1, tokensOut: 2 } });
  });

  test('keeps the text of a stream that the visitor stops', async () => {
    const abort = new AbortController();
    const source = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(toEvent(toDelta({ content: 'Hi' }))));
        abort.signal.addEventListener('abort', () => controller.error(new DOMException('Aborted', 'AbortError')));
      },
    });
    vi.stubGlobal('fetch', async () => new Response(source, { headers: eventStream }));
    const states: Reply[] = [];
    const onChange = (reply: Reply) => {
      states.push(reply);
      if (reply.text === 'Hi') abort.abort();
    };
    await sendChatBody(body, { apiKey: 'key', signal: abort.signal, onChange });
    expect(states.at(-1)).toMatchObject({ status: 'stopped', text: 'Hi' });
  });
});
