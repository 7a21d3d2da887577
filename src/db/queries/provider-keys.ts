import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import type { AuditActor } from '../../domain/audit.ts';
import type { EncryptedProviderKey } from '../../domain/principal.ts';
import type { ProviderKey } from '../../domain/tenant.ts';
import type { Database } from '../client.ts';
import { providerKeys } from '../schema/provider-keys.ts';
import { insertChangeEntries, noState, type RecordedChange } from './audit-log.ts';

const { tenantId, provider, encryptedKey, ending, createdAt } = providerKeys;
/** Without the encrypted key. */
const publicColumns = { tenantId, provider, ending, createdAt };
const encryptedColumn = sql.identifier(providerKeys.encryptedKey.name);

/** Stores a tenant's own key for a provider, in place of an earlier one, with an entry in the audit log. */
export async function upsertProviderKey(
  database: Database,
  key: Omit<ProviderKey, 'createdAt'> & { readonly encryptedKey: string },
  actor: AuditActor,
): Promise<ProviderKey | undefined> {
  const values = sql`${key.tenantId}, ${key.provider}, ${key.encryptedKey}, ${key.ending}`;
  const entry = recordProviderKey(actor, {
    // The new key may have the ending of the old one.
    entries: [{ action: 'provider_key.set', always: true }],
    from: sql`changed LEFT JOIN previous ON true`,
    before: endingState('previous'),
    after: endingState('changed'),
  });
  const changed = database.$with('changed', publicColumns).as(sql`
    INSERT INTO ${providerKeys} (tenant_id, provider, ${encryptedColumn}, ending)
    SELECT ${values} FROM (SELECT count(*) FROM previous) AS locked
    ON CONFLICT (tenant_id, provider)
      DO UPDATE SET ${encryptedColumn} = excluded.${encryptedColumn}, ending = excluded.ending, created_at = now()
    RETURNING tenant_id, provider, ending, created_at`);
  const [row] = await database
    .with(lockPrevious(database, key), changed, database.$with('recorded', {}).as(entry))
    .select()
    .from(changed);
  return row;
}

/** Deletes a tenant's own key for a provider, with an entry in the audit log; returns undefined if there is none. */
export async function deleteProviderKey(
  database: Database,
  key: ProviderKeyPlace,
  actor: AuditActor,
): Promise<ProviderKey | undefined> {
  const changed = database.$with('changed').as(database.delete(providerKeys).where(isAt(key)).returning(publicColumns));
  const entry = recordProviderKey(actor, {
    entries: [{ action: 'provider_key.removed', always: true }],
    from: sql`changed`,
    before: endingState('changed'),
    after: noState,
  });
  const [row] = await database.with(changed, database.$with('recorded', {}).as(entry)).select().from(changed);
  return row;
}

type ProviderKeyPlace = Pick<ProviderKey, 'tenantId' | 'provider'>;

function isAt(key: ProviderKeyPlace): SQL | undefined {
  return and(eq(tenantId, key.tenantId), eq(provider, key.provider));
}

/** What is inserted must depend on this CTE: of a row that its own statement has changed it would find nothing. */
function lockPrevious(database: Database, key: ProviderKeyPlace) {
  return database
    .$with('previous')
    .as(database.select(publicColumns).from(providerKeys).where(isAt(key)).for('update'));
}

function recordProviderKey(
  actor: AuditActor,
  change: Pick<RecordedChange, 'entries' | 'from' | 'before' | 'after'>,
): SQL {
  const subject = { subjectId: sql`changed.provider`, tenantId: sql`changed.tenant_id` };
  return insertChangeEntries({ ...change, ...subject, subjectType: 'provider_key', actor });
}

function endingState(cte: 'changed' | 'previous'): SQL {
  return sql.raw(`CASE WHEN ${cte}.ending IS NOT NULL THEN jsonb_build_object('ending', ${cte}.ending) END`);
}

/** Lists a tenant's own provider keys, ordered by provider. */
export async function listProviderKeys(database: Database, ownerId: string): Promise<ProviderKey[]> {
  return await database
    .select(publicColumns)
    .from(providerKeys)
    .where(eq(providerKeys.tenantId, ownerId))
    .orderBy(asc(providerKeys.provider));
}

/** Finds the encrypted keys of a tenant for providers. */
export async function findEncryptedProviderKeys(database: Database, ownerId: string): Promise<EncryptedProviderKey[]> {
  return await database.select({ provider, encryptedKey }).from(providerKeys).where(eq(providerKeys.tenantId, ownerId));
}
