import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NativeEventWriter, splitText, truncateMessage } from '../../../../src/protocols/native/native-event-writer.ts';
import { ReplayableStream } from '../../../../src/protocols/native/replayable-stream.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** A client that takes every write at once. */
function openStream() {
  const writes: string[] = [];
  const decoder = new TextDecoder();
  const writable = new WritableStream<Uint8Array>({ write: (chunk) => void writes.push(decoder.decode(chunk)) });
  return { writes, writer: new ReplayableStream(new NativeEventWriter(writable, () => Date.now()), undefined) };
}

test('an event is one write of one line of JSON', async () => {
  const { writes, writer } = openStream();
  await writer.write({ type: 'start', requestId: 'req_1' });
  await writer.writeText('a\nb');
  await writer.end({ type: 'done', cost: null });
  expect(writes).toEqual([
    'data: {"type":"start","requestId":"req_1"}\n\n',
    'data: {"type":"chunk","content":"a\\nb"}\n\n',
    'data: {"type":"done","cost":null}\n\n',
  ]);
});

test('characters at which some readers break lines are escaped', async () => {
  const { writes, writer } = openStream();
  const text = 'a\u0085b\u2028c\u2029d\u001ce\u001df\u001eg\u000bh\u000ci\u007fj\u009fk';
  await writer.writeText(text);
  expect(writes.join('')).toMatch(/^[\x20-\x7e\n]+$/);
  expect(JSON.parse(writes[0]?.slice(6) ?? '').content).toBe(text);
  await writer.end({ type: 'done' });
});

describe('long text', () => {
  test.each([
    ['letters', 'x'],
    ['emoji', '👩‍👩‍👧‍👦'],
    ['characters that need six bytes each', '\u0001'],
    ['halves of characters', '\ud83d'],
    ['line separators', '\u2028'],
  ])('of %s comes in events of at most 4 KiB that never part a character', async (_, unit) => {
    const text = unit.repeat(Math.ceil(20_001 / unit.length));
    const { writes, writer } = openStream();
    await writer.writeText(text);
    expect(writes.length).toBeGreaterThan(1);
    for (const write of writes) expect(bytesOf(write)).toBeLessThanOrEqual(4096);
    const pieces = writes.map((write) => JSON.parse(write.slice(6)).content);
    expect(pieces.join('')).toBe(text);
    if (text.isWellFormed()) for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
    await writer.end({ type: 'done' });
  });

  test('is split into nothing where there is none', () => {
    expect([...splitText('')]).toEqual([]);
  });

  test('of an error is cut to what fits', () => {
    expect(truncateMessage('short')).toBe('short');
    const long = truncateMessage('👍'.repeat(5000));
    expect(long.length).toBeLessThan(600);
    expect(long.isWellFormed()).toBe(true);
  });
});

describe('a silent stream', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test('gets a comment every 15 seconds, counted from the last write', async () => {
    const { writes, writer } = openStream();
    await writer.write({ type: 'start' });
    await vi.advanceTimersByTimeAsync(14_000);
    await writer.writeText('a');
    await vi.advanceTimersByTimeAsync(14_999);
    expect(writes).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(writes.slice(2)).toEqual([': keep-alive\n']);
    await vi.advanceTimersByTimeAsync(45_000);
    expect(writes.slice(3)).toEqual(Array(3).fill(': keep-alive\n'));
    await writer.end({ type: 'done' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(writes).toHaveLength(7);
  });

  test('gets no further comment while its client does not read', async () => {
    const write = vi.fn(() => new Promise<void>(() => undefined));
    const writer = new NativeEventWriter(new WritableStream({ write }), () => Date.now());
    void writer.write({ type: 'start' });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(write).toHaveBeenCalledTimes(1);
    // The sink's own write never ends, and so neither does this.
    void writer.abandon(new Error('left'));
  });
});
