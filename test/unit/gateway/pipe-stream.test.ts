import { expect, it } from 'vitest';
import type { Attempt } from '../../../src/gateway/attempt.ts';
import { Deadlines } from '../../../src/gateway/deadlines.ts';
import { MeteredStream } from '../../../src/gateway/metered-stream.ts';
import { pipeStream } from '../../../src/gateway/pipe-stream.ts';
import { createProvider } from '../../../src/providers/create-provider.ts';
import { getDescriptor, providerOptions } from '../../support/provider-options.ts';

const endpoint =
  createProvider(providerOptions(getDescriptor('openai'), { apiKey: 'k' })).endpoints?.chat ?? expect.unreachable();
const stop = JSON.stringify({ model: 'm', choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] });
const whole = `data: ${stop}\n\ndata: [DONE]\n\n`;

/** Pipes a whole reply, whose body then ends as `end` says. Returns what was called for it, in order. */
async function pipe(
  end: (body: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => void,
): Promise<{ calls: string[]; text: string }> {
  const calls: string[] = [];
  const ended = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
      controller.enqueue(new Uint8Array(new TextEncoder().encode(whole)));
      void ended.promise.then(() => end(controller));
    },
  });
  const attempt = {
    deadlines: new Deadlines({
      timeouts: { firstByteMs: 60_000, chunkMs: 60_000, totalMs: 60_000 },
      provider: 'OpenAI',
      streamed: true,
      clientSignal: new AbortController().signal,
      now: Date.now,
      startedAtMs: Date.now(),
    }),
    recordEvent: () => undefined,
    complete: () => {
      calls.push('completed');
      ended.resolve();
    },
    discardReply: () => void calls.push('discarded'),
  } as unknown as Attempt;
  const { readable, writable } = new IdentityTransformStream();
  const meter = new MeteredStream(attempt, endpoint);
  const stream = { attempt, meter, response: new Response(null), writable, encodeError: () => '' };
  const piped = pipeStream(stream, body);
  const text = await new Response(readable).text();
  await piped;
  return { calls, text };
}

it('passes a reply on to its end', async () => {
  expect(await pipe((body) => body.close())).toEqual({ calls: ['completed'], text: whole });
});

it('discards a reply whose connection breaks behind its end, for the client may lack a part of it', async () => {
  const { calls } = await pipe((body) => body.error(new Error('reset')));
  expect(calls).toEqual(['completed', 'discarded']);
});
