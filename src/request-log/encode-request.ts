import type { LoggedRequestRow, RequestAttempt } from '../db/queries/requests.ts';
import { nanoUsdToDollars } from '../domain/money.ts';

/** The JSON form of a request. */
export type EncodedRequest = ReturnType<typeof encodeRequest>;

/** Encodes a request of the log as REST and the exports have it. Its fields are those of GraphQL. */
export function encodeRequest(row: LoggedRequestRow) {
  return {
    id: row.id,
    createdAt: row.createdAt,
    tenantId: row.tenantId,
    keyId: row.keyId,
    clientRequestId: row.clientRequestId,
    source: row.source,
    path: row.path,
    status: row.status,
    httpStatus: row.httpStatus,
    provider: row.provider,
    model: row.model,
    route: row.route,
    errorCode: row.errorCode,
    errorMessage: row.errorMessage,
    upstreamStatus: row.upstreamStatus,
    upstreamRequestId: row.upstreamRequestId,
    tokensIn: row.inputTokens,
    tokensOut: row.outputTokens,
    cacheReadTokens: row.cacheReadTokens,
    reasoningTokens: row.reasoningTokens,
    cost: toDollars(row.costNanoUsd),
    savedCost: toDollars(row.savedNanoUsd),
    firstByteMs: row.firstByteMs,
    totalMs: row.totalMs,
    attemptCount: row.attempts,
    endUser: row.endUser,
    sessionId: row.sessionId,
    tags: row.tags,
    dropped: row.dropped,
    adjusted: row.adjusted,
    jobId: row.jobId,
    represents: row.represents,
  };
}

/** Encodes an attempt. */
export function encodeAttempt(attempt: RequestAttempt) {
  return {
    number: attempt.attempt,
    provider: attempt.provider,
    model: attempt.model,
    reportedModel: attempt.reportedModel,
    status: attempt.status,
    finishReason: attempt.finishReason,
    errorCode: attempt.errorCode,
    tokensIn: attempt.inputTokens,
    tokensOut: attempt.outputTokens,
    cost: toDollars(attempt.costNanoUsd),
    priceVersion: attempt.priceVersion,
    firstByteMs: attempt.firstByteMs,
    totalMs: attempt.totalMs,
    createdAt: attempt.createdAt,
  };
}

/** Finds the attempts of one request. */
export function attemptQueryOf({ id, createdAt }: Pick<LoggedRequestRow, 'id' | 'createdAt'>) {
  return { ids: [id], from: createdAt, to: createdAt };
}

function toDollars(amount: bigint | null): number | null {
  return amount === null ? null : nanoUsdToDollars(amount);
}
