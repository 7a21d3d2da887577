import { invalidFieldError } from '../../domain/errors.ts';
import type { ChatRequest, ResponseFormat, Tool, ToolChoice } from '../../domain/request.ts';
import { checkToolChoice } from '../check-tool-choice.ts';
import type { ProviderType } from '../provider.ts';
import { encodeOpenAiMessage } from './encode-openai-message.ts';

/** Source: OpenAI's API reference, `stop`. */
const maxStopSequences = 4;

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
export function encodeOpenAiChatRequest(call: ChatRequest, options: ChatRequestOptions): Record<string, unknown> {
  const { type, stream, includeUsage } = options;
  checkToolChoice(call);
  checkLimits(call, type);
  return {
    model: call.model,
    messages: call.messages.map(encodeOpenAiMessage),
    [maxTokensField(call.model, type)]: call.maxTokens,
    temperature: call.temperature,
    top_p: call.topP,
    // Whatever the sampling, Stub's reply is the same.
    top_k: type === 'STUB' ? call.topK : undefined,
    seed: call.seed,
    frequency_penalty: call.frequencyPenalty,
    presence_penalty: call.presencePenalty,
    // OpenAI refuses empty lists, which say the same as none.
    stop: call.stop?.length ? call.stop : undefined,
    ...(call.tools?.length && {
      tools: call.tools.map(toFunction),
      tool_choice: toToolChoice(call.toolChoice),
      parallel_tool_calls: call.parallelToolCalls,
    }),
    response_format: toResponseFormat(call.responseFormat),
    reasoning_effort: call.reasoningEffort,
    [userIdField(type)]: call.userId,
    ...(stream && { stream: true }),
    ...(stream && includeUsage && { stream_options: { include_usage: true } }),
  };
}

/** Compatible vendors take more stop sequences or fewer, and say so themselves. */
function checkLimits({ topK, stop = [] }: ChatRequest, type: ProviderType): void {
  if (topK !== undefined && type !== 'STUB') {
    throw invalidFieldError(
      ['top_k'],
      "is not a part of OpenAI's protocol: leave it out, or narrow the choice with top_p",
    );
  }
  if (stop.length > maxStopSequences && type === 'OPENAI') {
    throw invalidFieldError(['stop'], `can hold at most ${maxStopSequences} sequences for OpenAI`);
  }
}

/**
 * OpenAI's reasoning models (o1, o3-mini, gpt-5 and later, also fine-tuned) refuse `max_tokens`; compatible vendors and
 * older models may not know the field that took its place.
 */
function maxTokensField(model: string, type: ProviderType): 'max_tokens' | 'max_completion_tokens' {
  const reasons = /^(?:ft:)?(?:o\d|gpt-(?:[5-9]|1\d)(?!\d))/.test(model);
  return type === 'OPENAI' && reasons ? 'max_completion_tokens' : 'max_tokens';
}

/** OpenAI has `user` only for what used it before. Compatible vendors know no other name. */
function userIdField(type: ProviderType): 'safety_identifier' | 'user' {
  return type === 'OPENAI' ? 'safety_identifier' : 'user';
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
