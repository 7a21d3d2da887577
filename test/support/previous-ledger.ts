import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';

/*
 * What the version before attempts sends to Postgres and to the queue. While a deployment rolls out, it runs on the new schema. Stays as
 * it was deployed: it is not changed with the product.
 */

const columns = sql.raw(
  `"request_id", "client_request_id", "tenant_id", "key_id", "source", "provider", "model", "reported_model", "status", "finish_reason",
  "error_code", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_one_hour_tokens",
  "reasoning_tokens", "token_source", "cost_nano_usd", "price_version", "first_byte_ms", "total_ms", "created_at"`,
);

/** A row by the names of its columns. */
export type PreviousRow = Readonly<Record<string, string | number | null>>;

/** The consumer's statement. */
export function previousInsert(rows: readonly PreviousRow[]): SQL {
  return sql`INSERT INTO usage_ledger (${columns})
    SELECT ${columns} FROM jsonb_populate_recordset(NULL::usage_ledger, ${JSON.stringify(rows)}::jsonb)
    ON CONFLICT DO NOTHING`;
}

/** The part of the statement that ends a job's attempt: it names no columns. */
export function previousJobInsert(row: PreviousRow): SQL {
  return sql`WITH job AS (SELECT 'RUNNING' AS status), ledger AS (
      INSERT INTO usage_ledger SELECT entry.* FROM job, json_populate_record(NULL::usage_ledger, ${JSON.stringify(row)}::json) AS entry
      WHERE entry.request_id IS NOT NULL ON CONFLICT DO NOTHING
    ) SELECT status FROM job`;
}

/** The repair of a rollup that is lost. */
export function previousRollupInsert(tenantId: string): SQL {
  const group = sql.raw('tenant_id, hour, key_id, provider, model, source');
  const sums =
    sql.raw(`requests, errors, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
    cost_nano_usd, unpriced_requests, first_byte_counts`);
  return sql`INSERT INTO usage_rollups (${group}, ${sums})
    SELECT tenant_id, date_trunc('hour', created_at, 'UTC') AS hour, key_id, provider, model, source,
      count(*), count(*) FILTER (WHERE status = 'failed'), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
      coalesce(sum(cache_read_tokens), 0), coalesce(sum(cache_write_tokens), 0), coalesce(sum(reasoning_tokens), 0),
      coalesce(sum(cost_nano_usd), 0), count(*) FILTER (WHERE cost_nano_usd IS NULL),
      count_buckets(array_agg(first_byte_bucket(first_byte_ms)) FILTER (WHERE first_byte_ms IS NOT NULL))
    FROM usage_ledger WHERE tenant_id = ${tenantId} GROUP BY 1, 2, 3, 4, 5, 6 ON CONFLICT DO NOTHING`;
}

const count = z.int().min(0).max(2_147_483_647).nullable();
const name = z.string().max(256);

/** What the consumer reads. It retries a message that this refuses, and never acknowledges it. */
export const previousMessageSchema = z.object({
  version: z.literal(1),
  records: z.array(
    z.object({
      requestId: z.string(),
      clientRequestId: z.string().nullable(),
      tenantId: z.string(),
      keyId: z.string(),
      source: z.enum(['sync', 'stream', 'job']),
      provider: name,
      model: name,
      reportedModel: name.nullable(),
      status: z.enum(['completed', 'failed', 'client_gone']),
      finishReason: z.string().nullable(),
      errorCode: z.string().nullable(),
      inputTokens: count,
      outputTokens: count,
      cacheReadTokens: count,
      cacheWriteTokens: count,
      cacheWriteOneHourTokens: count,
      reasoningTokens: count,
      tokenSource: z.enum(['provider', 'estimated', 'none']),
      costNanoUsd: z.string().regex(/^\d+$/).nullable(),
      priceVersion: z.string().nullable(),
      firstByteMs: count,
      totalMs: z.int().min(0),
      createdAt: z.iso.datetime(),
    }),
  ),
});

type PreviousMessage = z.output<typeof previousMessageSchema>;

/** The row of a record: its fields are the columns, in the other case. */
export function toPreviousRow(record: PreviousMessage['records'][number]): PreviousRow {
  return Object.fromEntries(
    Object.entries(record).map(([field, value]) => [
      field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
