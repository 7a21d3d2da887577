-- The ledger gets a row for each attempt of a request, and a partition for each month. The table as it is becomes the partition of
-- all months up to the current one: its rows are not copied, but it gets two indexes, for which everything that uses the ledger
-- waits. "The ledger by month" in docs/guides/deploy.md says for how long, and how to prepare a large ledger: what stands there has
-- IF EXISTS here. The order of the locks is that of a statement that writes the ledger.
SET LOCAL lock_timeout = '10s';
--> statement-breakpoint
LOCK TABLE usage_ledger;
--> statement-breakpoint
LOCK TABLE usage_rollups;
--> statement-breakpoint
LOCK TABLE usage_days;
--> statement-breakpoint
ALTER TABLE "usage_days" ADD COLUMN "retried_attempts" bigint DEFAULT 0 NOT NULL, ADD COLUMN "failed_retried_attempts" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "usage_rollups" ADD COLUMN "retried_attempts" bigint DEFAULT 0 NOT NULL, ADD COLUMN "failed_retried_attempts" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
DROP TRIGGER usage_ledger_rolls_up ON usage_ledger;
--> statement-breakpoint
DROP TRIGGER IF EXISTS usage_ledger_completes_row ON usage_ledger;
--> statement-breakpoint
ALTER TABLE usage_ledger RENAME TO usage_ledger_past;
--> statement-breakpoint
ALTER INDEX usage_ledger_tenant_id_created_at RENAME TO usage_ledger_past_tenant_id_created_at;
--> statement-breakpoint
ALTER TABLE usage_ledger_past
  ADD COLUMN IF NOT EXISTS "attempt" smallint DEFAULT 1 NOT NULL,
  ADD COLUMN IF NOT EXISTS "is_last" boolean DEFAULT true NOT NULL,
  DROP CONSTRAINT usage_ledger_pkey;
--> statement-breakpoint
CREATE UNIQUE INDEX IF NOT EXISTS usage_ledger_past_pkey ON usage_ledger_past (created_at, request_id, attempt);
--> statement-breakpoint
ALTER TABLE usage_ledger_past ADD CONSTRAINT usage_ledger_past_pkey PRIMARY KEY USING INDEX usage_ledger_past_pkey;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS usage_ledger_past_request_id ON usage_ledger_past (request_id);
--> statement-breakpoint
CREATE TABLE usage_ledger (LIKE usage_ledger_past INCLUDING DEFAULTS) PARTITION BY RANGE (created_at);
--> statement-breakpoint
ALTER TABLE "usage_ledger" ADD CONSTRAINT "usage_ledger_created_at_request_id_attempt_pk" PRIMARY KEY("created_at","request_id","attempt");
--> statement-breakpoint
CREATE INDEX "usage_ledger_request_id" ON "usage_ledger" USING btree ("request_id");
--> statement-breakpoint
CREATE INDEX "usage_ledger_tenant_id_created_at" ON "usage_ledger" USING btree ("tenant_id","created_at");
--> statement-breakpoint
-- Takes the rows of months that have no partition, so that no row is refused.
CREATE TABLE usage_ledger_default PARTITION OF usage_ledger DEFAULT;
--> statement-breakpoint
-- A row whose clock was ahead goes to the default partition.
DO $$
DECLARE
  next_month timestamptz := (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC';
BEGIN
  WITH moved AS (DELETE FROM usage_ledger_past WHERE created_at >= next_month RETURNING *)
  INSERT INTO usage_ledger_default SELECT * FROM moved;
  EXECUTE format('ALTER TABLE usage_ledger ATTACH PARTITION usage_ledger_past FOR VALUES FROM (MINVALUE) TO (%L)', next_month);
END
$$;
--> statement-breakpoint
-- An earlier version inserts all columns of the table by `json_populate_record`: those that it does not know are null.
CREATE OR REPLACE FUNCTION complete_ledger_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.attempt := coalesce(NEW.attempt, 1);
  NEW.is_last := coalesce(NEW.is_last, true);
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER usage_ledger_completes_row BEFORE INSERT ON usage_ledger
FOR EACH ROW WHEN (NEW.attempt IS NULL OR NEW.is_last IS NULL) EXECUTE FUNCTION complete_ledger_row();
--> statement-breakpoint
-- Requests, errors and times to the first byte are counted by the last attempt, tokens and cost by all attempts.
CREATE OR REPLACE FUNCTION roll_up_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO usage_rollups AS rollup (
    tenant_id, hour, key_id, provider, model, source, requests, errors, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests, first_byte_counts,
    retried_attempts, failed_retried_attempts
  )
  SELECT
    tenant_id, date_trunc('hour', created_at, 'UTC'), key_id, provider, model, source,
    count(*) FILTER (WHERE is_last), count(*) FILTER (WHERE is_last AND status = 'failed'),
    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cache_read_tokens), 0), coalesce(sum(cache_write_tokens), 0), coalesce(sum(reasoning_tokens), 0),
    coalesce(sum(cost_nano_usd), 0), count(*) FILTER (WHERE cost_nano_usd IS NULL),
    count_buckets(array_agg(first_byte_bucket(first_byte_ms)) FILTER (WHERE is_last AND first_byte_ms IS NOT NULL)),
    count(*) FILTER (WHERE NOT is_last), count(*) FILTER (WHERE NOT is_last AND status = 'failed')
  FROM written
  GROUP BY 1, 2, 3, 4, 5, 6
  ORDER BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (tenant_id, hour, key_id, provider, model, source) DO UPDATE SET
    requests = rollup.requests + excluded.requests,
    errors = rollup.errors + excluded.errors,
    input_tokens = rollup.input_tokens + excluded.input_tokens,
    output_tokens = rollup.output_tokens + excluded.output_tokens,
    cache_read_tokens = rollup.cache_read_tokens + excluded.cache_read_tokens,
    cache_write_tokens = rollup.cache_write_tokens + excluded.cache_write_tokens,
    reasoning_tokens = rollup.reasoning_tokens + excluded.reasoning_tokens,
    cost_nano_usd = rollup.cost_nano_usd + excluded.cost_nano_usd,
    unpriced_requests = rollup.unpriced_requests + excluded.unpriced_requests,
    first_byte_counts = add_counts(rollup.first_byte_counts, excluded.first_byte_counts),
    retried_attempts = rollup.retried_attempts + excluded.retried_attempts,
    failed_retried_attempts = rollup.failed_retried_attempts + excluded.failed_retried_attempts;
  INSERT INTO usage_days AS rollup (
    tenant_id, day, key_id, provider, model, source, requests, errors, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests, first_byte_counts,
    retried_attempts, failed_retried_attempts
  )
  SELECT
    tenant_id, date_trunc('day', created_at, 'UTC'), key_id, provider, model, source,
    count(*) FILTER (WHERE is_last), count(*) FILTER (WHERE is_last AND status = 'failed'),
    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cache_read_tokens), 0), coalesce(sum(cache_write_tokens), 0), coalesce(sum(reasoning_tokens), 0),
    coalesce(sum(cost_nano_usd), 0), count(*) FILTER (WHERE cost_nano_usd IS NULL),
    count_buckets(array_agg(first_byte_bucket(first_byte_ms)) FILTER (WHERE is_last AND first_byte_ms IS NOT NULL)),
    count(*) FILTER (WHERE NOT is_last), count(*) FILTER (WHERE NOT is_last AND status = 'failed')
  FROM written
  GROUP BY 1, 2, 3, 4, 5, 6
  ORDER BY 1, 2, 3, 4, 5, 6
  ON CONFLICT (tenant_id, day, key_id, provider, model, source) DO UPDATE SET
    requests = rollup.requests + excluded.requests,
    errors = rollup.errors + excluded.errors,
    input_tokens = rollup.input_tokens + excluded.input_tokens,
    output_tokens = rollup.output_tokens + excluded.output_tokens,
    cache_read_tokens = rollup.cache_read_tokens + excluded.cache_read_tokens,
    cache_write_tokens = rollup.cache_write_tokens + excluded.cache_write_tokens,
    reasoning_tokens = rollup.reasoning_tokens + excluded.reasoning_tokens,
    cost_nano_usd = rollup.cost_nano_usd + excluded.cost_nano_usd,
    unpriced_requests = rollup.unpriced_requests + excluded.unpriced_requests,
    first_byte_counts = add_counts(rollup.first_byte_counts, excluded.first_byte_counts),
    retried_attempts = rollup.retried_attempts + excluded.retried_attempts,
    failed_retried_attempts = rollup.failed_retried_attempts + excluded.failed_retried_attempts;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER usage_ledger_rolls_up AFTER INSERT ON usage_ledger
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION roll_up_usage();
--> statement-breakpoint
-- As before, with the new columns. A day that has only attempts without their requests stays.
CREATE OR REPLACE FUNCTION roll_up_hours() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed text := CASE TG_OP
    WHEN 'INSERT' THEN 'SELECT 1 AS sign, * FROM new_hours'
    WHEN 'DELETE' THEN 'SELECT -1 AS sign, * FROM old_hours'
    ELSE 'SELECT 1 AS sign, * FROM new_hours UNION ALL SELECT -1, * FROM old_hours' END;
BEGIN
  EXECUTE format($f$
    INSERT INTO usage_days AS known (
      tenant_id, day, key_id, provider, model, source, requests, errors, input_tokens, output_tokens,
      cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests, first_byte_counts,
      retried_attempts, failed_retried_attempts
    )
    SELECT
      tenant_id, date_trunc('day', hour, 'UTC'), key_id, provider, model, source,
      sum(sign * requests), sum(sign * errors), sum(sign * input_tokens), sum(sign * output_tokens),
      sum(sign * cache_read_tokens), sum(sign * cache_write_tokens), sum(sign * reasoning_tokens),
      sum(sign * cost_nano_usd), sum(sign * unpriced_requests), sum_counts(times(first_byte_counts, sign)),
      sum(sign * retried_attempts), sum(sign * failed_retried_attempts)
    FROM (%s) AS changed
    GROUP BY 1, 2, 3, 4, 5, 6
    ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (tenant_id, day, key_id, provider, model, source) DO UPDATE SET
      requests = known.requests + excluded.requests,
      errors = known.errors + excluded.errors,
      input_tokens = known.input_tokens + excluded.input_tokens,
      output_tokens = known.output_tokens + excluded.output_tokens,
      cache_read_tokens = known.cache_read_tokens + excluded.cache_read_tokens,
      cache_write_tokens = known.cache_write_tokens + excluded.cache_write_tokens,
      reasoning_tokens = known.reasoning_tokens + excluded.reasoning_tokens,
      cost_nano_usd = known.cost_nano_usd + excluded.cost_nano_usd,
      unpriced_requests = known.unpriced_requests + excluded.unpriced_requests,
      first_byte_counts = add_counts(known.first_byte_counts, excluded.first_byte_counts),
      retried_attempts = known.retried_attempts + excluded.retried_attempts,
      failed_retried_attempts = known.failed_retried_attempts + excluded.failed_retried_attempts
  $f$, changed);
  IF TG_OP = 'DELETE' THEN
    DELETE FROM usage_days AS known USING old_hours AS gone
    WHERE known.tenant_id = gone.tenant_id AND known.day = date_trunc('day', gone.hour, 'UTC')
      AND known.requests = 0 AND known.retried_attempts = 0;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- Returns whether a partition other than the default one has the rows of a time.
CREATE FUNCTION has_ledger_partition(at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM pg_inherits JOIN pg_class AS partition ON partition.oid = inhrelid,
      LATERAL (SELECT pg_get_expr(relpartbound, partition.oid) AS bounds) AS described
    WHERE inhparent = 'usage_ledger'::regclass
      AND at >= coalesce((regexp_match(bounds, $r$FROM \('([^']+)'\)$r$))[1], '-infinity')::timestamptz
      AND at < (regexp_match(bounds, $r$TO \('([^']+)'\)$r$))[1]::timestamptz
  )
$$;
--> statement-breakpoint
-- Creates the partition of a month unless there is one, and moves the month's rows out of the default partition. Safe to repeat and
-- beside others that do the same. A new partition is attached, because creating it in place would lock the whole ledger. Returns
-- false, and changes nothing, if more than `max_moved_rows` had to be moved: until they are, no one can use the ledger.
CREATE FUNCTION create_ledger_partition(at timestamptz, max_moved_rows bigint DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
  month_start timestamptz := date_trunc('month', at, 'UTC');
  month_end timestamptz := (month_start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
  name text := 'usage_ledger_' || to_char(month_start AT TIME ZONE 'UTC', 'YYYY_MM');
  rows_to_move bigint;
BEGIN
  IF has_ledger_partition(at) THEN
    RETURN true;
  END IF;
  PERFORM pg_advisory_xact_lock(7265002);
  IF has_ledger_partition(at) THEN
    RETURN true;
  END IF;
  SELECT count(*) INTO rows_to_move FROM (
    SELECT FROM usage_ledger_default WHERE created_at >= month_start AND created_at < month_end LIMIT max_moved_rows + 1
  ) AS default_rows;
  IF rows_to_move > max_moved_rows THEN
    RETURN false;
  END IF;
  -- A statement that was planned before would find the rows neither in the default partition nor in the new one.
  IF rows_to_move > 0 THEN
    LOCK TABLE usage_ledger;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE usage_ledger INCLUDING DEFAULTS INCLUDING INDEXES)', name);
  EXECUTE format('WITH moved AS (
    DELETE FROM usage_ledger_default WHERE created_at >= %2$L AND created_at < %3$L RETURNING *
  ) INSERT INTO %1$I SELECT * FROM moved', name, month_start, month_end);
  EXECUTE format('ALTER TABLE usage_ledger ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, month_start, month_end);
  RETURN true;
END
$$;
--> statement-breakpoint
SELECT create_ledger_partition((date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC');
--> statement-breakpoint
SET LOCAL lock_timeout = DEFAULT;
