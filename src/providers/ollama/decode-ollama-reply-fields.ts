import * as z from 'zod';
import { GatewayError } from '../../domain/errors.ts';
import type { ToolCall } from '../../domain/request.ts';
import type { FinishReason, TokenUsage } from '../../domain/response.ts';
import { compactJson, convertJsonObjects } from '../../lib/exact-json.ts';
import { isContextOverflow } from '../context-overflow.ts';
import { mapOpenAiInBandError } from '../openai/map-openai-error.ts';
import { unreadableReplyError } from '../provider-error.ts';

const countSchema = z.number().nonnegative().nullish().catch(undefined);
const text = z.string().nullish().catch(undefined);

const toolCallSchema = z.object({
  id: text,
  function: z.object({ name: text, arguments: z.unknown().optional() }),
});

const chatReplySchema = z.object({
  model: text,
  message: z
    .object({
      content: text,
      thinking: text,
      tool_calls: z.array(toolCallSchema.optional().catch(undefined)).nullish(),
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
  const { error } = reply.data;
  // Ollama writes a text, and proxies before it an object with a code.
  if (
    (typeof error === 'object' && error !== null) ||
    (typeof error === 'string' && isContextOverflow({ message: error }))
  )
    throw mapOpenAiInBandError(error, { name: vendorName, apiKey: undefined });
  if (error) throw new GatewayError('provider_error', `${vendorName} failed while it was answering.`);
  return reply.data;
}

/**
 * Calls come whole. `firstIndex` numbers those that have no id of Ollama's own, as all of them in older versions. An entry that
 * is no call is left out. Throws `provider_error` for arguments without the name of their tool.
 */
export function decodeToolCalls(reply: OllamaChatReply, firstIndex: number, vendorName: string): ToolCall[] {
  const calls: ToolCall[] = [];
  for (const entry of reply.message?.tool_calls ?? []) {
    const { id, function: { name, arguments: input } = {} } = entry ?? {};
    const argumentsJson = typeof input === 'string' ? input : JSON.stringify(input ?? {});
    if (name) calls.push({ type: 'tool_call', id: id || `call_${firstIndex + calls.length}`, name, argumentsJson });
    else if (input !== undefined && input !== null && input !== '')
      throw unreadableReplyError(vendorName, 'a tool call has arguments, but no name');
  }
  return calls;
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
