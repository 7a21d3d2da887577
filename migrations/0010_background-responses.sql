ALTER TABLE "jobs" ADD COLUMN "response_request" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "response_settings" text;--> statement-breakpoint
-- A response in the background has the webhook events of OpenAI's. One that was cut off by a limit or a filter is incomplete.
CREATE OR REPLACE FUNCTION tell_job_status() RETURNS trigger LANGUAGE plpgsql AS $$
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
    VALUES (
      'whd_' || substr(NEW.id, 5), NEW.tenant_id, NEW.id,
      CASE
        WHEN NEW.type <> 'RESPONSE' THEN 'job.' || lower(NEW.status)
        WHEN NEW.status = 'COMPLETED' AND NEW.finish_reason IN ('length', 'content_filter') THEN 'response.incomplete'
        ELSE 'response.' || lower(NEW.status)
      END,
      NEW.webhook_url
    );
  END IF;
  RETURN NULL;
END
$$;
