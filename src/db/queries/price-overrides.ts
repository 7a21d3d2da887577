import { desc, sql } from 'drizzle-orm';
import type { OverridePrices, PriceOverride } from '../../domain/price-override.ts';
import type { Database } from '../client.ts';
import { priceOverrides } from '../schema/price-overrides.ts';

type Place = Pick<PriceOverride, 'id' | 'provider' | 'model'>;

/** Longer than any call: what held when it began is still known when it ends. */
const maxCall = sql.raw("interval '1 day'");

/** Sets the prices of a model from now on. */
export async function insertPriceOverride(
  database: Database,
  override: Place & { readonly prices: OverridePrices },
): Promise<PriceOverride | undefined> {
  const [row] = await database.insert(priceOverrides).values(override).returning();
  return row && toPriceOverride(row);
}

/** Lets the price list hold again for a model from now on. Undefined where no price is set for it: then nothing is written. */
export async function insertPriceRemoval(
  database: Database,
  { id, provider, model }: Place,
): Promise<PriceOverride | undefined> {
  const { rows } = await database.execute(sql`
    INSERT INTO ${priceOverrides} (id, provider, model)
    SELECT ${id}, provider, model FROM (
      SELECT provider, model, prices FROM ${priceOverrides} WHERE provider = ${provider} AND model = ${model}
      ORDER BY created_at DESC, id DESC LIMIT 1
    ) AS newest WHERE prices IS NOT NULL
    RETURNING (extract(epoch FROM created_at) * 1000)::float8 AS "createdAtMs"`);
  const [row] = rows;
  return row && { id, provider, model, prices: null, createdAt: new Date(Number(row.createdAtMs)) };
}

/** Every price that was ever set or taken back, the newest first: at most `limit`. */
export async function listPriceOverrides(database: Database, limit: number): Promise<PriceOverride[]> {
  const newestFirst = [desc(priceOverrides.createdAt), desc(priceOverrides.id)];
  const rows = await database
    .select()
    .from(priceOverrides)
    .orderBy(...newestFirst)
    .limit(limit);
  return rows.map(toPriceOverride);
}

/** The prices that hold for calls that are under way or begin now, the oldest first. */
export async function findHeldPriceOverrides(database: Database): Promise<PriceOverride[]> {
  const rows = await database
    .select()
    .from(priceOverrides)
    .where(sql`created_at > now() - ${maxCall} OR id IN (
      SELECT DISTINCT ON (provider, model) id FROM ${priceOverrides} WHERE created_at <= now() - ${maxCall}
      ORDER BY provider, model, created_at DESC, id DESC)`)
    .orderBy(priceOverrides.createdAt, priceOverrides.id);
  return rows.map(toPriceOverride);
}

/** Only `setPrice` writes them, and it has checked what it wrote. */
function toPriceOverride(row: typeof priceOverrides.$inferSelect): PriceOverride {
  return { ...row, prices: row.prices as OverridePrices | null };
}
