import { ulid } from 'ulid';

/**
 * `req_` a request in the ledger, `key_` an API key, `ten_` a tenant, `job_` a job, `lease_` a claim on a row, `whs_` a
 * webhook secret, `prc_` a price that was set.
 */
type IdPrefix = 'req' | 'key' | 'ten' | 'job' | 'lease' | 'whs' | 'prc';

/** A new id such as `req_01K9…`: a ULID, so that rows stand in the index in the order of their birth. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${ulid(undefined, random)}`;
}

const bytes = new Uint8Array(512);
let used = bytes.length;

/** A random number from 0 to 1, drawn from the runtime by the half kilobyte: an id needs sixteen of them. */
function random(): number {
  if (used === bytes.length) {
    crypto.getRandomValues(bytes);
    used = 0;
  }
  const byte = bytes[used] ?? 0;
  used += 1;
  return byte / 256;
}
