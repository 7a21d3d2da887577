import type { Database } from '../db/client.ts';
import { insertAuditEntry } from '../db/queries/audit-log.ts';
import type { AuditRecord } from '../domain/audit.ts';
import { newId } from '../domain/ids.ts';

/**
 * Writes an entry on its own, before what it is about: for reading, and for changes outside of Postgres. A change of a row is
 * recorded by the statement that makes it, see `insertChangeEntries`. With the `id` of an earlier entry nothing is written.
 */
export async function recordAudit(database: Database, record: AuditRecord, id: string = newId('aud')): Promise<void> {
  await insertAuditEntry(database, { id, ...record });
}
