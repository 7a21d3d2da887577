import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../../src/gateway/attempt.ts';
import { Deadlines } from '../../../src/gateway/deadlines.ts';
import { MeteredStream } from '../../../src/gateway/metered-stream.ts';
import { rewriteStream } from '../../../src/gateway/rewrite-stream.ts';
import { createProvider } from '../../../src/providers/create-provider.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';

const endpoint =
  createProvider(providerOptions(getDescriptor('openai'), { apiKey: 'k' })).endpoints?.chat ?? expect.unreachable();

/** Starts to pass a stream through without its usage chunk. */
function start(frames: readonly string[], beforeEnd?: (text: string) => Promise<void>) {
  const settled: string[] = [];
  const recorded: unknown[] = [];
  const attempt = {
    deadlines: new Deadlines({
      timeouts: { firstByteMs: 60_000, chunkMs: 60_000, totalMs: 60_000 },
      provider: 'OpenAI',
      streamed: true,
      clientSignal: new AbortController().signal,
      now: Date.now,
      startedAtMs: Date.now(),
    }),
    recordEvent: (event: { type: string }) => void (event.type === 'usage' && recorded.push(event)),
    complete: (finishReason: string) => void settled.push(finishReason),
    fail: (error: Error) => {
      settled.push(error.message);
      return error;
    },
  } as unknown as Attempt;
  const { readable, writable } = new IdentityTransformStream();
  const response = new Response(frames.map((data) => `data: ${data}\n\n`).join(''));
  const meter = new MeteredStream(attempt, endpoint);
  const encodeError = ({ code }: { code: string }) => `data: {"error":"${code}"}\n\n`;
  const stream = { attempt, meter, response, writable, encodeError, stripUsageChunk: true };
  const rewritten = rewriteStream({ ...stream, beforeEnd });
  return { readable, rewritten, settled, recorded };
}

/** Passes a stream through. Returns what the client gets, and what the meter has read. */
async function rewrite(frames: readonly string[]) {
  const { readable, rewritten, settled, recorded } = start(frames);
  const text = await new Response(readable).text();
  await rewritten;
  const received = text
    .split('\n\n')
    .slice(0, -1)
    .map((event) => event.replace('data: ', ''));
  return { received, recorded, settled };
}

const chunk = (more: object) => JSON.stringify({ model: 'm', ...more });
const usage = { prompt_tokens: 3, completion_tokens: 5 };
const text = chunk({ choices: [{ index: 0, delta: { content: 'Hi' } }], usage: null });
const stop = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
const counted = [{ type: 'usage', usage: { input: 3, output: 5 } }];

describe('a stream whose count of tokens the client did not ask for', () => {
  it.each([
    ['empty', chunk({ choices: [], usage })],
    ['empty, with blanks', chunk({ usage }).replace('{', '{ "choices" : [ ] , ')],
    ['null', chunk({ choices: null, usage })],
    ['absent', chunk({ usage })],
  ])('does not show it where choices is %s', async (_, counts) => {
    const { received, recorded, settled } = await rewrite([text, stop, counts, '[DONE]']);
    expect(received).toEqual([text, stop, '[DONE]']);
    expect(recorded).toEqual(counted);
    expect(settled).toEqual(['stop']);
  });

  it('keeps a chunk that has a choice beside its count', async () => {
    const last = chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage });
    expect(await rewrite([text, last, '[DONE]'])).toMatchObject({
      received: [text, last, '[DONE]'],
      recorded: counted,
    });
  });

  it('keeps a chunk that has neither a choice nor a count', async () => {
    const filtered = chunk({ choices: [], prompt_filter_results: [] });
    expect((await rewrite([filtered, text, stop, '[DONE]'])).received).toEqual([filtered, text, stop, '[DONE]']);
  });
});

it('passes on frames that cannot be read, and meters the rest', async () => {
  const junk = ['null', ': keepalive', 'ping', '""', 'true', '[]', '[PROCESSING]', '{"choices":['];
  const frames = [junk, text, junk, stop, junk].flat();
  const { received, recorded, settled } = await rewrite([...frames, chunk({ choices: [], usage }), '[DONE]']);
  expect(received).toEqual([...frames, '[DONE]']);
  expect(recorded).toEqual(counted);
  expect(settled).toEqual(['stop']);
});

it('ends in the error that the provider sent', async () => {
  const { received, settled } = await rewrite([text, 'null', '{"error":{"message":"no","code":429}}', text]);
  expect(received).toEqual([text, 'null', '{"error":{"message":"no","code":429}}']);
  expect(settled).toEqual(['OpenAI is limiting the rate of requests.']);
});

it('ends in an error of its own where the provider speaks of the account', async () => {
  const { received } = await rewrite([text, '{"error":{"message":"no","code":"insufficient_quota"}}', text]);
  expect(received).toEqual([text, '{"error":"provider_error"}']);
});

it('holds the last event, and nothing before it, until what has to come first is done', async () => {
  const done = Promise.withResolvers<void>();
  const texts: string[] = [];
  const { readable, rewritten } = start([text, stop, '[DONE]'], async (last) => {
    texts.push(last);
    await done.promise;
  });
  const reader = readable.pipeThrough(new TextDecoderStream()).getReader();
  let received = '';
  while (!received.includes(stop)) received += (await reader.read()).value ?? expect.unreachable();
  const rest = reader.read();
  expect(await Promise.race([rest, scheduler.wait(50)])).toBeUndefined();
  expect([received, texts]).toEqual([`data: ${text}\n\ndata: ${stop}\n\n`, ['data: [DONE]\n\n']]);
  done.resolve();
  expect((await rest).value).toBe('data: [DONE]\n\n');
  expect((await reader.read()).done).toBe(true);
  await rewritten;
});

it('holds nothing of a stream that breaks off', async () => {
  const { readable, rewritten } = start([text], async () => expect.unreachable());
  expect(await new Response(readable).text()).toContain('{"error":"provider_error"}');
  await rewritten;
});
