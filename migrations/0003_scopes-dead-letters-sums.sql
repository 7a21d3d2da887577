ALTER TABLE "api_keys" ADD COLUMN "scopes" text[] DEFAULT '{chat,jobs,read}' NOT NULL;--> statement-breakpoint
CREATE INDEX "jobs_dead_letters" ON "jobs" USING btree ("tenant_id","id") WHERE dead_lettered_at is not null;--> statement-breakpoint
-- Adds histograms up, place by place.
CREATE AGGREGATE sum_counts(integer[]) (SFUNC = add_counts, STYPE = integer[]);
--> statement-breakpoint
ALTER FUNCTION add_counts(integer[], integer[]) STRICT;
