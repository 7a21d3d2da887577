import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Chunk, ChunkWriter } from '../../../src/jobs/chunk-writer.ts';

const intervalMs = 250;
let write: ReturnType<typeof vi.fn<(chunk: Chunk) => Promise<boolean>>>;
let writer: ChunkWriter;

beforeEach(() => {
  vi.useFakeTimers();
  write = vi.fn(async () => true);
  writer = new ChunkWriter({ eventCount: 2, write });
});
afterEach(() => vi.useRealTimers());

const written = () => write.mock.calls.map(([{ number, content }]) => [number, content]);

describe('ChunkWriter', () => {
  it('writes the text of a quarter of a second as one chunk, from the next event number on', async () => {
    writer.add({ content: 'a' });
    await vi.advanceTimersByTimeAsync(intervalMs - 1);
    writer.add({ content: 'b' });
    expect(written()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    writer.add({ content: 'c' });
    await vi.advanceTimersByTimeAsync(intervalMs);
    expect(written()).toEqual([
      [3, 'ab'],
      [4, 'c'],
    ]);
  });

  it('writes the events of a response with its text, also where they have none', async () => {
    writer.add({ content: 'a', events: '{"type":"x"}\n' });
    writer.add({ content: '', events: '{"type":"y"}\n' });
    await vi.advanceTimersByTimeAsync(intervalMs);
    writer.add({ content: '', events: '{"type":"z"}\n' });
    await vi.advanceTimersByTimeAsync(intervalMs);
    expect(write.mock.calls).toEqual([
      [{ number: 3, content: 'a', events: '{"type":"x"}\n{"type":"y"}\n' }],
      [{ number: 4, content: '', events: '{"type":"z"}\n' }],
    ]);
  });

  it('writes nothing without text', async () => {
    await vi.advanceTimersByTimeAsync(10 * intervalMs);
    expect(written()).toEqual([]);
    expect(await writer.end()).toEqual({ content: '', events: '' });
  });

  it('returns the unwritten text at its end and writes nothing afterwards', async () => {
    writer.add({ content: 'a' });
    await vi.advanceTimersByTimeAsync(intervalMs);
    writer.add({ content: 'b' });
    expect(await writer.end()).toEqual({ content: 'b', events: '' });
    writer.add({ content: 'c' });
    await vi.advanceTimersByTimeAsync(10 * intervalMs);
    expect(written()).toEqual([[3, 'a']]);
  });

  it('collects text during a write for the next chunk', async () => {
    const firstWrite = Promise.withResolvers<boolean>();
    write.mockReturnValueOnce(firstWrite.promise);
    writer.add({ content: 'a' });
    await vi.advanceTimersByTimeAsync(intervalMs);
    writer.add({ content: 'b' });
    await vi.advanceTimersByTimeAsync(10 * intervalMs);
    expect(written()).toEqual([[3, 'a']]);
    firstWrite.resolve(true);
    await vi.advanceTimersByTimeAsync(intervalMs);
    expect(written()).toEqual([
      [3, 'a'],
      [4, 'b'],
    ]);
  });

  it('repeats a failed write under the same number with the same text before the next chunk', async () => {
    write.mockRejectedValueOnce(new Error('no database'));
    writer.add({ content: 'a' });
    await vi.advanceTimersByTimeAsync(intervalMs);
    writer.add({ content: 'b' });
    await vi.advanceTimersByTimeAsync(2 * intervalMs);
    expect(written()).toEqual([
      [3, 'a'],
      [3, 'a'],
      [4, 'b'],
    ]);
  });

  it('repeats a failed write at its end', async () => {
    write.mockRejectedValueOnce(new Error('no database'));
    writer.add({ content: 'a' });
    await vi.advanceTimersByTimeAsync(intervalMs);
    writer.add({ content: 'b' });
    expect(await writer.end()).toEqual({ content: 'b', events: '' });
    expect(written()).toEqual([
      [3, 'a'],
      [3, 'a'],
    ]);
  });

  it('rejects at its end if the last chunk cannot be written, and can be ended again', async () => {
    write.mockRejectedValueOnce(new Error('first')).mockRejectedValueOnce(new Error('second'));
    writer.add({ content: 'a' });
    await vi.advanceTimersByTimeAsync(intervalMs);
    await expect(writer.end()).rejects.toThrow('second');
    expect(await writer.end()).toEqual({ content: '', events: '' });
    expect(written()).toEqual([
      [3, 'a'],
      [3, 'a'],
      [3, 'a'],
    ]);
  });

  it('waits at its end for the write under way', async () => {
    const slowWrite = Promise.withResolvers<boolean>();
    write.mockReturnValueOnce(slowWrite.promise);
    writer.add({ content: 'a' });
    await vi.advanceTimersByTimeAsync(intervalMs);
    const onEnd = vi.fn();
    const end = writer.end().then(onEnd);
    await vi.advanceTimersByTimeAsync(10 * intervalMs);
    expect(onEnd).not.toHaveBeenCalled();
    slowWrite.resolve(true);
    await end;
    expect(onEnd).toHaveBeenCalledExactlyOnceWith({ content: '', events: '' });
  });

  it('stops when the lease is lost', async () => {
    write.mockResolvedValueOnce(false);
    writer.add({ content: 'a' });
    await vi.advanceTimersByTimeAsync(intervalMs);
    writer.add({ content: 'b' });
    await vi.advanceTimersByTimeAsync(10 * intervalMs);
    expect(written()).toEqual([[3, 'a']]);
  });
});
