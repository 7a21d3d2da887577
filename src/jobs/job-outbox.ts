import { jobOutboxTable } from '../db/queries/outbox.ts';
import { Outbox } from '../outbox/outbox.ts';
import { createJobMessage } from './job-message.ts';

/**
 * Puts jobs on the queue `jobs`: their creators call `enqueue` after the insert, and cron calls `sweep` for jobs without a message. The
 * rows are the truth and a message only names one, so a message that is lost or delivered twice does no harm (`Outbox`). Shared by
 * all requests of an isolate: it has no state. The names under `log` are fields of log lines, which are public.
 */
export const jobOutbox = new Outbox({
  table: jobOutboxTable,
  createMessage: createJobMessage,
  log: { subject: 'jobs', countField: 'jobs', idsField: 'jobIds' },
});
