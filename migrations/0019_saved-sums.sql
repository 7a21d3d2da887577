-- The sums of usage get what earlier replies have saved. The tables are locked in the order in which a statement that writes usage
-- locks them.
SET LOCAL lock_timeout = '10s';
--> statement-breakpoint
ALTER TABLE "usage_rollups" ADD COLUMN "saved_nano_usd" numeric(38, 0) DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "usage_days" ADD COLUMN "saved_nano_usd" numeric(38, 0) DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "usage_labels" ADD COLUMN "saved_nano_usd" numeric(38, 0) DEFAULT 0 NOT NULL;
--> statement-breakpoint
-- As before, with the new column.
CREATE OR REPLACE FUNCTION roll_up_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO usage_rollups AS rollup (
    tenant_id, hour, key_id, provider, model, source, requests, errors, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests, first_byte_counts,
    retried_attempts, failed_retried_attempts, saved_nano_usd
  )
  SELECT
    tenant_id, date_trunc('hour', created_at, 'UTC'), key_id, provider, model, source,
    count(*) FILTER (WHERE is_last), count(*) FILTER (WHERE is_last AND status = 'failed'),
    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cache_read_tokens), 0), coalesce(sum(cache_write_tokens), 0), coalesce(sum(reasoning_tokens), 0),
    coalesce(sum(cost_nano_usd), 0), count(*) FILTER (WHERE cost_nano_usd IS NULL),
    count_buckets(array_agg(first_byte_bucket(first_byte_ms)) FILTER (WHERE is_last AND first_byte_ms IS NOT NULL)),
    count(*) FILTER (WHERE NOT is_last), count(*) FILTER (WHERE NOT is_last AND status = 'failed'),
    coalesce(sum(saved_nano_usd), 0)
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
    failed_retried_attempts = rollup.failed_retried_attempts + excluded.failed_retried_attempts,
    saved_nano_usd = rollup.saved_nano_usd + excluded.saved_nano_usd;
  INSERT INTO usage_days AS rollup (
    tenant_id, day, key_id, provider, model, source, requests, errors, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests, first_byte_counts,
    retried_attempts, failed_retried_attempts, saved_nano_usd
  )
  SELECT
    tenant_id, date_trunc('day', created_at, 'UTC'), key_id, provider, model, source,
    count(*) FILTER (WHERE is_last), count(*) FILTER (WHERE is_last AND status = 'failed'),
    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cache_read_tokens), 0), coalesce(sum(cache_write_tokens), 0), coalesce(sum(reasoning_tokens), 0),
    coalesce(sum(cost_nano_usd), 0), count(*) FILTER (WHERE cost_nano_usd IS NULL),
    count_buckets(array_agg(first_byte_bucket(first_byte_ms)) FILTER (WHERE is_last AND first_byte_ms IS NOT NULL)),
    count(*) FILTER (WHERE NOT is_last), count(*) FILTER (WHERE NOT is_last AND status = 'failed'),
    coalesce(sum(saved_nano_usd), 0)
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
    failed_retried_attempts = rollup.failed_retried_attempts + excluded.failed_retried_attempts,
    saved_nano_usd = rollup.saved_nano_usd + excluded.saved_nano_usd;
  RETURN NULL;
END
$$;
--> statement-breakpoint
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
      retried_attempts, failed_retried_attempts, saved_nano_usd
    )
    SELECT
      tenant_id, date_trunc('day', hour, 'UTC'), key_id, provider, model, source,
      sum(sign * requests), sum(sign * errors), sum(sign * input_tokens), sum(sign * output_tokens),
      sum(sign * cache_read_tokens), sum(sign * cache_write_tokens), sum(sign * reasoning_tokens),
      sum(sign * cost_nano_usd), sum(sign * unpriced_requests), sum_counts(times(first_byte_counts, sign)),
      sum(sign * retried_attempts), sum(sign * failed_retried_attempts), sum(sign * saved_nano_usd)
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
      failed_retried_attempts = known.failed_retried_attempts + excluded.failed_retried_attempts,
      saved_nano_usd = known.saved_nano_usd + excluded.saved_nano_usd
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
CREATE OR REPLACE FUNCTION roll_up_requests() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  labels jsonb;
BEGIN
  SELECT jsonb_agg(DISTINCT jsonb_build_object('tenant_id', tenant_id, 'type', type, 'label', label)) INTO labels
  FROM written CROSS JOIN LATERAL request_labels(end_user, route, tags);
  IF labels IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM register_labels(labels);
  INSERT INTO usage_labels AS known (
    tenant_id, type, label, day, requests, errors, refused, attempts, input_tokens, output_tokens,
    cache_read_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests, saved_nano_usd
  )
  SELECT
    written.tenant_id, named.type, coalesce(names.label, '(other)'), date_trunc('day', written.created_at, 'UTC'),
    count(*) FILTER (WHERE status <> 'refused'), count(*) FILTER (WHERE status = 'failed'),
    coalesce(sum(represents) FILTER (WHERE status = 'refused'), 0), sum(attempts),
    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cache_read_tokens), 0), coalesce(sum(reasoning_tokens), 0),
    coalesce(sum(cost_nano_usd), 0), count(*) FILTER (WHERE status <> 'refused' AND cost_nano_usd IS NULL),
    coalesce(sum(saved_nano_usd), 0)
  FROM written CROSS JOIN LATERAL request_labels(end_user, route, tags) AS named
    LEFT JOIN label_names AS names
      ON names.tenant_id = written.tenant_id AND names.type = named.type AND names.label = named.label
  GROUP BY 1, 2, 3, 4
  ORDER BY 1, 2, 3, 4
  ON CONFLICT (tenant_id, type, label, day) DO UPDATE SET
    requests = known.requests + excluded.requests,
    errors = known.errors + excluded.errors,
    refused = known.refused + excluded.refused,
    attempts = known.attempts + excluded.attempts,
    input_tokens = known.input_tokens + excluded.input_tokens,
    output_tokens = known.output_tokens + excluded.output_tokens,
    cache_read_tokens = known.cache_read_tokens + excluded.cache_read_tokens,
    reasoning_tokens = known.reasoning_tokens + excluded.reasoning_tokens,
    cost_nano_usd = known.cost_nano_usd + excluded.cost_nano_usd,
    unpriced_requests = known.unpriced_requests + excluded.unpriced_requests,
    saved_nano_usd = known.saved_nano_usd + excluded.saved_nano_usd;
  RETURN NULL;
END
$$;
--> statement-breakpoint
SET LOCAL lock_timeout = DEFAULT;
