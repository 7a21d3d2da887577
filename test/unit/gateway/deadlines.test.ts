import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ClientDisconnectedError, Deadlines } from '../../../src/gateway/deadlines.ts';

const timeouts = { firstByteMs: 10_000, chunkMs: 1_000, totalMs: 30_000 };
let client: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  client = new AbortController();
});
afterEach(() => vi.useRealTimers());

function start({ streamed = true, onTick }: { streamed?: boolean; onTick?: () => void } = {}): Deadlines {
  return new Deadlines({
    timeouts,
    provider: 'Acme',
    streamed,
    clientSignal: client.signal,
    now: () => Date.now(),
    startedAtMs: Date.now(),
    onTick,
  });
}

/** A step of the provider's that ends when it is aborted, as a fetch does. */
function silence({ signal }: Deadlines): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
}

async function outcomeAfter(ms: number, step: Promise<unknown>): Promise<unknown> {
  let outcome: unknown = 'waiting';
  step.then(
    (value) => (outcome = value),
    (error) => (outcome = error),
  );
  await vi.advanceTimersByTimeAsync(ms);
  return outcome;
}

test('the first byte has its own deadline, counted from the start over all steps', async () => {
  const deadlines = start();
  await vi.advanceTimersByTimeAsync(4_000);
  await deadlines.race(Promise.resolve('headers'));
  const body = deadlines.race(silence(deadlines));
  body.catch(() => undefined);
  expect(await outcomeAfter(5_999, body)).toBe('waiting');
  expect(await outcomeAfter(1, body)).toMatchObject({
    code: 'provider_timeout',
    message: 'Acme sent nothing within 10000 ms.',
  });
});

test('after it the silence between two chunks has, though the first was armed for longer', async () => {
  const deadlines = start();
  await deadlines.race(Promise.resolve());
  deadlines.markByte();
  for (let chunk = 0; chunk < 20; chunk += 1) {
    await vi.advanceTimersByTimeAsync(900);
    await deadlines.race(Promise.resolve());
  }
  const step = deadlines.race(silence(deadlines));
  step.catch(() => undefined);
  expect(await outcomeAfter(999, step)).toBe('waiting');
  expect(await outcomeAfter(1, step)).toMatchObject({ message: 'Acme sent no further chunk within 1000 ms.' });
});

test('a client that reads slowly takes nothing of the time that the provider has', async () => {
  const deadlines = start();
  deadlines.markByte();
  await deadlines.race(Promise.resolve());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(deadlines.signal.aborted).toBe(false);
  expect(await deadlines.race(Promise.resolve('more'))).toBe('more');
});

test.each([
  ['before its first byte', () => undefined],
  ['between two chunks', (deadlines: Deadlines) => deadlines.markByte()],
])('a call that is not streamed is bounded by its total time alone, %s', async (_, prepare) => {
  const deadlines = start({ streamed: false });
  prepare(deadlines);
  const step = deadlines.race(silence(deadlines));
  step.catch(() => undefined);
  expect(await outcomeAfter(29_999, step)).toBe('waiting');
  expect(await outcomeAfter(1, step)).toMatchObject({
    code: 'provider_timeout',
    message: 'Acme did not finish within 30000 ms.',
    detail: 'total_timeout',
  });
});

test('a client that leaves ends what is under way, also if it left before', async () => {
  const deadlines = start();
  const step = deadlines.race(silence(deadlines));
  client.abort();
  await expect(step).rejects.toBeInstanceOf(ClientDisconnectedError);
  expect(start().signal.reason).toBeInstanceOf(ClientDisconnectedError);
});

test('a watch that has ended leaves no timer behind', async () => {
  const deadlines = start({ streamed: false });
  await deadlines.race(Promise.resolve());
  deadlines.end(false);
  expect(vi.getTimerCount()).toBe(0);
  client.abort();
  expect(deadlines.signal.aborted).toBe(false);
});

test('one timer serves the deadlines of a call and what is done every five seconds while it lasts', async () => {
  const tick = vi.fn();
  const deadlines = start({ onTick: tick });
  const step = deadlines.race(silence(deadlines));
  step.catch(() => undefined);
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(9_999);
  expect(tick).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(1);
  expect(await outcomeAfter(1, step)).toMatchObject({ message: 'Acme sent nothing within 10000 ms.' });
});

test('it is done through all the silence of a client that reads slowly, and no longer than the call lasts', async () => {
  const tick = vi.fn();
  const deadlines = start({ onTick: tick });
  await deadlines.race(Promise.resolve());
  deadlines.markByte();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tick).toHaveBeenCalledTimes(12);
  deadlines.end(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(tick).toHaveBeenCalledTimes(12);
});
