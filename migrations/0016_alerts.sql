CREATE TABLE "alerts" (
	"name" text NOT NULL,
	"subject" text NOT NULL,
	"active" boolean NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"opened_at" timestamp with time zone NOT NULL,
	"attempts" integer NOT NULL,
	"failed" integer NOT NULL,
	"error_codes" text[] NOT NULL,
	"sample_request_ids" text[] NOT NULL,
	"delivery_id" text NOT NULL,
	CONSTRAINT "alerts_name_subject_pk" PRIMARY KEY("name","subject")
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ALTER COLUMN "tenant_id" DROP NOT NULL;