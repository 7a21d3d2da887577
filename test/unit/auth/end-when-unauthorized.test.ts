import { describe, expect, it, vi } from 'vitest';
import { endWhenUnauthorized } from '../../../src/auth/end-when-unauthorized.ts';
import { abortOnReturn } from '../../../src/lib/abort-on-return.ts';

/** Yields values, then waits until it is aborted. */
function createSource(values: readonly string[]) {
  const state = { hasEnded: false };
  async function* run(signal: AbortSignal): AsyncGenerator<string, void> {
    try {
      yield* values;
      if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    } finally {
      state.hasEnded = true;
    }
  }
  return { state, source: abortOnReturn(new AbortController().signal, run) };
}

const revoked = new Error('revoked');

describe('endWhenUnauthorized', () => {
  it('checks before each value, and yields none once the check fails', async () => {
    const { state, source } = createSource(['first', 'second']);
    const authorize = vi.fn(async () => undefined).mockResolvedValueOnce(undefined);
    const values = endWhenUnauthorized(source, authorize);
    expect(await values.next()).toEqual({ done: false, value: 'first' });
    expect(authorize).toHaveBeenCalledOnce();
    authorize.mockRejectedValue(revoked);
    await expect(values.next()).rejects.toBe(revoked);
    expect(await values.next()).toEqual({ done: true, value: undefined });
    await vi.waitFor(() => expect(state.hasEnded).toBe(true));
  });

  it('yields nothing more after its error, though its source goes on', async () => {
    const source: AsyncIterator<string> = { next: async () => ({ done: false, value: 'more' }) };
    const values = endWhenUnauthorized(source, async () => {
      throw revoked;
    });
    await expect(values.next()).rejects.toBe(revoked);
    expect(await values.next()).toEqual({ done: true, value: undefined });
  });

  it('checks while no value comes, and ends the source', async () => {
    const { state, source } = createSource([]);
    const authorize = vi.fn(async () => undefined).mockResolvedValueOnce(undefined);
    authorize.mockRejectedValue(revoked);
    await expect(endWhenUnauthorized(source, authorize).next()).rejects.toBe(revoked);
    expect(authorize.mock.calls.length).toBeGreaterThan(0);
    await vi.waitFor(() => expect(state.hasEnded).toBe(true));
  });

  it('ends the source when its reader returns', async () => {
    const { state, source } = createSource(['first']);
    const values = endWhenUnauthorized(source, async () => undefined);
    await values.next();
    const pending = values.next();
    await values.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(state.hasEnded).toBe(true);
  });
});
