import { jobOutboxTable } from '../db/queries/outbox.ts';
import { Outbox } from '../outbox/outbox.ts';
import { createJobMessage } from './job-message.ts';

/** Sends messages for jobs. */
export const jobOutbox = new Outbox({
  table: jobOutboxTable,
  createMessage: createJobMessage,
  log: { subject: 'jobs', countField: 'jobs', idsField: 'jobIds' },
});
