CREATE TABLE "responses" (
	"tenant_id" text NOT NULL,
	"id" text NOT NULL,
	"provider" text,
	"item_ids" text[],
	"previous_id" text,
	"input" "bytea",
	"output" "bytea",
	"reply" "bytea",
	"content_length" integer,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "responses_tenant_id_id_pk" PRIMARY KEY("tenant_id","id")
);
--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "store_responses" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "responses" ADD CONSTRAINT "responses_tenant_id_tenants_id_fk" FOREIGN KEY ("tenant_id") REFERENCES "public"."tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "responses_expires_at" ON "responses" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "responses_item_ids" ON "responses" USING gin ("item_ids");--> statement-breakpoint
-- The tenant of `npm run dev`, which exists on the machines of developers only.
UPDATE "tenants" SET "store_responses" = true WHERE "id" = 'ten_dev';
