import type { RequestRow } from '../db/queries/usage-ledger.ts';
import type { RequestEntry } from '../request-log/request-entry.ts';
import type { UsageRecord } from './usage-record.ts';

/** Returns the rows of the log for entries, with the records of their attempts in any order. An entry without either has no row. */
export function toRequestRows(entries: readonly RequestEntry[], records: readonly UsageRecord[]): RequestRow[] {
  if (entries.length === 0) return [];
  // A message may be delivered twice in one batch.
  const attempts = new Map(records.map((record) => [`${record.requestId} ${record.attempt}`, record]));
  const byRequest = Map.groupBy(attempts.values(), ({ requestId }) => requestId);
  return entries.flatMap(
    (entry) => toRefusedRow(entry) ?? toServedRow(entry, byRequest.get(entry.requestId) ?? []) ?? [],
  );
}

function toRefusedRow({ requestId, refusal, ...entry }: RequestEntry): RequestRow | undefined {
  if (!refusal) return undefined;
  const { createdAt, ...fields } = refusal;
  return { ...entry, ...fields, id: requestId, createdAt: new Date(createdAt), status: 'refused', attempts: 0 };
}

function toServedRow(
  { requestId, refusal: _, ...entry }: RequestEntry,
  records: readonly UsageRecord[],
): RequestRow | undefined {
  const last = records.find(({ isLast }) => isLast);
  if (!last) return undefined;
  const { clientRequestId, tenantId, keyId, source, provider, model, status: outcome, errorCode } = last;
  return {
    ...entry,
    id: requestId,
    createdAt: new Date(last.createdAt),
    clientRequestId,
    tenantId,
    keyId,
    source,
    provider,
    model,
    status: outcome,
    errorCode,
    httpStatus: entry.httpStatus,
    inputTokens: sumCounts(records, 'inputTokens'),
    outputTokens: sumCounts(records, 'outputTokens'),
    cacheReadTokens: sumCounts(records, 'cacheReadTokens'),
    reasoningTokens: sumCounts(records, 'reasoningTokens'),
    costNanoUsd: sumNanoUsd(records.map(({ costNanoUsd }) => costNanoUsd)),
    savedNanoUsd: sumNanoUsd(records.map(({ savedNanoUsd }) => savedNanoUsd)),
    firstByteMs: last.firstByteMs,
    totalMs: last.totalMs,
    attempts: records.length,
    endUser: last.endUser,
  };
}

type CountName = 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'reasoningTokens';

/** Sums a count of the attempts; null where none has counted it. */
function sumCounts(records: readonly UsageRecord[], name: CountName): number | null {
  const counts = records.flatMap((record) => record[name] ?? []);
  return counts.length > 0
    ? Math.min(
        counts.reduce((sum, count) => sum + count, 0),
        2_147_483_647,
      )
    : null;
}

/** Sums nano-dollars; null where none is known. */
function sumNanoUsd(amounts: readonly (bigint | null | undefined)[]): bigint | null {
  const amountsWithPrice = amounts.filter((amount) => typeof amount === 'bigint');
  return amountsWithPrice.length > 0 ? amountsWithPrice.reduce((sum, amount) => sum + amount, 0n) : null;
}
