import { newId } from '../../src/domain/ids.ts';
import { encodeUsageRecord, type UsageMessage, type UsageRecord } from '../../src/usage/usage-record.ts';

/** Builds the record of a request that has just been completed by its only attempt. */
export function buildUsageRecord({
  tenantId,
  ...changes
}: Partial<UsageRecord> & Pick<UsageRecord, 'tenantId'>): UsageRecord {
  return {
    requestId: newId('req'),
    clientRequestId: null,
    tenantId,
    keyId: 'key_1',
    source: 'sync',
    provider: 'stub',
    model: 'stub',
    reportedModel: null,
    status: 'completed',
    finishReason: 'stop',
    errorCode: null,
    inputTokens: 2,
    outputTokens: 3,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    cacheWriteOneHourTokens: null,
    reasoningTokens: null,
    tokenSource: 'provider',
    costNanoUsd: 12345678901234567n,
    priceVersion: 'v',
    firstByteMs: 1,
    totalMs: 2,
    createdAt: new Date().toISOString(),
    attempt: 1,
    isLast: true,
    ...changes,
  };
}

/** Builds a message of the queue `usage`. */
export function buildUsageMessage(version: UsageMessage['version'], ...records: readonly UsageRecord[]): UsageMessage {
  return { version, records: records.map((record) => encodeUsageRecord(version, record)) };
}
