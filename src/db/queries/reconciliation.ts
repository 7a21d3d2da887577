import { type SQL, sql } from 'drizzle-orm';
import type { AuditActor } from '../../domain/audit.ts';
import type { Database } from '../client.ts';
import { tenants } from '../schema/tenants.ts';
import { usageLedger } from '../schema/usage-ledger.ts';
import { usageRollups } from '../schema/usage-rollups.ts';
import { insertChangeEntries, noState } from './audit-log.ts';
import { isUnarchived } from './ledger-archives.ts';

/** Whole hours, UTC. */
export interface LedgerPeriod {
  readonly from: Date;
  readonly to: Date;
  /** Leaves out rows without an existing tenant: then an index finds the rows. */
  readonly existingTenantsOnly?: boolean | undefined;
}

/** The sums of a group. */
interface GroupSums {
  readonly requests: number;
  readonly errors: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: bigint;
  readonly unpricedRequests: number;
}

/** An hour of a key, a provider, a model and a source whose ledger rows and rollup differ. */
export interface RollupDifference {
  readonly tenantId: string;
  readonly hour: Date;
  readonly keyId: string;
  readonly provider: string;
  readonly model: string;
  readonly source: string;
  /** Null: it has no rows. */
  readonly ledger: GroupSums | null;
  /** Null: there is no rollup. */
  readonly rollup: GroupSums | null;
}

const maxDifferences = 1_000;

const group = sql.raw('tenant_id, hour, key_id, provider, model, source');
const sumNames = [
  ...['requests', 'errors', 'input_tokens', 'output_tokens', 'cache_read_tokens', 'cache_write_tokens'],
  ...['reasoning_tokens', 'cost_nano_usd', 'unpriced_requests', 'first_byte_counts'],
  ...['retried_attempts', 'failed_retried_attempts'],
];
const sums = sql.raw(sumNames.join(', '));
const sumsOf = (name: string) => sql.raw(sumNames.map((sum) => `${name}.${sum}`).join(', '));

/**
 * The CTE `differences`: the groups of the period whose ledger sums, computed as the ledger's trigger does, differ from the rollups.
 * It has none if a part of the period is archived: its rollups would seem to have no rows. A partition that is detached meanwhile
 * is no exception, for its archive is recorded by the statement that detaches it.
 */
function differencesCte({ from, to, existingTenantsOnly = false }: LedgerPeriod): SQL {
  const isWithin = (time: SQL) => sql`
    ${time} >= ${from.toISOString()}::timestamptz AND ${time} < ${to.toISOString()}::timestamptz
    AND ${isUnarchived({ from, to })}
    ${existingTenantsOnly ? sql`AND tenant_id = ANY(ARRAY(SELECT id FROM ${tenants}))` : sql``}`;
  return sql`
    counted AS (
      SELECT tenant_id, date_trunc('hour', created_at, 'UTC') AS hour, key_id, provider, model, source,
        count(*) FILTER (WHERE is_last) AS requests,
        count(*) FILTER (WHERE is_last AND status = 'failed') AS errors,
        coalesce(sum(input_tokens), 0) AS input_tokens, coalesce(sum(output_tokens), 0) AS output_tokens,
        coalesce(sum(cache_read_tokens), 0) AS cache_read_tokens,
        coalesce(sum(cache_write_tokens), 0) AS cache_write_tokens,
        coalesce(sum(reasoning_tokens), 0) AS reasoning_tokens,
        coalesce(sum(cost_nano_usd), 0) AS cost_nano_usd,
        count(*) FILTER (WHERE cost_nano_usd IS NULL) AS unpriced_requests,
        count_buckets(
          array_agg(first_byte_bucket(first_byte_ms)) FILTER (WHERE is_last AND first_byte_ms IS NOT NULL)
        ) AS first_byte_counts,
        count(*) FILTER (WHERE NOT is_last) AS retried_attempts,
        count(*) FILTER (WHERE NOT is_last AND status = 'failed') AS failed_retried_attempts
      FROM ${usageLedger} WHERE ${isWithin(sql`created_at`)} GROUP BY 1, 2, 3, 4, 5, 6
    ), rolled AS (
      SELECT usage_rollups AS rollup, usage_rollups.* FROM ${usageRollups} WHERE ${isWithin(sql`hour`)}
    ), differences AS (
      SELECT ${group}, ${sumsOf('counted')}, counted.requests IS NULL AS is_orphan, rolled.rollup,
        rolled.requests AS rollup_requests, rolled.errors AS rollup_errors, rolled.input_tokens AS rollup_input_tokens,
        rolled.output_tokens AS rollup_output_tokens, rolled.cost_nano_usd AS rollup_cost_nano_usd,
        rolled.unpriced_requests AS rollup_unpriced_requests
      FROM counted FULL JOIN rolled USING (${group})
      WHERE ROW(${sumsOf('counted')}) IS DISTINCT FROM ROW(${sumsOf('rolled')})
    )`;
}

/** Compares the ledger with its rollups, in one statement, so that concurrent writes make no difference. */
export async function findRollupDifferences(database: Database, period: LedgerPeriod): Promise<RollupDifference[]> {
  const { rows } = await database.execute(sql`
    WITH ${differencesCte(period)}
    SELECT tenant_id, to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS hour,
      key_id, provider, model, source,
      requests::text, errors::text, input_tokens::text, output_tokens::text, cost_nano_usd::text,
      unpriced_requests::text, rollup_requests::text, rollup_errors::text, rollup_input_tokens::text,
      rollup_output_tokens::text, rollup_cost_nano_usd::text, rollup_unpriced_requests::text
    FROM differences ORDER BY ${group} LIMIT ${maxDifferences}`);
  return rows.map((row) => ({
    tenantId: String(row.tenant_id),
    hour: new Date(String(row.hour)),
    keyId: String(row.key_id),
    provider: String(row.provider),
    model: String(row.model),
    source: String(row.source),
    ledger: toSums(row, ''),
    rollup: toSums(row, 'rollup_'),
  }));
}

/**
 * Sets the rollups that differ to the sums of the ledger, and returns their number. A rollup that changed since the statement
 * read it stays as it is, for the next repair. Where an `actor` repairs, and not the gateway by itself, the audit log gets an entry.
 */
export async function repairRollups(database: Database, period: LedgerPeriod, actor?: AuditActor): Promise<number> {
  const recorded = actor ? sql`, recorded AS (${recordRepair(actor, period)})` : sql``;
  const { rows } = await database.execute(sql`
    WITH ${differencesCte(period)}, updated AS (
      UPDATE usage_rollups AS target SET (${sums}) = ROW(${sumsOf('differences')})
      FROM differences WHERE target = differences.rollup AND NOT differences.is_orphan RETURNING 1
    ), deleted AS (
      DELETE FROM usage_rollups AS target USING differences
      WHERE target = differences.rollup AND differences.is_orphan RETURNING 1
    ), inserted AS (
      INSERT INTO usage_rollups (${group}, ${sums})
      SELECT ${group}, ${sums} FROM differences WHERE rollup IS NULL ORDER BY ${group}
      ON CONFLICT DO NOTHING RETURNING 1
    ), counts AS (
      SELECT (SELECT count(*) FROM updated) AS updated, (SELECT count(*) FROM deleted) AS deleted,
        (SELECT count(*) FROM inserted) AS inserted
    )${recorded}
    SELECT updated + deleted + inserted AS repaired FROM counts`);
  return Number(rows[0]?.repaired);
}

function recordRepair(actor: AuditActor, { from, to }: LedgerPeriod): SQL {
  return insertChangeEntries({
    actor,
    entries: [{ action: 'usage.repaired' }],
    subjectType: 'usage',
    subjectId: sql`${`${from.toISOString()}/${to.toISOString()}`}::text`,
    tenantId: sql`NULL`,
    before: noState,
    after: sql`jsonb_build_object('updatedRollups', updated, 'deletedRollups', deleted, 'insertedRollups', inserted)`,
    from: sql`(SELECT * FROM counts WHERE updated + deleted + inserted > 0) AS repaired`,
  });
}

function toSums(row: Record<string, unknown>, prefix: '' | 'rollup_'): GroupSums | null {
  const number = (name: string) => Number(row[`${prefix}${name}`]);
  if (row[`${prefix}requests`] === null) return null;
  return {
    requests: number('requests'),
    errors: number('errors'),
    inputTokens: number('input_tokens'),
    outputTokens: number('output_tokens'),
    costNanoUsd: BigInt(String(row[`${prefix}cost_nano_usd`])),
    unpricedRequests: number('unpriced_requests'),
  };
}
