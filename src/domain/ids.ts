import { ulid } from 'ulid';

/**
 * Prefixes of ids: `req_` a request in the ledger, `key_` an API key, `ten_` a tenant, `job_` a job, `lease_` a claim
 * on a row, `whs_` a webhook secret, `prc_` a price override, `rte_` a version of a route, `aud_` an entry of the audit log.
 */
type IdPrefix = 'req' | 'key' | 'ten' | 'job' | 'lease' | 'whs' | 'prc' | 'rte' | 'aud';

/** Creates an id such as `req_01K9…`: a ULID, so that rows are in the index in the order of their creation. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${ulid(undefined, getRandomFraction)}`;
}

/** Returns whether a text has the form of a tenant's id. A text that has not is never looked up. */
export function isTenantId(text: string): boolean {
  return /^ten_\w{1,64}$/.test(text);
}

const randomBytes = new Uint8Array(512);
let usedBytes = randomBytes.length;

/**
 * Returns a random number from 0 to 1. An id needs sixteen of them, so bytes are read from the runtime by the half
 * kilobyte.
 */
function getRandomFraction(): number {
  if (usedBytes === randomBytes.length) {
    crypto.getRandomValues(randomBytes);
    usedBytes = 0;
  }
  const byte = randomBytes[usedBytes] ?? 0;
  usedBytes += 1;
  return byte / 256;
}
