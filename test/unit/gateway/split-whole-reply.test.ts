import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../../src/gateway/deadlines.ts';
import { splitWholeReply } from '../../../src/gateway/split-whole-reply.ts';

function createDeadlines(client = new AbortController()): Deadlines {
  return new Deadlines({
    timeouts: { firstByteMs: 60_000, chunkMs: 60_000, totalMs: 60_000 },
    provider: 'Acme',
    streamed: true,
    clientSignal: client.signal,
    now: Date.now,
    startedAtMs: Date.now(),
  });
}

/** A reply whose body comes in these pieces. `pull` counts how many were read. */
function createReply(pieces: readonly string[], type = 'application/json') {
  const encoder = new TextEncoder();
  let read = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[read];
        read += 1;
        if (piece === undefined) controller.close();
        else controller.enqueue(encoder.encode(piece));
      },
    },
    { highWaterMark: 0 },
  );
  return { response: new Response(body, { headers: { 'content-type': type } }), read: () => read };
}

/** What a reply is, and all of its text. */
async function split(pieces: readonly string[], type?: string): Promise<[string, string]> {
  const reply = await splitWholeReply(createDeadlines(), createReply(pieces, type).response);
  const body = reply.type === 'whole' ? new Response(reply.body) : reply.response;
  return [reply.type, await body.text()];
}

const completion = '{"choices":[{"message":{"content":"Hi"}}]}';

describe('a reply to a request for a stream', () => {
  it.each([
    ['in one piece', [completion]],
    ['in many pieces', completion.split('')],
    ['with a line break behind it', [completion, '\n', '\n']],
    ['over many lines', [JSON.stringify(JSON.parse(completion), null, 2)]],
    ['longer than any line of a stream', ['{"a":"', 'x'.repeat(40_000), 'x'.repeat(40_000), '"}\n{}']],
    ['of another JSON type', [completion], 'application/problem+json; charset=utf-8'],
    ['that is called text', [completion], 'text/plain; charset=utf-8'],
    ['that is called HTML', [completion], 'text/html'],
    ['without a type', [completion], ''],
  ])('is whole where it is one JSON value %s', async (_, pieces, type = 'application/json') => {
    expect(await split(pieces, type)).toEqual(['whole', pieces.join('')]);
  });

  it.each([
    ['events', ['data: {"a":1}\n\n', 'data: [DONE]\n\n']],
    ['events behind a comment', [': hi', '\n\n', 'data: {}\n\n']],
    ['JSON lines', ['{"done":fal', 'se}\n{"do', 'ne":true}\n']],
    ['JSON lines without a last line break', ['{"done":false}\n{"done":true}']],
    ['nothing', []],
  ])('stays a stream of %s, every byte of it, though its type is another', async (_, pieces) => {
    for (const type of ['application/json', 'text/plain', '']) {
      expect(await split(pieces, type)).toEqual(['stream', pieces.join('')]);
    }
  });

  it('stays a stream as soon as that shows', async () => {
    const { response, read } = createReply(['data: 1\n\n', ...Array<string>(100).fill('data: 2\n\n')]);
    const reply = await splitWholeReply(createDeadlines(), response);
    expect(reply.type).toBe('stream');
    expect(read()).toBeLessThan(5);
  });

  it.each(['text/event-stream', 'text/event-stream; charset=utf-8', 'application/x-ndjson'])(
    'is not looked into where its type is %j',
    async (type) => {
      const { response, read } = createReply([completion], type);
      expect(await splitWholeReply(createDeadlines(), response)).toEqual({ type: 'stream', response });
      expect(read()).toBe(0);
    },
  );

  it('rejects with the reason of an abort', async () => {
    const client = new AbortController();
    const silent = new ReadableStream({ pull: () => new Promise(() => undefined) });
    const response = new Response(silent, { headers: { 'content-type': 'application/json' } });
    const reply = splitWholeReply(createDeadlines(client), response);
    client.abort();
    await expect(reply).rejects.toThrow(expect.objectContaining({ name: 'ClientDisconnectedError' }));
  });
});
