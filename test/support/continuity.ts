import { OpaqueValueVault } from '../../src/auth/opaque-value-vault.ts';
import { Continuity } from '../../src/gateway/continuity/continuity.ts';

/** Continuity whose store is a map. */
export function createContinuity(values = new Map<string, string>()): Continuity {
  const toKey = (tenantId: string, id: string) => `${tenantId} ${id}`;
  return new Continuity({
    opaqueValues: new OpaqueValueVault({ encryptionKey: undefined, databaseUrl: 'postgres://user:secret@host/name' }),
    store: {
      find: async (tenantId, ids) =>
        new Map(
          ids.flatMap((id) => (values.has(toKey(tenantId, id)) ? [[id, values.get(toKey(tenantId, id)) ?? '']] : [])),
        ),
      save: async (tenantId, id, value) => void values.set(toKey(tenantId, id), value),
    },
  });
}
