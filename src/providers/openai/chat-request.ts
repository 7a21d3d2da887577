import type { ChatCall, ResponseFormat, Tool, ToolChoice } from '../../core/call.ts';
import type { ProviderType } from '../provider.ts';
import { toChatMessage } from './chat-message.ts';

interface ChatRequestOptions {
  readonly type: ProviderType;
  readonly stream: boolean;
  /** Asks for a chunk with the token counts at the end of a stream. Some compatible vendors refuse the parameter. */
  readonly includeUsage: boolean;
}

/**
 * The body of a Chat Completions request. What the caller left out is left out. Throws `invalid_request` where the
 * protocol has no words for what the call says.
 */
export function toChatRequest(call: ChatCall, options: ChatRequestOptions): Record<string, unknown> {
  return {
    model: call.model,
    messages: call.messages.map(toChatMessage),
    [maxTokensField(call.model, options.type)]: call.maxTokens,
    temperature: call.temperature,
    top_p: call.topP,
    // OpenAI refuses empty lists, which say the same as none.
    stop: call.stop?.length ? call.stop : undefined,
    tools: call.tools?.length ? call.tools.map(toFunction) : undefined,
    tool_choice: toToolChoice(call.toolChoice),
    parallel_tool_calls: call.parallelToolCalls,
    response_format: toResponseFormat(call.responseFormat),
    reasoning_effort: call.reasoningEffort,
    ...(options.stream && { stream: true }),
    ...(options.stream && options.includeUsage && { stream_options: { include_usage: true } }),
  };
}

/**
 * OpenAI's reasoning models (o1, o3-mini, gpt-5 and later, also fine-tuned) refuse `max_tokens`; compatible vendors and
 * older models may not know the field that took its place.
 */
function maxTokensField(model: string, type: ProviderType): 'max_tokens' | 'max_completion_tokens' {
  const reasons = /^(?:ft:)?(?:o\d|gpt-(?:[5-9]|1\d)(?!\d))/.test(model);
  return type === 'OPENAI' && reasons ? 'max_completion_tokens' : 'max_tokens';
}

function toFunction({ name, description, parameters, strict }: Tool): unknown {
  return { type: 'function', function: { name, description, parameters, strict } };
}

function toToolChoice(choice: ToolChoice | undefined): unknown {
  return typeof choice === 'object' ? { type: 'function', function: { name: choice.name } } : choice;
}

function toResponseFormat(format: ResponseFormat | undefined): unknown {
  if (format?.type !== 'json_schema') return format;
  const { name, schema, strict } = format;
  return { type: 'json_schema', json_schema: { name, schema, strict } };
}
