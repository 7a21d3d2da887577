CREATE TABLE "job_counts" (
	"tenant_id" text NOT NULL,
	"part" smallint NOT NULL,
	"jobs" bigint NOT NULL,
	CONSTRAINT "job_counts_tenant_id_part_pk" PRIMARY KEY("tenant_id","part")
);
--> statement-breakpoint
CREATE INDEX "jobs_tenant_id_status_id" ON "jobs" USING btree ("tenant_id","status","id");--> statement-breakpoint
-- In the statement that makes or removes jobs, over those that it really made. Tenants are taken in one order, so that two
-- writers never wait for each other in a circle.
CREATE FUNCTION count_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  some_part smallint := floor(random() * 8);
BEGIN
  INSERT INTO job_counts AS known (tenant_id, part, jobs)
  SELECT tenant_id, some_part, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END FROM changed GROUP BY 1 ORDER BY 1
  ON CONFLICT (tenant_id, part) DO UPDATE SET jobs = known.jobs + excluded.jobs;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER jobs_count_new AFTER INSERT ON jobs
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_jobs();
--> statement-breakpoint
CREATE TRIGGER jobs_count_removed AFTER DELETE ON jobs
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_jobs();
--> statement-breakpoint
-- Nobody makes jobs until this is committed, for the triggers have locked them.
INSERT INTO job_counts (tenant_id, part, jobs) SELECT tenant_id, 0, count(*) FROM jobs GROUP BY 1;
