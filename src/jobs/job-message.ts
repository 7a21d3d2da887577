import * as z from 'zod';

/** A message on the queue `jobs` or its dead-letter queue. It only names the job's row. */
export const jobMessageSchema = z.object({ version: z.literal(1), jobId: z.string() });

export type JobMessage = z.infer<typeof jobMessageSchema>;

export function createJobMessage(jobId: string): JobMessage {
  return { version: 1, jobId };
}
