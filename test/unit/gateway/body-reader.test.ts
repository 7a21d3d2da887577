import { expect, test } from 'vitest';
import { readBody } from '../../../src/gateway/body-reader.ts';
import { Deadlines } from '../../../src/gateway/deadlines.ts';

const deadlines = () =>
  new Deadlines({
    timeouts: { firstByteMs: 10_000, chunkMs: 10_000, totalMs: 60_000 },
    provider: 'Acme',
    streamed: false,
    clientSignal: new AbortController().signal,
    now: () => Date.now(),
    startedAtMs: Date.now(),
  });

/** Returns a body of pieces of one mebibyte, and a function that counts the pieces read so far. */
function long(pieces: number) {
  const piece = new Uint8Array(2 ** 20);
  let reads = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        reads += 1;
        if (reads > pieces) controller.close();
        else controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
  return { body, countReads: () => reads };
}

test('a short reply is returned unchanged', async () => {
  const response = new Response('{"a":1}', { headers: { 'content-length': '7' } });
  expect(new TextDecoder().decode(await readBody(deadlines(), response))).toBe('{"a":1}');
});

test.each([
  ['no length', {}],
  ['the short length of its compressed bytes', { 'content-length': '100', 'content-encoding': 'br' }],
])('a reply with %s is read up to 64 MB, and no further', async (_, headers) => {
  const { body, countReads } = long(200);
  const response = new Response(body, {
    headers: new Headers(headers as Record<string, string>),
    encodeBody: 'manual',
  });
  await expect(readBody(deadlines(), response)).rejects.toMatchObject({
    code: 'provider_error',
    message: 'The provider sent more than 64 MB.',
  });
  expect(countReads()).toBeLessThan(70);
});
