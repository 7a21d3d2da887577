import * as z from 'zod';
import type { LedgerRow } from '../db/queries/usage-ledger.ts';
import { ledgerStatuses, requestSources, tokenSources } from '../domain/ledger.ts';
import { type RequestEntry, requestEntrySchema } from '../request-log/request-entry.ts';

const count = z.int().min(0).max(2_147_483_647).nullable();
const name = z.string().max(256);
const nanoUsd = z.string().regex(/^\d+$/).transform(BigInt);

/** The fields of a record as it travels through the queue: JSON, with nano-dollars as a string of digits. */
const recordFields = {
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
  costNanoUsd: nanoUsd.nullable(),
  /** What the request would have cost, where an earlier reply has answered it. An earlier consumer does not know the field. */
  savedNanoUsd: nanoUsd.nullish(),
  /** The client's own id of its user. An earlier consumer does not know the field. */
  endUser: z.string().nullish(),
  priceVersion: z.string().nullable(),
  /** From the start of the request. */
  firstByteMs: count,
  totalMs: z.int().min(0),
  /** When the request started: ISO 8601, UTC. The same for all its attempts. */
  createdAt: z.iso.datetime(),
};

const requestSchema = z.object(recordFields).transform((record) => ({ ...record, attempt: 1, isLast: true }));

const attemptSchema = z.object({
  ...recordFields,
  /** From 1; the ledger's column is a smallint. */
  attempt: z.int().min(1).max(32_767),
  isLast: z.boolean(),
});

/** The ledger's record of one attempt of a request. Nano-dollars are a bigint. */
export type UsageRecord = z.output<typeof attemptSchema>;

/** The request log's part of a message. An earlier consumer does not know it, and writes the ledger alone. */
const requestEntries = z.array(requestEntrySchema).optional();

/**
 * The body of a message on the queue `usage`. The records of version 1 are requests with one attempt. A consumer leaves messages of a
 * version that it does not know in the queue.
 */
export const usageMessageSchema = z.discriminatedUnion('version', [
  z.object({ version: z.literal(1), records: z.array(requestSchema), requests: requestEntries }),
  z.object({ version: z.literal(2), records: z.array(attemptSchema), requests: requestEntries }),
]);

/** A record as JSON. In a message of version 1 it has no attempt. */
type EncodedRecord = z.input<typeof requestSchema> & {
  readonly attempt?: number | undefined;
  readonly isLast?: boolean | undefined;
};

/** A message of the queue `usage`, as JSON. */
export interface UsageMessage {
  readonly version: 1 | 2;
  readonly records: EncodedRecord[];
  /** Absent where none of the requests is logged. */
  readonly requests?: RequestEntry[];
}

/** Returns the version of the message that carries the attempts of a request: the oldest one that can. */
export function chooseMessageVersion(attempts: readonly UsageRecord[]): UsageMessage['version'] {
  return attempts.every(({ attempt, isLast }) => attempt === 1 && isLast) ? 1 : 2;
}

/** Encodes a record for a message of a version. */
export function encodeUsageRecord(version: UsageMessage['version'], record: UsageRecord): EncodedRecord {
  const { savedNanoUsd, attempt, isLast } = record;
  const hasAttempt = version > 1;
  // JSON leaves out what is undefined. An object without the fields would have to be built one property after the other.
  return {
    ...record,
    costNanoUsd: record.costNanoUsd?.toString() ?? null,
    savedNanoUsd: typeof savedNanoUsd === 'bigint' ? savedNanoUsd.toString() : savedNanoUsd,
    attempt: hasAttempt ? attempt : undefined,
    isLast: hasAttempt ? isLast : undefined,
  };
}

/** Returns the ledger row of a record. */
export function toLedgerRow(record: UsageRecord): LedgerRow {
  return { ...record, createdAt: new Date(record.createdAt) };
}
