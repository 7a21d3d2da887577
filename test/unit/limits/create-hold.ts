import type { RequestCost } from '../../../src/limits/budget-hold.ts';
import type { LedgerCharges } from '../../../src/limits/ledger-charges.ts';

/** Who a hold belongs to, by default. */
export const holdOwner = { tenantId: 'ten_1', keyId: 'key_1', day: '2026-11-25', rules: [] };

/** The cost of a request that started long ago. */
export const createCost = (costNanoUsd: number, requestId = 'req_1', second = 0): RequestCost => ({
  requestId,
  second,
  costNanoUsd,
});

/** A ledger without rows. */
export const emptyLedger: LedgerCharges = {
  sumCharges: async () => ({ chargedNanoUsd: 0n, storedIds: [] }),
  findEndUserCharges: async () => ({ hasAny: false, hasEndUser: false }),
  findStored: async () => [],
};
