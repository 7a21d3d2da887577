import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followJobText } from '../../../../src/web/console/jobs/follow-job-text.ts';

const pauseMs = 2_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const toChunk = (id: string, attempt: number, content: string) =>
  `id: ${id}\nevent: chunk\ndata: ${JSON.stringify({ type: 'chunk', attempt, content })}\n\n`;
const refuse = (status: number) => () => Response.json({ error: { code: 'x' } }, { status });
const answer = (events: string) => () => new Response(events, { headers: { 'content-type': 'text/event-stream' } });

/** A stream whose connection breaks off after these events. */
const cut = (events: string) => () => {
  const parts = [new TextEncoder().encode(events)];
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const part = parts.shift();
    if (part) controller.enqueue(part);
    else controller.error(new TypeError('network error'));
  };
  return new Response(new ReadableStream({ pull }));
};

const lose = () => {
  throw new TypeError('Failed to fetch');
};

/** Follows a job of a gateway that gives these answers one after the other, and then says that there are no more events. */
function follow(answers: readonly (() => Response)[]) {
  const requests: { readonly url: string; readonly headers: unknown }[] = [];
  vi.stubGlobal('fetch', async (url: string, { headers }: RequestInit) => {
    requests.push({ url, headers });
    return answers[requests.length - 1]?.() ?? new Response(null, { status: 204 });
  });
  const controller = new AbortController();
  const texts: string[] = [];
  let hasEnded = false;
  followJobText('job/1', { apiKey: 'key', signal: controller.signal, onText: (text) => texts.push(text) }).then(() => {
    hasEnded = true;
  });
  return { requests, texts, controller, hasEnded: () => hasEnded };
}

/** Waits for what comes without timers. */
const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

async function passPause(): Promise<void> {
  await settle();
  await vi.advanceTimersByTimeAsync(pauseMs);
  await settle();
}

describe('followJobText', () => {
  it.each([429, 500, 502, 503, 504])('asks again after a pause when the gateway answers %i', async (status) => {
    const { requests, texts, hasEnded } = follow([refuse(status), refuse(status), answer(toChunk('1', 1, 'Hello'))]);
    await settle();
    await vi.advanceTimersByTimeAsync(pauseMs - 1);
    await settle();
    expect(requests).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await settle();
    expect(requests).toHaveLength(2);
    await passPause();
    expect(texts).toEqual(['Hello']);
    await passPause();
    expect(requests).toHaveLength(4);
    expect(hasEnded()).toBe(true);
  });

  it.each([400, 401, 403, 404])('gives up when the gateway answers %i', async (status) => {
    const { requests, texts, hasEnded } = follow([refuse(status), answer(toChunk('1', 1, 'Hello'))]);
    await settle();
    expect(hasEnded()).toBe(true);
    expect(requests).toEqual([{ url: '/api/jobs/job%2F1/events', headers: { 'x-api-key': 'key' } }]);
    expect(texts).toEqual([]);
  });

  it('continues from the last event when the connection breaks off', async () => {
    const { requests, texts, hasEnded } = follow([
      cut(toChunk('1', 1, 'Hel')),
      lose,
      answer(toChunk('2', 1, 'lo') + toChunk('3', 1, ' you')),
    ]);
    for (let count = 0; count < 3; count += 1) await passPause();
    expect(texts).toEqual(['Hel', 'Hello', 'Hello you']);
    expect(requests.map(({ headers }) => headers)).toEqual([
      { 'x-api-key': 'key' },
      { 'x-api-key': 'key', 'last-event-id': '1' },
      { 'x-api-key': 'key', 'last-event-id': '1' },
      { 'x-api-key': 'key', 'last-event-id': '3' },
    ]);
    expect(hasEnded()).toBe(true);
  });

  it('begins the text again with the next attempt, and passes over other events', async () => {
    const status = `id: 2\nevent: status\ndata: {"type":"status","status":"running"}\n\n`;
    const { texts } = follow([answer(toChunk('1', 1, 'Lost') + status + toChunk('3', 2, 'Ne') + toChunk('4', 2, 'w'))]);
    await settle();
    expect(texts).toEqual(['Lost', 'Ne', 'New']);
  });

  it('asks no more once it is aborted', async () => {
    const { requests, controller, hasEnded } = follow([refuse(503), refuse(503)]);
    await settle();
    controller.abort();
    await passPause();
    expect(hasEnded()).toBe(true);
    expect(requests).toHaveLength(1);
  });
});
