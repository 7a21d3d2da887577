-- The histogram of times to the first byte: bucket 1 holds up to 1 ms, each next one is 1.2 times as wide, the 65th has the rest.
CREATE FUNCTION first_byte_bucket(ms integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT least(64, ceil(ln(greatest(ms, 1)) / ln(1.2)))::integer + 1
$$;
--> statement-breakpoint
CREATE FUNCTION count_buckets(buckets integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_agg(coalesce(counted.calls, 0) ORDER BY number)
  FROM generate_series(1, 65) AS number
  LEFT JOIN (SELECT bucket, count(*)::integer AS calls FROM unnest(buckets) AS bucket GROUP BY bucket) AS counted
    ON counted.bucket = number
$$;
--> statement-breakpoint
CREATE FUNCTION add_counts(one integer[], other integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_agg(a + b ORDER BY number) FROM unnest(one, other) WITH ORDINALITY AS pairs (a, b, number)
$$;
--> statement-breakpoint
-- Runs within the statement that writes to the ledger, over the rows that it really wrote: a row that stood there already
-- is not in them. Rollups are taken in one order, so that two writers never wait for each other in a circle.
CREATE FUNCTION roll_up_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO usage_rollups AS rollup (
    tenant_id, hour, key_id, provider, model, source, requests, errors, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests, first_byte_counts
  )
  SELECT
    tenant_id, date_trunc('hour', created_at, 'UTC'), key_id, provider, model, source,
    count(*), count(*) FILTER (WHERE status = 'failed'),
    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cache_read_tokens), 0), coalesce(sum(cache_write_tokens), 0), coalesce(sum(reasoning_tokens), 0),
    coalesce(sum(cost_nano_usd), 0), count(*) FILTER (WHERE cost_nano_usd IS NULL),
    count_buckets(array_agg(first_byte_bucket(first_byte_ms)) FILTER (WHERE first_byte_ms IS NOT NULL))
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
    first_byte_counts = add_counts(rollup.first_byte_counts, excluded.first_byte_counts);
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER usage_ledger_rolls_up AFTER INSERT ON usage_ledger
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION roll_up_usage();
--> statement-breakpoint
-- A status that is final never changes, whoever tries. A change of status is an event, with the job's next number.
CREATE FUNCTION number_job_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.status IN ('COMPLETED', 'FAILED', 'CANCELLED') THEN
    RAISE EXCEPTION 'job % is % for good', OLD.id, OLD.status USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  NEW.event_count := NEW.event_count + 1;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER jobs_number_first_event BEFORE INSERT ON jobs
FOR EACH ROW EXECUTE FUNCTION number_job_event();
--> statement-breakpoint
CREATE TRIGGER jobs_number_event BEFORE UPDATE OF status ON jobs
FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION number_job_event();
--> statement-breakpoint
-- Whoever watches the job and whoever wants a webhook learns of a change from rows of the same statement: neither can be
-- lost, and neither can tell of a change that did not happen.
CREATE FUNCTION tell_job_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO job_events (job_id, number, type, data) VALUES (
    NEW.id, NEW.event_count, 'status',
    jsonb_strip_nulls(jsonb_build_object(
      'status', NEW.status, 'attempt', NEW.attempt_count, 'finishReason', NEW.finish_reason,
      'error', CASE WHEN NEW.error_code IS NOT NULL
        THEN jsonb_build_object('code', NEW.error_code, 'message', NEW.error_message) END
    ))
  );
  IF NEW.webhook_url IS NOT NULL AND NEW.status IN ('COMPLETED', 'FAILED', 'CANCELLED') THEN
    INSERT INTO webhook_deliveries (id, tenant_id, job_id, event, url)
    VALUES ('whd_' || substr(NEW.id, 5), NEW.tenant_id, NEW.id, 'job.' || lower(NEW.status), NEW.webhook_url);
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER jobs_tell_first_status AFTER INSERT ON jobs
FOR EACH ROW EXECUTE FUNCTION tell_job_status();
--> statement-breakpoint
CREATE TRIGGER jobs_tell_status AFTER UPDATE OF status ON jobs
FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION tell_job_status();
