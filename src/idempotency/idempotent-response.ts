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

/** What idempotent answers need of the rest of the house. */
export interface IdempotencyDependencies {
  readonly database: Database;
  readonly logger: Logger;
}

/** An answer that can be given again. */
export interface RecordedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The right to find the answer for a key. One of its two ends is to be called; neither rejects, and the first one stands. */
export interface ResponseClaim {
  /** Writes the answer, which is given for the key from now on. */
  readonly store: (answer: RecordedResponse) => Promise<void>;
  /** Lets the same call be made anew: what it came to is not final. */
  readonly release: () => Promise<void>;
}

/** A claim that is not renewed for so long belongs to an isolate that has died: the call may be made anew. */
const ownedMs = 30_000;
const renewEveryMs = 10_000;
/** A longer answer is not kept; its key then says so, rather than paying for the call once more. */
export const maxStoredBodyLength = 8 * 1024 * 1024;

/**
 * Claims the answer of a tenant's idempotency key, or finds it there. Throws `unprocessable` for a key that stands for
 * another request, and `conflict` while the first request is under way.
 */
export async function claimResponse(
  { database, logger }: IdempotencyDependencies,
  { tenantId, key, fingerprint }: { readonly tenantId: string; readonly key: string; readonly fingerprint: string },
): Promise<ResponseClaim | RecordedResponse> {
  const claim = { tenantId, key, owner: newId('lease') };
  const known = await claimIdempotencyKey(database, { ...claim, fingerprint, ownedMs });
  if (known === undefined) return holdClaim({ database, logger }, claim);
  if (known.fingerprint !== fingerprint) throw idempotencyKeyReusedError();
  if (known.status === null) {
    throw new GatewayError('conflict', 'A request with this idempotency key is under way: ask again in a moment.', {
      retryable: true,
      retryAfterSeconds: 1,
    });
  }
  if (known.body === null) {
    throw new GatewayError('conflict', 'This request was answered, but the answer was too large to be kept.');
  }
  return { status: known.status, headers: known.headers ?? {}, body: known.body };
}

function holdClaim(
  { database, logger }: IdempotencyDependencies,
  claim: { readonly tenantId: string; readonly key: string; readonly owner: string },
): ResponseClaim {
  let stop = () => {};
  const renew = () => {
    stop = setCancellableTimeout(renewEveryMs, () => {
      renewIdempotencyKey(database, { ...claim, ownedMs }).catch(() => undefined);
      renew();
    });
  };
  renew();
  const end = async (write: () => Promise<void>) => {
    stop();
    try {
      await write().catch(write);
    } catch (error) {
      logger.error('an idempotent answer could not be kept', { tenantId: claim.tenantId, cause: errorName(error) });
    }
  };
  return {
    store: ({ status, headers, body }) =>
      end(() =>
        storeResponse(database, claim, { status, headers, body: body.length > maxStoredBodyLength ? null : body }),
      ),
    release: () => end(() => releaseIdempotencyKey(database, claim)),
  };
}

/** Refusals that say nothing of the call itself: what this key may do, or a limit that frees with time. */
const passing = [401, 402, 403, 409, 429];

/** Whether an answer says how the call ended. */
export function isFinalStatus(status: number): boolean {
  return (status >= 200 && status < 300) || (status >= 400 && status < 499 && !passing.includes(status));
}
