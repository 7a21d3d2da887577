import { ulid } from 'ulid';

/** `req_` a request in the ledger, `key_` an API key, `ten_` a tenant. */
type IdPrefix = 'req' | 'key' | 'ten';

/** A new id such as `req_01K9…`: a ULID, so that rows stand in the index in the order of their birth. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${ulid()}`;
}
