import * as z from 'zod';
import type { ContentPart } from '../../domain/request.ts';
import type { ChatResponse } from '../../domain/response.ts';
import { unreadableReplyError, type Vendor } from '../provider-error.ts';
import { decodeAnthropicStopReason } from './decode-anthropic-stop-reason.ts';
import { decodeAnthropicUsage, usageSchema } from './decode-anthropic-usage.ts';
import { errorBodySchema, mapAnthropicError } from './map-anthropic-error.ts';

/**
 * Beside the types that are read there are those of the server's own tools, and whatever will be added. So is
 * `redacted_thinking`: it is encrypted, has no text to show, and no other protocol has a place for it.
 */
const contentBlockSchema = z.object({
  type: z.string(),
  text: z.string().optional(),
  thinking: z.string().optional(),
  signature: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
});

const messageSchema = z.object({
  model: z.string().optional(),
  content: z.array(contentBlockSchema),
  stop_reason: z.string().nullish(),
  stop_details: z.object({ explanation: z.string().nullish() }).nullish().catch(undefined),
  usage: usageSchema.nullish().catch(undefined),
});

/**
 * Reads the whole reply of `/v1/messages`. Throws `provider_error` where it is no message, and what an error object would
 * have been as a status where it is one.
 */
export function decodeAnthropicMessage(body: string, vendor: Vendor): ChatResponse {
  const parsed = parseJson(body, vendor);
  const error = errorBodySchema.safeParse(parsed);
  if (error.success) throw mapAnthropicError(error.data.error, vendor);
  const message = messageSchema.safeParse(parsed);
  if (!message.success) {
    const reported = countsOf(parsed);
    throw unreadableReplyError(vendor.name, 'it is not a message', { cause: message.error, reported });
  }
  const { model, content, stop_reason, stop_details, usage } = message.data;
  const serverTools = content.flatMap(({ type, name }) => (type === 'server_tool_use' && name ? [name] : []));
  const reported = { usage: decodeAnthropicUsage(usage, serverTools), reportedModel: model };
  return {
    content: content.flatMap((block) => toReplyPart(block, reported, vendor)),
    refusal: stop_details?.explanation ?? undefined,
    finishReason: decodeAnthropicStopReason(stop_reason),
    ...reported,
  };
}

const countsSchema = messageSchema.pick({ model: true, usage: true });

/** What a reply that is no message says of its cost all the same. */
function countsOf(parsed: unknown): ReportedUsage {
  const { model, usage } = countsSchema.safeParse(parsed).data ?? {};
  return { usage: decodeAnthropicUsage(usage), reportedModel: model };
}

type ReportedUsage = Pick<ChatResponse, 'usage' | 'reportedModel'>;

function parseJson(body: string, vendor: Vendor): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw unreadableReplyError(vendor.name, 'it is not JSON', { cause: error });
  }
}

function toReplyPart(
  block: z.infer<typeof contentBlockSchema>,
  reported: ReportedUsage,
  vendor: Vendor,
): ContentPart[] {
  if (block.type === 'text') return [{ type: 'text', text: block.text ?? '' }];
  if (block.type === 'thinking') {
    return [{ type: 'reasoning', text: block.thinking ?? '', signature: block.signature }];
  }
  if (block.type !== 'tool_use') return [];
  const { id, name, input } = block;
  if (id === undefined || name === undefined)
    throw unreadableReplyError(vendor.name, 'a tool call has no id or name', { reported });
  return [{ type: 'tool_call', id, name, argumentsJson: JSON.stringify(input ?? {}) }];
}
