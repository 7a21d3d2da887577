import type { ResponseStore, StoredTurn } from '../../../../src/responses-store/response-store.ts';

/** Stores responses in memory, without the limits of the real store. */
export function createMemoryResponseStore(): ResponseStore {
  const stored = new Map<string, StoredTurn & { readonly previousId: string | null }>();
  const store: Partial<ResponseStore> = {
    isEnabled: () => true,
    save: async ({ id, previousId, input, output }) => {
      stored.set(id, { previousId, input: JSON.parse(input), output: JSON.parse(output) });
      return true;
    },
    findConversation: async ({ id }) => {
      const turns: StoredTurn[] = [];
      for (let next: string | null = id; next !== null; ) {
        const turn = stored.get(next);
        if (!turn) return { type: 'not_found' };
        turns.unshift(turn);
        next = turn.previousId;
      }
      return { type: 'found', turns, previousId: null };
    },
  };
  return store as ResponseStore;
}
