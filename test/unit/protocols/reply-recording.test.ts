import { beforeEach, describe, expect, it } from 'vitest';
import { ReplyRecording } from '../../../src/protocols/reply-recording.ts';
import { ByteBudget, ReplyBuffer } from '../../../src/reply-cache/reply-buffer.ts';
import type { NewReply } from '../../../src/reply-cache/reply-cache.ts';
import type { UsageRecord } from '../../../src/usage/usage-record.ts';
import { buildUsageRecord } from '../../support/usage-record.ts';

const report = { route: undefined, translation: undefined };
const end = (changes: Partial<UsageRecord> = {}) => buildUsageRecord({ tenantId: 'ten_1', ...changes });

let stored: NewReply[];
let work: Promise<unknown>[];

beforeEach(() => {
  stored = [];
  work = [];
});

function record(source: 'sync' | 'stream', budget = new ByteBudget(10_000)): ReplyRecording {
  return new ReplyRecording({
    request: { source, waitUntil: (promise) => work.push(promise) },
    buffer: new ReplyBuffer(budget, 10_000),
    store: (reply) => stored.push(reply),
  });
}

describe('a whole reply', () => {
  it('is stored by the last attempt', async () => {
    const recording = record('sync');
    const first = recording.observeAttempt();
    const second = recording.observeAttempt();
    second(end({ provider: 'claude' }));
    first(end({ provider: 'openai', status: 'failed', finishReason: null }));
    const response = await recording.record(Response.json({ a: 1 }), { ...report, route: 'fast' });
    expect(await response.text()).toBe('{"a":1}');
    expect(stored).toMatchObject([
      { provider: 'claude', route: 'fast', headers: [['content-type', 'application/json']] },
    ]);
  });

  it.each<[string, UsageRecord | undefined]>([
    ['without an end', undefined],
    ['of a failed attempt', end({ status: 'failed', finishReason: null })],
    ['of a client that has left', end({ status: 'client_gone', finishReason: null })],
    ['that refuses, or that a content filter has stopped', end({ finishReason: 'content_filter' })],
  ])('is not stored %s', async (_, attemptRecord) => {
    const recording = record('sync');
    recording.observeAttempt()(attemptRecord);
    expect(await (await recording.record(new Response('a'), report)).text()).toBe('a');
    expect(stored).toEqual([]);
  });

  it('is not stored with another status', async () => {
    const recording = record('sync');
    recording.observeAttempt()(end());
    expect((await recording.record(new Response('a', { status: 202 }), report)).status).toBe(202);
    expect(stored).toEqual([]);
  });
});

describe('a stream', () => {
  const observed = (budget?: ByteBudget) => {
    const recording = record('stream', budget);
    const endAttempt = recording.observeAttempt();
    const { readable, writable } = new IdentityTransformStream();
    const writer = writable.getWriter();
    const write = (text: string) => writer.write(new TextEncoder().encode(text));
    return { recording, endAttempt, readable, writer, write };
  };

  it('is stored before the client sees its end', async () => {
    const { recording, endAttempt, readable, writer, write } = observed();
    const reader = (await recording.record(new Response(readable), report)).body?.getReader();
    const written = write('one');
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('one');
    await written;
    expect(stored).toEqual([]);
    endAttempt(end());
    const closed = writer.close();
    expect((await reader?.read())?.done).toBe(true);
    await closed;
    expect(new TextDecoder().decode(stored[0]?.body)).toBe('one');
  });

  it('is not stored where what the provider completed does not reach the client whole', async () => {
    const { recording, endAttempt, readable, writer, write } = observed();
    const response = await recording.record(new Response(readable), report);
    const sent = write('half').then(() => {
      endAttempt(end());
      endAttempt(undefined);
      return writer.close();
    });
    expect(await response.text()).toBe('half');
    await sent;
    expect(stored).toEqual([]);
  });

  it('is not stored where it breaks, and breaks for the client', async () => {
    const { recording, endAttempt, readable, writer } = observed();
    const response = await recording.record(new Response(readable), report);
    endAttempt(end());
    await writer.abort(new Error('broken'));
    await expect(response.text()).rejects.toThrow();
    await Promise.all(work);
    expect(stored).toEqual([]);
  });

  it('is cancelled where its client leaves, and gives back what it has gathered', async () => {
    const budget = new ByteBudget(10_000);
    const { recording, endAttempt, readable, write } = observed(budget);
    const reader = (await recording.record(new Response(readable), report)).body?.getReader();
    const written = write('one');
    await reader?.read();
    await written;
    expect(budget.take(10_000)).toBe(false);
    endAttempt(end());
    await reader?.cancel();
    await expect(write('two').then(() => write('three'))).rejects.toThrow();
    await Promise.all(work);
    expect([stored, budget.take(10_000)]).toEqual([[], true]);
  });

  it('reaches the client whole where there is no room for it', async () => {
    const { recording, endAttempt, readable, writer, write } = observed(new ByteBudget(100));
    const response = await recording.record(new Response(readable), report);
    const sent = write('a'.repeat(101)).then(() => {
      endAttempt(end());
      return writer.close();
    });
    expect(await response.text()).toHaveLength(101);
    await sent;
    expect(stored).toEqual([]);
  });
});
