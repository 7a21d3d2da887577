import * as z from 'zod';
import { usageSchema } from './decode-anthropic-usage.ts';

const text = z.string().optional().catch(undefined);

/**
 * The events of a streamed message and the fields of them that are read. Those of all types are in one loose shape, for
 * an event is told by its type and the rest of its fields are Anthropic's to add to.
 */
export const messageEventSchema = z.object({
  type: text,
  index: z.number().optional().catch(undefined),
  message: z
    .object({ model: text, usage: usageSchema.nullish().catch(undefined) })
    .optional()
    .catch(undefined),
  content_block: z
    .object({
      type: z.string(),
      text,
      thinking: text,
      signature: text,
      data: text,
      id: text,
      name: text,
    })
    .optional()
    .catch(undefined),
  delta: z
    .object({
      type: text,
      text,
      thinking: text,
      signature: text,
      partial_json: text,
      stop_reason: text,
      stop_details: z.object({ explanation: text }).nullish().catch(undefined),
    })
    .optional()
    .catch(undefined),
  usage: usageSchema.nullish().catch(undefined),
  error: z.object({ type: text, message: text }).optional().catch(undefined),
});

/** One event of a streamed message. */
export type MessageEvent = z.infer<typeof messageEventSchema>;
