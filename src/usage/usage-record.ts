import * as z from 'zod';
import type { LedgerRow } from '../db/queries/usage-ledger.ts';
import { ledgerStatuses, requestSources, tokenSources } from '../domain/ledger.ts';

const count = z.int().min(0).max(2_147_483_647).nullable();
const name = z.string().max(256);

/** The ledger's record of one request as it travels through the queue: JSON, with nano-dollars as a string of digits. */
const usageRecordSchema = z.object({
  requestId: z.string(),
  clientRequestId: z.string().nullable(),
  tenantId: z.string(),
  keyId: z.string(),
  source: z.enum(requestSources),
  provider: name,
  model: name,
  reportedModel: name.nullable(),
  status: z.enum(ledgerStatuses),
  finishReason: z.string().nullable(),
  errorCode: z.string().nullable(),
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  cacheWriteOneHourTokens: count,
  reasoningTokens: count,
  tokenSource: z.enum(tokenSources),
  costNanoUsd: z.string().regex(/^\d+$/).transform(BigInt).nullable(),
  priceVersion: z.string().nullable(),
  firstByteMs: count,
  totalMs: z.int().min(0),
  /** ISO 8601, UTC. */
  createdAt: z.iso.datetime(),
});

/** The ledger's record of one request. Nano-dollars are a bigint. */
export type UsageRecord = z.output<typeof usageRecordSchema>;

/** The body of a message on the queue `usage`. */
export const usageMessageSchema = z.object({ version: z.literal(1), records: z.array(usageRecordSchema) });

export type UsageMessage = z.input<typeof usageMessageSchema>;

/** Encodes a record for the queue. */
export function encodeUsageRecord(record: UsageRecord): UsageMessage['records'][number] {
  return { ...record, costNanoUsd: record.costNanoUsd?.toString() ?? null };
}

/** Returns the ledger row of a record. */
export function toLedgerRow(record: UsageRecord): LedgerRow {
  return { ...record, createdAt: new Date(record.createdAt) };
}
