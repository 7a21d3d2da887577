CREATE TABLE "routes" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"definition" json,
	"is_latest" boolean DEFAULT true NOT NULL,
	"changed_by" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "routes" ADD CONSTRAINT "routes_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "routes_latest" ON "routes" USING btree (coalesce(tenant_id, ''),"name") WHERE is_latest;--> statement-breakpoint
CREATE INDEX "routes_versions" ON "routes" USING btree (coalesce(tenant_id, ''),"name","version");