CREATE TABLE "ledger_archives" (
	"name" text PRIMARY KEY NOT NULL,
	"starts_at" timestamp with time zone,
	"ends_at" timestamp with time zone NOT NULL,
	"table_name" text NOT NULL,
	"detached_at" timestamp with time zone DEFAULT now() NOT NULL,
	"written_at" timestamp with time zone,
	"file" text,
	"rows" bigint,
	"cost_nano_usd" numeric(38, 0),
	"sha256" text,
	"dropped_at" timestamp with time zone
);

--> statement-breakpoint
-- Detaches a partition of the ledger and records that in one transaction. The archive `2026-01` is that of usage_ledger_2026_01,
-- and `past` that of usage_ledger_past. CONCURRENTLY is not possible beside a default partition, so that the ledger is locked, for
-- milliseconds; the statement waits 2 s for that lock and then fails. From then on rows of the month go to the default partition.
CREATE FUNCTION detach_ledger_partition(archive_name text) RETURNS void LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
DECLARE
  partition text := 'usage_ledger_' || replace(archive_name, '-', '_');
  bounds text;
BEGIN
  PERFORM pg_advisory_xact_lock(7265002);
  SELECT pg_get_expr(relpartbound, pg_class.oid) INTO STRICT bounds
  FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
  WHERE inhparent = 'usage_ledger'::regclass AND relname = partition;
  INSERT INTO ledger_archives (name, starts_at, ends_at, table_name) VALUES (
    archive_name, (regexp_match(bounds, $r$FROM \('([^']+)'\)$r$))[1]::timestamptz,
    (regexp_match(bounds, $r$TO \('([^']+)'\)$r$))[1]::timestamptz, partition
  );
  EXECUTE format('ALTER TABLE usage_ledger DETACH PARTITION %I', partition);
END
$$;
