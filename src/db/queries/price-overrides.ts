import { desc, inArray, sql } from 'drizzle-orm';
import type { OverridePrices, PriceOverride } from '../../domain/price-override.ts';
import type { Database } from '../client.ts';
import { priceOverrides } from '../schema/price-overrides.ts';

type OverrideTarget = Pick<PriceOverride, 'id' | 'provider' | 'model'>;

/** Longer than any request, so that the price at its start is still loaded at its end. */
const maxRequestDuration = sql.raw("interval '1 day'");

/** Sets the prices of a model for new requests. */
export async function insertPriceOverride(
  database: Database,
  override: OverrideTarget & { readonly prices: OverridePrices },
): Promise<PriceOverride | undefined> {
  const [row] = await database.insert(priceOverrides).values(override).returning();
  return row;
}

/** Returns a model to the price list for new requests. Returns undefined and writes nothing if no price is set for it. */
export async function insertPriceRemoval(
  database: Database,
  { id, provider, model }: OverrideTarget,
): Promise<PriceOverride | undefined> {
  const { rows } = await database.execute<{ createdAtMs: number }>(sql`
    INSERT INTO ${priceOverrides} (id, provider, model)
    SELECT ${id}, provider, model FROM (
      SELECT provider, model, prices FROM ${priceOverrides} WHERE provider = ${provider} AND model = ${model}
      ORDER BY created_at DESC, id DESC LIMIT 1
    ) AS newest WHERE prices IS NOT NULL
    RETURNING (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs"`);
  const [row] = rows;
  return row && { id, provider, model, prices: null, createdAt: new Date(row.createdAtMs) };
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
