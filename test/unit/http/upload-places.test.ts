import { describe, expect, it } from 'vitest';
import { readUpload } from '../../../src/http/read-upload.ts';
import { UploadPlaces, uploadLimits } from '../../../src/http/upload-places.ts';

const limits = {
  ...uploadLimits,
  maxUploads: 2,
  maxUploadsPerTenant: 2,
  maxWaitMs: 40,
  maxUploadMs: 200,
  maxSilenceMs: 100,
  maxBytes: 10,
};
const never = new AbortController().signal;

describe('places', () => {
  it('are given while there are any, and again when they are free', async () => {
    const places = new UploadPlaces(Date.now, limits);
    const free = await places.take('ten_1', never);
    await places.take('ten_1', never);
    await expect(places.take('ten_1', never)).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 2 });
    const waiting = places.take('ten_1', never);
    free();
    free();
    await waiting;
    expect(places.taken).toBe(2);
  });

  it('are not all for one tenant', async () => {
    const places = new UploadPlaces(Date.now, { ...limits, maxUploads: 3 });
    const free = await places.take('ten_1', never);
    await places.take('ten_1', never);
    await expect(places.take('ten_1', never)).rejects.toMatchObject({ code: 'unavailable' });
    await places.take('ten_2', never);
    free();
    await places.take('ten_1', never);
    expect(places.taken).toBe(3);
  });

  it('are not waited for by a client that has left', async () => {
    const places = new UploadPlaces(Date.now, { ...limits, maxUploads: 0, maxWaitMs: 60_000 });
    const client = new AbortController();
    const waiting = places.take('ten_1', client.signal);
    client.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
  });

  it('are free again where the runtime has dropped their requests', async () => {
    let nowMs = 0;
    const places = new UploadPlaces(() => nowMs, { ...limits, maxUploads: 1 });
    await places.take('ten_1', never);
    nowMs = 15 * 60_000;
    await places.take('ten_1', never);
    expect(places.taken).toBe(1);
  });
});

describe('an upload', () => {
  const bytes = (length: number) => new Uint8Array(length).fill(7);

  /** A body that sends these, and then nothing more. */
  function open(chunks: readonly Uint8Array[], { ends = true, everyMs = 0 } = {}) {
    const queue = [...chunks];
    let cancelled: unknown;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (everyMs > 0) await scheduler.wait(everyMs);
        const chunk = queue.shift();
        if (chunk) controller.enqueue(chunk);
        else if (ends) controller.close();
        else await new Promise(() => undefined);
      },
      cancel(reason) {
        cancelled = reason;
      },
    });
    return { request: { headers: new Headers(), body }, cancelled: () => cancelled };
  }

  it('is read whole', async () => {
    const { request } = open([bytes(4), bytes(6)]);
    expect(await readUpload(request, never, limits)).toEqual(bytes(10));
  });

  it('is refused by its length before it is read', async () => {
    const { request } = open([]);
    const headers = new Headers({ 'content-length': '11' });
    await expect(readUpload({ ...request, headers }, never, limits)).rejects.toMatchObject({
      code: 'payload_too_large',
    });
  });

  it('is refused as soon as it is too long', async () => {
    const { request, cancelled } = open([bytes(6), bytes(6)], { ends: false });
    await expect(readUpload(request, never, limits)).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(cancelled()).toMatchObject({ code: 'payload_too_large' });
  });

  it('is refused where it is silent', async () => {
    const { request, cancelled } = open([bytes(1)], { ends: false });
    await expect(readUpload(request, never, { ...limits, maxUploadMs: 60_000 })).rejects.toMatchObject({
      code: 'invalid_request',
      detail: 'slow_upload',
    });
    expect(cancelled()).toMatchObject({ detail: 'slow_upload' });
  });

  it('is refused where it never ends', async () => {
    const { request } = open(
      Array.from({ length: 100 }, () => bytes(0)),
      { everyMs: 20 },
    );
    const slow = readUpload(request, never, { ...limits, maxSilenceMs: 60_000 });
    await expect(slow).rejects.toMatchObject({ detail: 'slow_upload' });
  });

  it('ends when the client leaves', async () => {
    const { request, cancelled } = open([bytes(1)], { ends: false });
    const client = new AbortController();
    const reading = readUpload(request, client.signal, { ...limits, maxUploadMs: 60_000, maxSilenceMs: 60_000 });
    await scheduler.wait(5);
    const left = new Error('left');
    client.abort(left);
    await expect(reading).rejects.toBe(left);
    expect(cancelled()).toBe(left);
  });
});
