import { expect, test } from 'vitest';
import { ByteReader } from '../../../src/gateway/byte-reader.ts';

const kib = 1024;

type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

/** As the runtime's own bodies: it fills the memory that a reader brings. */
function byteStream(pull: (controller: ReadableByteStreamController) => void): Bytes {
  return new ReadableStream({ type: 'bytes', pull }) as Bytes;
}

function streamOf(...chunks: readonly Uint8Array<ArrayBuffer>[]): Bytes {
  const open = [...chunks];
  return byteStream((controller) => {
    const chunk = open.shift();
    if (chunk) return controller.enqueue(chunk);
    controller.close();
    controller.byobRequest?.respond(0);
  });
}

async function next(reader: ByteReader): Promise<Uint8Array<ArrayBuffer> | undefined> {
  return reader.take(await reader.read());
}

async function readAll(reader: ByteReader): Promise<{ sizes: number[]; full: boolean[]; bytes: number[] }> {
  const sizes: number[] = [];
  const full: boolean[] = [];
  const bytes: number[] = [];
  for (let read = await next(reader); read; read = await next(reader)) {
    sizes.push(read.byteLength);
    full.push(reader.full);
    bytes.push(...read);
  }
  return { sizes, full, bytes };
}

test('a stream of small chunks is read with little memory', async () => {
  const chunks = Array.from({ length: 5 }, (_, index) => new Uint8Array(300).fill(index));
  const reader = new ByteReader(streamOf(...chunks));
  let memory = 0;
  for (let read = await next(reader); read; read = await next(reader)) {
    expect(read.byteLength).toBe(300);
    memory = Math.max(memory, read.buffer.byteLength);
  }
  expect(memory).toBe(4 * kib);
});

test('reads take more once one was full, and lose nothing', async () => {
  const sent = new Uint8Array(200 * kib).map((_, index) => index % 251);
  // Enqueuing takes a chunk's memory away.
  const { sizes, full, bytes } = await readAll(new ByteReader(streamOf(sent.slice())));
  expect(sizes).toEqual([4 * kib, 64 * kib, 64 * kib, 64 * kib, 4 * kib]);
  expect(full).toEqual([false, true, true, true, false]);
  expect(bytes).toEqual([...sent]);
});

test('a stream of JavaScript chunks is read chunk by chunk', async () => {
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      for (const chunk of [[1, 2], [], [3]]) controller.enqueue(new Uint8Array(chunk));
      controller.close();
    },
  });
  expect(await readAll(new ByteReader(stream))).toMatchObject({ sizes: [2, 0, 1], bytes: [1, 2, 3] });
});

test('a stream that breaks rejects with its own reason, each time', async () => {
  const reader = new ByteReader(byteStream((controller) => controller.error(new Error('broken'))));
  await expect(reader.read()).rejects.toThrow('broken');
  await expect(reader.read()).rejects.toThrow('broken');
  await expect(reader.cancel()).resolves.toBeUndefined();
});
