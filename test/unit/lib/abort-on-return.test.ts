import { expect, test } from 'vitest';
import { abortOnReturn } from '../../../src/lib/abort-on-return.ts';

/** Says one value, then waits until it is told to stop. */
function createValues() {
  const state = { stopped: false };
  async function* run(signal: AbortSignal): AsyncGenerator<string, void> {
    yield 'first';
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    state.stopped = true;
  }
  return { state, run };
}

test('values pass until the reader asks for no more, even while the next one is awaited', async () => {
  const { state, run } = createValues();
  const values = abortOnReturn(new AbortController().signal, run);
  expect(await values.next()).toEqual({ done: false, value: 'first' });
  const waiting = values.next();
  expect(await values.return?.()).toEqual({ done: true, value: undefined });
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(state.stopped).toBe(true);
});

test('a client that leaves ends them, too', async () => {
  const { state, run } = createValues();
  const client = new AbortController();
  const values = abortOnReturn(client.signal, run);
  await values.next();
  const waiting = values.next();
  client.abort();
  expect((await waiting).done).toBe(true);
  expect(state.stopped).toBe(true);
});
