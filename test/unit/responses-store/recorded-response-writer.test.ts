import { describe, expect, it } from 'vitest';
import { RecordedResponseWriter } from '../../../src/responses-store/recorded-response-writer.ts';

const rowOf = (id: string) => ({ tenantId: 'ten_1', id, provider: 'openai', itemIds: [] });

/** A writer whose statements wait until the test ends them. */
function openWriter(options: { readonly refuses?: string; readonly now?: () => number } = {}) {
  const statements: { readonly ids: readonly string[]; readonly end: () => void }[] = [];
  const writer = new RecordedResponseWriter({
    now: options.now ?? (() => 0),
    insert: async (rows) => {
      const ids = rows.map(({ id }) => id);
      const { promise, resolve } = Promise.withResolvers<void>();
      statements.push({ ids, end: resolve });
      await promise;
      if (options.refuses !== undefined && ids.includes(options.refuses)) throw new Error('refused');
    },
  });
  return { writer, statements };
}

describe('RecordedResponseWriter', () => {
  it('inserts a row that comes alone at once', async () => {
    const { writer, statements } = openWriter();
    const written = writer.write(rowOf('a'));
    statements[0]?.end();
    await written;
    expect(statements.map(({ ids }) => ids)).toEqual([['a']]);
  });

  it('inserts all rows that come during a statement in the next one', async () => {
    const { writer, statements } = openWriter();
    const ids = ['a', 'b', 'c', 'd'];
    const written = ids.map((id) => writer.write(rowOf(id)));
    statements[0]?.end();
    await expect.poll(() => statements.length).toBe(2);
    statements[1]?.end();
    await Promise.all(written);
    expect(statements.map((statement) => [...statement.ids].sort())).toEqual([['a'], ['b', 'c', 'd']]);
  });

  it('inserts each row of a refused statement by itself, and rejects only the one that is refused', async () => {
    const { writer, statements } = openWriter({ refuses: 'c' });
    const outcomes = Promise.allSettled(['a', 'b', 'c'].map((id) => writer.write(rowOf(id))));
    statements[0]?.end();
    await expect.poll(() => statements.length).toBe(2);
    statements[1]?.end();
    await expect.poll(() => statements.length).toBe(4);
    for (const { end } of statements) end();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });

  it('does not wait for a statement whose request has ended', async () => {
    const clock = { nowMs: 0 };
    const { writer, statements } = openWriter({ now: () => clock.nowMs });
    void writer.write(rowOf('a'));
    const written = writer.write(rowOf('b'));
    clock.nowMs = 2_000;
    await expect.poll(() => statements.length).toBe(2);
    statements[1]?.end();
    await written;
    expect(statements.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
  });
});
