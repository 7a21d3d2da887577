import type { Database } from '../db/client.ts';
import {
  claimIdempotencyKey,
  releaseIdempotencyKey,
  renewIdempotencyKey,
  storeResponse,
} from '../db/queries/idempotency-keys.ts';
import { GatewayError } from '../domain/errors.ts';
import { idempotencyKeyReusedError } from '../domain/idempotency-key.ts';
import { newId } from '../domain/ids.ts';
import { errorName, type Logger } from '../lib/logger.ts';
import { setCancellableTimeout } from '../lib/set-cancellable-timeout.ts';

/** The dependencies of idempotent responses. */
export interface IdempotencyDependencies {
  readonly database: Database;
  readonly logger: Logger;
}

/** A response that can be replayed. */
export interface RecordedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The claim on the response for a key. Call one of the two functions. Neither rejects, and only the first call has an
 * effect.
 */
export interface ResponseClaim {
  /** Stores the response, which is replayed for the key from then on. */
  readonly store: (response: RecordedResponse) => Promise<void>;
  /** Lets the same request be made again: its outcome is not final. */
  readonly release: () => Promise<void>;
}

/**
 * A claim that is not renewed for this long belongs to an isolate that has died. The request may then be made again.
 */
const ownedMs = 30_000;
const renewEveryMs = 10_000;
/** A longer response is not stored. A retry is then told so, and not billed a second time. */
export const maxStoredBodyLength = 8 * 1024 * 1024;

/**
 * Claims a tenant's idempotency key, or returns the response that is stored for it. Throws `unprocessable` for a key of
 * another request, and `conflict` while the first request is under way.
 */
export async function claimResponse(
  { database, logger }: IdempotencyDependencies,
  { tenantId, key, fingerprint }: { readonly tenantId: string; readonly key: string; readonly fingerprint: string },
): Promise<ResponseClaim | RecordedResponse> {
  const claim = { tenantId, key, owner: newId('lease') };
  const existing = await claimIdempotencyKey(database, { ...claim, fingerprint, ownedMs });
  if (existing === undefined) return createClaim({ database, logger }, claim);
  if (existing.fingerprint !== fingerprint) throw idempotencyKeyReusedError();
  if (existing.status === null) {
    throw new GatewayError('conflict', 'A request with this idempotency key is under way: ask again in a moment.', {
      retryable: true,
      retryAfterSeconds: 1,
    });
  }
  if (existing.body === null) {
    throw new GatewayError('conflict', 'This request was answered, but the answer was too large to be kept.');
  }
  return { status: existing.status, headers: existing.headers ?? {}, body: existing.body };
}

function createClaim(
  { database, logger }: IdempotencyDependencies,
  claim: { readonly tenantId: string; readonly key: string; readonly owner: string },
): ResponseClaim {
  let cancelRenewal = () => {};
  const scheduleRenewal = () => {
    cancelRenewal = setCancellableTimeout(renewEveryMs, () => {
      renewIdempotencyKey(database, { ...claim, ownedMs }).catch(() => undefined);
      scheduleRenewal();
    });
  };
  scheduleRenewal();
  const endClaim = async (write: () => Promise<void>) => {
    cancelRenewal();
    try {
      await write().catch(write);
    } catch (error) {
      logger.error('an idempotent answer could not be kept', { tenantId: claim.tenantId, cause: errorName(error) });
    }
  };
  return {
    store: ({ status, headers, body }) =>
      endClaim(() =>
        storeResponse(database, claim, { status, headers, body: body.length > maxStoredBodyLength ? null : body }),
      ),
    release: () => endClaim(() => releaseIdempotencyKey(database, claim)),
  };
}

/** Errors that do not depend on the request itself: the permissions of the key, or a limit that frees with time. */
const temporaryStatuses = [401, 402, 403, 409, 429];

/** Returns whether a status is the final outcome of a request. */
export function isFinalStatus(status: number): boolean {
  return (status >= 200 && status < 300) || (status >= 400 && status < 499 && !temporaryStatuses.includes(status));
}
