import { ulid } from 'ulid';

/** `req_` a request in the ledger, `key_` an API key, `ten_` a tenant, `job_` a job, `lease_` a claim on one. */
type IdPrefix = 'req' | 'key' | 'ten' | 'job' | 'lease';

/** A new id such as `req_01K9…`: a ULID, so that rows stand in the index in the order of their birth. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${ulid()}`;
}
