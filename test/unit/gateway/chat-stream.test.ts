import { expect, test } from 'vitest';
import type { Attempt } from '../../../src/gateway/attempt.ts';
import { ChatStream } from '../../../src/gateway/chat-stream.ts';
import { Deadlines } from '../../../src/gateway/deadlines.ts';
import { OpenAiStreamDecoder } from '../../../src/providers/openai/decode-openai-chat-stream.ts';

const chunk = (choice: object) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`;
const text = chunk({ delta: { content: 'Hi' } });
const end = `${chunk({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`;
const error = `data: ${JSON.stringify({ error: { message: 'out of order' } })}\n\n`;

/** The events of a body that comes in these pieces, and how often its call was settled by what. */
function open(pieces: readonly string[], breaks = false) {
  const settled: string[] = [];
  let discarded = 0;
  const encoder = new TextEncoder();
  const left = pieces.map((piece) => encoder.encode(piece));
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = left.shift();
      if (next) controller.enqueue(next);
      else if (breaks) controller.error(new Error('reset'));
      else controller.close();
    },
  });
  const attempt = {
    deadlines: new Deadlines({
      timeouts: { firstByteMs: 1_000, chunkMs: 1_000, totalMs: 1_000 },
      provider: 'OpenAI',
      streamed: true,
      clientSignal: new AbortController().signal,
      now: Date.now,
      startedAtMs: Date.now(),
    }),
    recordEvent: () => undefined,
    complete: (finishReason: string) => {
      settled.push(finishReason);
      return { finishReason };
    },
    discardReply: () => {
      discarded += 1;
    },
    fail: (thrown: Error) => {
      settled.push(thrown.message);
      return thrown;
    },
  };
  const decoder = new OpenAiStreamDecoder({ vendor: { name: 'OpenAI', apiKey: undefined }, requiresDone: true });
  const events = new ChatStream(attempt as unknown as Attempt, new Response(body), decoder);
  return { events, settled, countDiscarded: () => discarded };
}

test('text before an error in the same chunk arrives before the error', async () => {
  const { events, settled } = open([text + error]);
  expect(await events.read()).toMatchObject([{ type: 'text', text: 'Hi' }]);
  await expect(events.read()).rejects.toThrow('OpenAI failed');
  expect(settled).toHaveLength(1);
  expect(await events.read()).toBeUndefined();
});

test('no event follows the end, even if the same chunk continues with an error', async () => {
  const { events, settled } = open([text, end + error]);
  expect(await events.read()).toHaveLength(1);
  expect(await events.read()).toMatchObject([{ type: 'done' }]);
  expect(await events.read()).toBeUndefined();
  await events.stop();
  expect(settled).toEqual(['stop']);
});

test('a reply that is stopped behind its end counts as one that the client does not get', async () => {
  const { events, countDiscarded } = open([text, end]);
  while (await events.read());
  expect(countDiscarded()).toBe(0);
  await events.stop();
  expect(countDiscarded()).toBe(1);
});

test('a broken connection is reported once', async () => {
  const { events, settled } = open([text], true);
  expect(await events.read()).toHaveLength(1);
  await expect(events.read()).rejects.toThrow('The connection to the provider broke');
  await events.stop();
  expect(settled).toHaveLength(1);
});

test('a connection that breaks after a complete reply is no error', async () => {
  const { events, settled } = open([text, end.trimEnd()], true);
  expect(await events.read()).toHaveLength(1);
  expect(await events.read()).toMatchObject([{ type: 'done' }]);
  expect(await events.read()).toBeUndefined();
  expect(settled).toEqual(['stop']);
});
