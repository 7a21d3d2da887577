import * as z from 'zod';

/** Parameters of more than one route. */

export const idempotencyKey = z.object({
  'Idempotency-Key': z.string().min(1).max(255).optional().openapi({
    description:
      'Makes it safe to send the same request again: for 24 hours the same key with the same body is answered with the first answer, which is not billed again. 1 to 255 printable characters, such as `order-7-summary`.',
  }),
});

export const prefer = z.object({
  Prefer: z.string().optional().openapi({
    description:
      '`wait=10` waits up to so many seconds (60 at most) for a job to end. `respond-async` makes a job of a chat call.',
  }),
});

export const jobId = z.object({ id: z.string().openapi({ example: 'job_01K9Z3N4V6T8QW2R5Y7B9D1F3H' }) });
