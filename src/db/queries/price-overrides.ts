import { desc, inArray, type SQL, sql } from 'drizzle-orm';
import type { AuditActor } from '../../domain/audit.ts';
import type { OverridePrices, PriceOverride } from '../../domain/price-override.ts';
import type { Database } from '../client.ts';
import { priceOverrides } from '../schema/price-overrides.ts';
import { insertChangeEntries, noState, type RecordedChange } from './audit-log.ts';

type OverrideTarget = Pick<PriceOverride, 'id' | 'provider' | 'model'>;

/** Longer than any request, so that the price at its start is still loaded at its end. */
const maxRequestDuration = sql.raw("interval '1 day'");

/** Sets the prices of a model for new requests, with an entry in the audit log. */
export async function insertPriceOverride(
  database: Database,
  override: OverrideTarget & { readonly prices: OverridePrices },
  actor: AuditActor,
): Promise<PriceOverride | undefined> {
  const previous = database.$with('previous', {}).as(findNewest(override));
  const changed = database.$with('changed').as(database.insert(priceOverrides).values(override).returning());
  const entry = recordPrice(actor, { action: 'price.set', always: true }, priceState('changed'));
  const [row] = await database.with(previous, changed, database.$with('recorded', {}).as(entry)).select().from(changed);
  return row;
}

/** Returns a model to the price list for new requests. Returns undefined and writes nothing if no price is set for it. */
export async function insertPriceRemoval(
  database: Database,
  { id, provider, model }: OverrideTarget,
  actor: AuditActor,
): Promise<PriceOverride | undefined> {
  const { rows } = await database.execute<{ createdAtMs: number }>(sql`
    WITH previous AS (${findNewest({ provider, model })}), changed AS (
      INSERT INTO ${priceOverrides} (id, provider, model)
      SELECT ${id}, provider, model FROM previous WHERE prices IS NOT NULL RETURNING *
    ), recorded AS (${recordPrice(actor, { action: 'price.unset', always: true }, noState)})
    SELECT (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs" FROM changed`);
  const [row] = rows;
  return row && { id, provider, model, prices: null, createdAt: new Date(row.createdAtMs) };
}

function findNewest({ provider, model }: Pick<PriceOverride, 'provider' | 'model'>): SQL {
  return sql`SELECT * FROM ${priceOverrides} WHERE provider = ${provider} AND model = ${model}
    ORDER BY created_at DESC, id DESC LIMIT 1`;
}

function recordPrice(actor: AuditActor, entry: RecordedChange['entries'][number], after: SQL): SQL {
  return insertChangeEntries({
    actor,
    entries: [entry],
    subjectType: 'price',
    subjectId: sql`changed.provider || '/' || changed.model`,
    tenantId: sql`NULL`,
    before: priceState('previous'),
    after,
    from: sql`changed LEFT JOIN previous ON true`,
  });
}

/** Null where the price list applies. */
function priceState(cte: 'changed' | 'previous'): SQL {
  return sql.raw(`${cte}.prices::jsonb || jsonb_build_object('priceVersion', ${cte}.id)`);
}

/** Lists all price changes, the newest first: at most `limit`. */
export async function listPriceOverrides(database: Database, limit: number): Promise<PriceOverride[]> {
  const newestFirst = [desc(priceOverrides.createdAt), desc(priceOverrides.id)];
  return await database
    .select()
    .from(priceOverrides)
    .orderBy(...newestFirst)
    .limit(limit);
}

/** Finds price changes by their ids. */
export async function findPriceOverrides(database: Database, ids: readonly string[]): Promise<PriceOverride[]> {
  return await database
    .select()
    .from(priceOverrides)
    .where(inArray(priceOverrides.id, [...ids]));
}

/** Finds the prices that apply to new requests and to those under way, the oldest first. */
export async function findEffectivePriceOverrides(database: Database): Promise<PriceOverride[]> {
  return await database
    .select()
    .from(priceOverrides)
    .where(sql`created_at > now() - ${maxRequestDuration} OR id IN (
      SELECT DISTINCT ON (provider, model) id FROM ${priceOverrides} WHERE created_at <= now() - ${maxRequestDuration}
      ORDER BY provider, model, created_at DESC, id DESC)`)
    .orderBy(priceOverrides.createdAt, priceOverrides.id);
}
