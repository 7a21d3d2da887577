import { recordAudit } from '../audit/record-audit.ts';
import {
  type EndUserPlace,
  endUserPlaces,
  eraseEndUser,
  eraseEndUserSums,
  findKeysOfEndUser,
} from '../db/queries/forget-end-user.ts';
import { isAttributionId, isReservedId } from '../domain/attribution-id.ts';
import { invalidFieldError } from '../domain/errors.ts';
import { sha256 } from '../lib/sha256.ts';
import type { TenantDependencies } from './tenant-dependencies.ts';
import { getTenant } from './tenants.ts';

/** What was erased of an end user. */
export interface ForgottenEndUser extends Readonly<Record<EndUserPlace, number>> {
  readonly days: number;
  /** The keys that name the end user in all their requests, until they are changed. */
  readonly pinnedKeyIds: readonly string[];
  /** False: there is more. Forget the end user again. */
  readonly isComplete: boolean;
}

/** The rows of one statement, so that it is short and blocks no other writes. */
const maxBatchSize = 1_000;
/** Bounds the statements of one request. */
const maxRounds = 50;

/**
 * Erases an end user: requests, the ledger and jobs name it no more, its bodies are deleted, and its sums are added to those of
 * `(erased)`. Safe to repeat. Requests that are still on their way name it again.
 */
export async function forgetEndUser(
  { database, actor, forgetCounters }: Pick<TenantDependencies, 'database' | 'actor' | 'forgetCounters'>,
  { tenantId, endUser: text }: { readonly tenantId: string; readonly endUser: string },
): Promise<ForgottenEndUser> {
  if (text === '' || isReservedId(text)) throw invalidFieldError(['endUser'], 'must be the id of an end user');
  await getTenant({ database }, tenantId);
  const stored = { tenantId, endUser: isAttributionId(text) ? text : `sha256:${await sha256(text)}` };
  const counts: Record<EndUserPlace, number> = { requests: 0, ledgerRows: 0, bodies: 0, jobs: 0 };
  let rounds = 0;
  let isComplete = true;
  for (const place of endUserPlaces) {
    let erased = maxBatchSize;
    for (; erased === maxBatchSize && rounds < maxRounds; rounds += 1) {
      erased = await eraseEndUser(database, place, stored, maxBatchSize);
      counts[place] += erased;
    }
    isComplete &&= erased < maxBatchSize;
  }
  const days = await eraseEndUserSums(database, stored);
  await forgetCounters?.(stored);
  const pinnedKeyIds = await findKeysOfEndUser(database, stored);
  const after = { ...counts, days };
  // The entry does not name the end user.
  const subject = { subjectType: 'tenant', subjectId: tenantId } as const;
  await recordAudit(database, { actor, tenantId, action: 'end_user.forgotten', ...subject, before: null, after });
  return { ...counts, days, pinnedKeyIds, isComplete };
}
