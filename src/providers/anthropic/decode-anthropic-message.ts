import * as z from 'zod';
import type { ContentPart } from '../../domain/request.ts';
import type { ChatResponse } from '../../domain/response.ts';
import { findJsonSpans } from '../../lib/find-json-spans.ts';
import { unreadableReplyError, type Vendor } from '../provider-error.ts';
import { decodeAnthropicStopReason } from './decode-anthropic-stop-reason.ts';
import { toArgumentsJson } from './decode-anthropic-tool-blocks.ts';
import { decodeAnthropicUsage, usageSchema } from './decode-anthropic-usage.ts';
import { errorBodySchema, mapAnthropicError } from './map-anthropic-error.ts';

/** Compatible servers write null where Anthropic leaves a field out. */
const text = z.string().optional().catch(undefined);

/**
 * Beside the types that are read there are those of the server's own tools, and more that will be added.
 */
const contentBlockSchema = z.object({
  type: text,
  text,
  thinking: text,
  signature: text,
  data: text,
  id: text,
  name: text,
});

const messageSchema = z.object({
  model: text,
  content: z.array(contentBlockSchema),
  stop_reason: text,
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
  if (error.success) throw mapAnthropicError({ ...error.data.error, body }, vendor);
  const message = messageSchema.safeParse(parsed);
  if (!message.success) {
    const reported = countsOf(parsed);
    throw unreadableReplyError(vendor.name, 'it is not a message', { cause: message.error, reported });
  }
  const { model, content, stop_reason, stop_details, usage } = message.data;
  const inputs = content.some(({ type }) => type === 'tool_use') ? findInputs(body) : new Map<number, string>();
  const serverTools = content.flatMap(({ type, name }) => (type === 'server_tool_use' && name ? [name] : []));
  const reported = { usage: decodeAnthropicUsage(usage, serverTools), reportedModel: model };
  const parts = content.flatMap((block, index) => toReplyPart(block, inputs.get(index), reported, vendor));
  const calledTools = parts.some(({ type }) => type === 'tool_call');
  return {
    content: parts,
    refusal: stop_details?.explanation ?? undefined,
    finishReason: decodeAnthropicStopReason(stop_reason, calledTools),
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

/** The arguments of tool calls by their blocks: cut out of the text, so that numbers keep their digits. */
function findInputs(body: string): Map<number, string> {
  const spans = findJsonSpans(body, ['content', '*', 'input']);
  return new Map(spans.map(({ path, start, end }) => [Number(path[1]), body.slice(start, end)]));
}

function toReplyPart(
  block: z.infer<typeof contentBlockSchema>,
  inputJson: string | undefined,
  reported: ReportedUsage,
  vendor: Vendor,
): ContentPart[] {
  if (block.type === 'text') return [{ type: 'text', text: block.text ?? '' }];
  if (block.type === 'thinking') {
    return [{ type: 'reasoning', text: block.thinking ?? '', signature: block.signature }];
  }
  if (block.type === 'redacted_thinking') return [{ type: 'reasoning', text: '', redactedData: block.data }];
  if (block.type !== 'tool_use') return [];
  const { id, name } = block;
  if (id === undefined || name === undefined)
    throw unreadableReplyError(vendor.name, 'a tool call has no id or name', { reported });
  return [{ type: 'tool_call', id, name, argumentsJson: toArgumentsJson(inputJson) }];
}
