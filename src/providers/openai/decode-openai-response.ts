import * as z from 'zod';
import type { ContentPart } from '../../domain/request.ts';
import type { ChatResponse, FinishReason } from '../../domain/response.ts';
import { unreadableReplyError, type Vendor } from '../provider-error.ts';
import { decodeOpenAiResponsesUsage } from './decode-openai-responses-usage.ts';
import { isBilledOutputItem } from './is-billed-output-item.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

const text = z.string().optional().catch(undefined);

const partsSchema = z
  .array(z.object({ type: text, text, refusal: text }).catch({}))
  .optional()
  .catch(undefined);

/** An item of the output, also as an event of a stream brings it. */
export const outputItemSchema = z.object({
  type: text,
  call_id: text,
  name: text,
  arguments: text,
  input: text,
  content: partsSchema,
  summary: partsSchema,
  environment: z.object({ type: text }).nullish().catch(undefined),
});

/** A Responses reply, whole or as an event of a stream brings it: only what is read here, and nothing that is required. */
export const responseSchema = z.object({
  status: text,
  model: text,
  service_tier: text,
  error: z.unknown().optional(),
  incomplete_details: z.object({ reason: text }).optional().catch(undefined),
  output: z.array(outputItemSchema.catch({})).optional().catch(undefined),
  usage: z.unknown().optional(),
});

export type ResponsesReply = z.infer<typeof responseSchema>;

/** What the caller is to carry out itself. */
const callTypes: ReadonlySet<string | undefined> = new Set(['function_call', 'custom_tool_call']);

/**
 * Returns why a reply ended. The last event of a stream need not repeat the output: `streamed` is what the events before it had.
 */
export function decodeResponsesFinishReason(
  { status, incomplete_details, output = [] }: ResponsesReply,
  streamed: { readonly refused: boolean; readonly calledTools: boolean } = { refused: false, calledTools: false },
): FinishReason {
  if (status === 'incomplete') {
    const reason = incomplete_details?.reason;
    if (reason === 'max_output_tokens') return 'length';
    return reason === 'content_filter' ? 'content_filter' : 'other';
  }
  if (status !== undefined && status !== 'completed') return 'other';
  const refuses = ({ content = [] }: (typeof output)[number]) => content.some(({ type }) => type === 'refusal');
  if (streamed.refused || output.some(refuses)) return 'content_filter';
  return streamed.calledTools || output.some(({ type }) => callTypes.has(type)) ? 'tool_calls' : 'stop';
}

/**
 * Reads the body of a whole reply for what it says of itself. Its content is all that the model wrote, as text: its tokens are
 * estimated from that where they are not counted. Throws a GatewayError for one that has failed.
 */
export function decodeOpenAiResponse(
  body: string,
  vendor: Vendor,
): Pick<ChatResponse, 'content' | 'finishReason' | 'usage' | 'reportedModel'> {
  const reply = responseSchema.safeParse(parseJson(body)).data;
  if (!reply) throw unreadableReplyError(vendor.name, 'it is not a JSON object');
  if (reply.error || reply.status === 'failed') throw mapOpenAiInBandError(reply.error, vendor, body);
  const { output, service_tier: serviceTier } = reply;
  const isUnpriced = output?.some(isBilledOutputItem) ?? false;
  const usage = decodeOpenAiResponsesUsage(reply.usage, { serviceTier, isUnpriced });
  const reported = { usage, reportedModel: reply.model };
  if (!output) throw unreadableReplyError(vendor.name, 'there is no output in it', { reported });
  return { content: output.flatMap(toText), finishReason: decodeResponsesFinishReason(reply), ...reported };
}

const compactionSchema = z.object({ output: z.array(z.object({ encrypted_content: text }).catch({})) });

/**
 * Reads a conversation that the provider has compacted, as `decodeOpenAiResponse` reads a reply. The user's messages come back in it
 * as they were sent, so that only what is encrypted is written by the model.
 */
export function decodeOpenAiCompaction(body: string, vendor: Vendor): ReturnType<typeof decodeOpenAiResponse> {
  const decoded = decodeOpenAiResponse(body, vendor);
  const { output } = compactionSchema.parse(JSON.parse(body));
  const content = output.flatMap(({ encrypted_content: written }): ContentPart[] =>
    written ? [{ type: 'text', text: written }] : [],
  );
  return { ...decoded, content };
}

function toText(item: z.infer<typeof outputItemSchema>): ContentPart[] {
  const { name, arguments: json, input, content = [], summary = [] } = item;
  const texts = [name, json, input, ...[...content, ...summary].flatMap((part) => [part.text, part.refusal])];
  return texts.flatMap((written) => (written ? [{ type: 'text', text: written }] : []));
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
