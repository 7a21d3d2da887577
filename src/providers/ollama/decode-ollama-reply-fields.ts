import * as z from 'zod';
import { GatewayError } from '../../domain/errors.ts';
import type { ToolCall } from '../../domain/request.ts';
import type { FinishReason, TokenUsage } from '../../domain/response.ts';
import { compactJson, convertJsonObjects } from '../../lib/exact-json.ts';
import { unreadableReplyError } from '../provider-error.ts';

const countSchema = z.number().nonnegative().nullish().catch(undefined);
const text = z.string().nullish().catch(undefined);

const chatReplySchema = z.object({
  model: text,
  message: z
    .object({
      content: text,
      thinking: text,
      tool_calls: z
        .array(z.object({ id: text, function: z.object({ name: z.string(), arguments: z.unknown().optional() }) }))
        .nullish(),
    })
    .nullish(),
  done: z.boolean().nullish().catch(undefined),
  done_reason: text,
  prompt_eval_count: countSchema,
  eval_count: countSchema,
  error: z.unknown().optional(),
});

/** The fields that are read of a whole reply of `/api/chat`, and of one line of a streamed one, which has the same shape. */
export type OllamaChatReply = z.infer<typeof chatReplySchema>;

const argumentsPath = ['message', 'tool_calls', '*', 'function', 'arguments'];

/** Throws `provider_error` for what is no reply, and for an error, which Ollama also sends under status 200. */
export function parseOllamaChatReply(json: string, vendorName: string): OllamaChatReply {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw unreadableReplyError(vendorName, 'it is not JSON', { cause: error });
  }
  // Arguments become their own text, whose numbers have all their digits.
  if (json.includes('"tool_calls"')) convertJsonObjects(json, parsed, [argumentsPath], compactJson);
  const reply = chatReplySchema.safeParse(parsed);
  if (!reply.success) throw unreadableReplyError(vendorName, 'it is not a chat reply', { cause: reply.error });
  if (reply.data.error) throw new GatewayError('provider_error', `${vendorName} failed while it was answering.`);
  return reply.data;
}

/** Calls come whole. `firstIndex` numbers those that have no id of Ollama's own, as all of them in older versions. */
export function decodeToolCalls(reply: OllamaChatReply, firstIndex: number): ToolCall[] {
  return (reply.message?.tool_calls ?? []).map(({ id, function: { name, arguments: input } }, position) => ({
    type: 'tool_call',
    id: id || `call_${firstIndex + position}`,
    name,
    argumentsJson: typeof input === 'string' ? input : JSON.stringify(input ?? {}),
  }));
}

/** Ollama leaves a count of 0 out, and the prompt's also where it was cached: what is absent is not known. */
export function decodeUsage({ prompt_eval_count, eval_count }: OllamaChatReply): TokenUsage | undefined {
  const input = prompt_eval_count ?? undefined;
  const output = eval_count ?? undefined;
  return input === undefined && output === undefined ? undefined : { input, output };
}

/**
 * Ollama says `stop` after tool calls too. Old versions give no reason, and end only by stopping or at
 * `num_predict`, which cannot be told apart then: taken for `stop`. `load` and `unload` answer a chat without messages.
 */
export function decodeFinishReason({ done_reason }: OllamaChatReply, hasToolCalls: boolean): FinishReason {
  if (hasToolCalls) return 'tool_calls';
  const reason = done_reason ?? 'stop';
  return reason === 'stop' || reason === 'length' ? reason : 'other';
}
