import * as z from 'zod';

/**
 * A message on the queue `jobs` or its dead-letter queue. It only names the job's row, which is the truth. Messages outlive a deployment:
 * another form needs another `version`, and this one has to be read as long as messages of it are in the queues.
 */
export const jobMessageSchema = z.object({ version: z.literal(1), jobId: z.string() });

export type JobMessage = z.infer<typeof jobMessageSchema>;

/** Creates the message for a job. It may be sent more than once: a claim finds out whether there is something to do. */
export function createJobMessage(jobId: string): JobMessage {
  return { version: 1, jobId };
}
