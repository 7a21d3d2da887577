-- The request log, its sums by end user, tag and route, and the end user of ledger rows. The ledger waits while one partial index is
-- built: as long as one scan of it takes.
SET LOCAL lock_timeout = '10s';
--> statement-breakpoint
CREATE TABLE "request_bodies" (
	"request_id" text PRIMARY KEY NOT NULL,
	"tenant_id" text NOT NULL,
	"end_user" text,
	"request" "bytea",
	"reply" "bytea",
	"is_request_cut" boolean NOT NULL,
	"is_reply_cut" boolean NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "requests" (
	"id" text PRIMARY KEY NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"tenant_id" text NOT NULL,
	"key_id" text NOT NULL,
	"client_request_id" text,
	"source" text NOT NULL,
	"path" text NOT NULL,
	"status" text NOT NULL,
	"http_status" smallint,
	"provider" text,
	"model" text,
	"route" text,
	"error_code" text,
	"error_message" text,
	"upstream_status" smallint,
	"upstream_request_id" text,
	"input_tokens" integer,
	"output_tokens" integer,
	"cache_read_tokens" integer,
	"reasoning_tokens" integer,
	"cost_nano_usd" bigint,
	"saved_nano_usd" bigint,
	"first_byte_ms" integer,
	"total_ms" integer NOT NULL,
	"attempts" smallint NOT NULL,
	"end_user" text,
	"session_id" text,
	"tags" jsonb,
	"dropped" text,
	"adjusted" text,
	"job_id" text,
	"represents" integer DEFAULT 1 NOT NULL,
	"logged_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "label_names" (
	"tenant_id" text NOT NULL,
	"type" text NOT NULL,
	"label" text NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "label_names_tenant_id_type_label_pk" PRIMARY KEY("tenant_id","type","label")
);
--> statement-breakpoint
CREATE TABLE "usage_labels" (
	"tenant_id" text NOT NULL,
	"type" text NOT NULL,
	"label" text NOT NULL,
	"day" timestamp with time zone NOT NULL,
	"requests" bigint NOT NULL,
	"errors" bigint NOT NULL,
	"refused" bigint NOT NULL,
	"attempts" bigint NOT NULL,
	"input_tokens" bigint NOT NULL,
	"output_tokens" bigint NOT NULL,
	"cache_read_tokens" bigint NOT NULL,
	"reasoning_tokens" bigint NOT NULL,
	"cost_nano_usd" numeric(38, 0) NOT NULL,
	"unpriced_requests" bigint NOT NULL,
	CONSTRAINT "usage_labels_tenant_id_type_label_day_pk" PRIMARY KEY("tenant_id","type","label","day")
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "end_user_requests_per_minute" integer;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "end_user_tokens_per_minute" integer;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "end_user_concurrency" integer;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "end_user_daily_budget_nano_usd" bigint;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "end_user_monthly_budget_nano_usd" bigint;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "require_end_user" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "end_user" text;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "keep_bodies" text DEFAULT 'none' NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "end_user" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "session_id" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "tags" jsonb;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "end_user_requests_per_minute" integer;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "end_user_tokens_per_minute" integer;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "end_user_concurrency" integer;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "end_user_daily_budget_nano_usd" bigint;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "end_user_monthly_budget_nano_usd" bigint;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "require_end_user" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "tag_names" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "usage_ledger" ADD COLUMN "end_user" text;--> statement-breakpoint
CREATE INDEX "request_bodies_expires_at" ON "request_bodies" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "request_bodies_end_user" ON "request_bodies" USING btree ("tenant_id","end_user");--> statement-breakpoint
CREATE INDEX "requests_created_at" ON "requests" USING btree ((created_at AT TIME ZONE 'UTC'),"id");--> statement-breakpoint
CREATE INDEX "requests_tenant" ON "requests" USING btree ("tenant_id","created_at","id");--> statement-breakpoint
CREATE INDEX "requests_key" ON "requests" USING btree ("tenant_id","key_id","created_at","id");--> statement-breakpoint
CREATE INDEX "requests_model" ON "requests" USING btree ("tenant_id","model","created_at","id");--> statement-breakpoint
CREATE INDEX "requests_status" ON "requests" USING btree ("tenant_id","status","created_at","id");--> statement-breakpoint
CREATE INDEX "requests_not_completed" ON "requests" USING btree ("status","created_at","id") WHERE status <> 'completed';--> statement-breakpoint
CREATE INDEX "requests_end_user" ON "requests" USING btree ("tenant_id","end_user","created_at","id") WHERE end_user is not null;--> statement-breakpoint
CREATE INDEX "requests_route" ON "requests" USING btree ("tenant_id","route","created_at","id") WHERE route is not null;--> statement-breakpoint
CREATE INDEX "requests_client_request_id" ON "requests" USING btree ("tenant_id","client_request_id","created_at","id") WHERE client_request_id is not null;--> statement-breakpoint
CREATE INDEX "requests_logged_at" ON "requests" USING btree ("logged_at");--> statement-breakpoint
-- A key and an end user belong to one tenant. The planner would expect far too few rows, and sort all that there are.
CREATE STATISTICS "requests_key" (dependencies) ON "tenant_id", "key_id" FROM "requests";--> statement-breakpoint
CREATE STATISTICS "requests_end_user" (dependencies) ON "tenant_id", "end_user" FROM "requests";--> statement-breakpoint
CREATE INDEX "label_names_first_seen_at" ON "label_names" USING btree ("tenant_id","type","first_seen_at");--> statement-breakpoint
CREATE INDEX "usage_labels_day" ON "usage_labels" USING btree ("tenant_id","type","day");--> statement-breakpoint
CREATE INDEX "usage_ledger_end_user" ON "usage_ledger" USING btree ("tenant_id","end_user","created_at") WHERE end_user is not null;
--> statement-breakpoint
-- The labels of a request: its end user, its route and its tags.
CREATE FUNCTION request_labels(end_user text, route text, tags jsonb) RETURNS TABLE (type text, label text)
LANGUAGE sql IMMUTABLE AS $$
  SELECT 'end_user', end_user WHERE end_user IS NOT NULL
  UNION ALL SELECT 'route', route WHERE route IS NOT NULL
  UNION ALL SELECT 'tag', key || '=' || value FROM jsonb_each_text(coalesce(tags, '{}'))
$$;
--> statement-breakpoint
-- Registers labels that are new to their tenants. Clients invent end users and the values of tags, so that a tenant gets at most
-- 10,000 new end users and 1,000 new tags in an hour. The names of routes are bounded where routes are set.
CREATE FUNCTION register_labels(labels jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  owner record;
  remaining integer;
BEGIN
  FOR owner IN
    SELECT new.tenant_id, new.type, array_agg(new.label ORDER BY new.label) AS labels
    FROM jsonb_to_recordset(labels) AS new (tenant_id text, type text, label text)
    WHERE NOT EXISTS (
      SELECT FROM label_names AS known
      WHERE known.tenant_id = new.tenant_id AND known.type = new.type AND known.label = new.label
    )
    GROUP BY 1, 2 ORDER BY 1, 2
  LOOP
    PERFORM pg_advisory_xact_lock(7265003, hashtext(owner.tenant_id || owner.type));
    SELECT (CASE owner.type WHEN 'tag' THEN 1000 ELSE 10000 END) - count(*) INTO remaining FROM (
      SELECT FROM label_names AS known
      WHERE known.tenant_id = owner.tenant_id AND known.type = owner.type AND first_seen_at > now() - interval '1 hour'
      LIMIT 10000
    ) AS recent;
    INSERT INTO label_names (tenant_id, type, label)
    SELECT owner.tenant_id, owner.type, label FROM unnest(owner.labels) AS label LIMIT greatest(remaining, 0)
    ON CONFLICT DO NOTHING;
  END LOOP;
END
$$;
--> statement-breakpoint
-- A refused request counts as refused only. Labels that are not registered are added up as `(other)`.
CREATE FUNCTION roll_up_requests() RETURNS trigger LANGUAGE plpgsql AS $$
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
    cache_read_tokens, reasoning_tokens, cost_nano_usd, unpriced_requests
  )
  SELECT
    written.tenant_id, named.type, coalesce(names.label, '(other)'), date_trunc('day', written.created_at, 'UTC'),
    count(*) FILTER (WHERE status <> 'refused'), count(*) FILTER (WHERE status = 'failed'),
    coalesce(sum(represents) FILTER (WHERE status = 'refused'), 0), sum(attempts),
    coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cache_read_tokens), 0), coalesce(sum(reasoning_tokens), 0),
    coalesce(sum(cost_nano_usd), 0), count(*) FILTER (WHERE status <> 'refused' AND cost_nano_usd IS NULL)
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
    unpriced_requests = known.unpriced_requests + excluded.unpriced_requests;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER requests_roll_up AFTER INSERT ON requests
REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION roll_up_requests();
--> statement-breakpoint
SET LOCAL lock_timeout = DEFAULT;
