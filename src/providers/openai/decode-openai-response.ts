import * as z from 'zod';
import type { ChatResponse, FinishReason } from '../../domain/response.ts';
import { unreadableReplyError, type Vendor } from '../provider-error.ts';
import { decodeOpenAiResponsesUsage } from './decode-openai-responses-usage.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

const text = z.string().optional().catch(undefined);

const outputSchema = z.object({
  type: text,
  content: z
    .array(z.object({ type: text }).catch({}))
    .optional()
    .catch(undefined),
});

/** A Responses reply, whole or as an event of a stream brings it: only what is read here, and nothing that is required. */
export const responseSchema = z.object({
  status: text,
  model: text,
  service_tier: text,
  error: z.unknown().optional(),
  incomplete_details: z.object({ reason: text }).optional().catch(undefined),
  output: z.array(outputSchema.catch({})).optional().catch(undefined),
  usage: z.unknown().optional(),
});

export type ResponsesReply = z.infer<typeof responseSchema>;

/** What the caller is to carry out itself. */
const callTypes: ReadonlySet<string | undefined> = new Set(['function_call', 'custom_tool_call']);

/**
 * Why a reply ended. Of a reply with its status alone (a stream's last event need not repeat the output) `seen` says what
 * has come before.
 */
export function decodeResponsesFinishReason(
  { status, incomplete_details, output = [] }: ResponsesReply,
  seen: { readonly refused: boolean; readonly calledTools: boolean } = { refused: false, calledTools: false },
): FinishReason {
  if (status === 'incomplete') {
    const reason = incomplete_details?.reason;
    if (reason === 'max_output_tokens') return 'length';
    return reason === 'content_filter' ? 'content_filter' : 'other';
  }
  if (status !== undefined && status !== 'completed') return 'other';
  const refuses = ({ content = [] }: (typeof output)[number]) => content.some(({ type }) => type === 'refusal');
  if (seen.refused || output.some(refuses)) return 'content_filter';
  return seen.calledTools || output.some(({ type }) => callTypes.has(type)) ? 'tool_calls' : 'stop';
}

/** Reads the body of a whole reply for what it says of itself. Throws a GatewayError for one that has failed. */
export function decodeOpenAiResponse(
  body: string,
  vendor: Vendor,
): Pick<ChatResponse, 'finishReason' | 'usage' | 'reportedModel'> {
  const reply = responseSchema.safeParse(parseJson(body)).data;
  if (!reply) throw unreadableReplyError(vendor.name, 'it is not a JSON object');
  if (reply.error || reply.status === 'failed') throw mapOpenAiInBandError(reply.error, vendor);
  const reported = { usage: decodeOpenAiResponsesUsage(reply.usage, reply.service_tier), reportedModel: reply.model };
  if (!reply.output) throw unreadableReplyError(vendor.name, 'there is no output in it', { reported });
  return { finishReason: decodeResponsesFinishReason(reply), ...reported };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
