import { invalidFieldError } from '../../domain/errors.ts';
import { clampEffort, type ReasoningEffort } from '../../domain/reasoning-effort.ts';
import type { ChatRequest, ResponseFormat, Tool, ToolChoice } from '../../domain/request.ts';
import { checkToolChoice } from '../check-tool-choice.ts';
import { clampMaxTokens } from '../clamp-max-tokens.ts';
import type { ProviderDescriptor, Quirks } from '../descriptor.ts';
import { encodeOpenAiMessages } from './encode-openai-message.ts';

/**
 * Encodes the body of a Chat Completions request for a vendor. A field that the caller left out is left out. Throws
 * `invalid_request` that names the field where the protocol or the vendor cannot express the request.
 */
export function encodeOpenAiChatRequest(
  request: ChatRequest,
  descriptor: Pick<ProviderDescriptor, 'displayName' | 'quirks' | 'getMaxOutputTokens' | 'getReasoningEfforts'>,
  stream: boolean,
): Record<string, unknown> {
  const { displayName, quirks = {} } = descriptor;
  const { hasTopK, includeUsage = true, userIdField = 'user' } = quirks;
  const wants = {
    reasoningContent: quirks.requiresReasoningContent,
    thoughtSignatures: quirks.thoughtSignatureModels?.test(request.model.toLowerCase()),
  };
  checkToolChoice(request);
  checkTopK(request, quirks);
  return {
    model: request.model,
    messages: encodeOpenAiMessages(request.messages, request.translation, wants),
    [getMaxTokensField(request.model, quirks)]: clampMaxTokens(request, descriptor),
    temperature: request.temperature,
    top_p: request.topP,
    top_k: hasTopK ? request.topK : undefined,
    seed: request.seed,
    frequency_penalty: request.frequencyPenalty,
    presence_penalty: request.presencePenalty,
    stop: toStop(request, quirks, displayName),
    ...(request.tools?.length && {
      tools: request.tools.map(toFunction),
      tool_choice: toToolChoice(request.toolChoice),
      parallel_tool_calls: request.parallelToolCalls,
    }),
    response_format: toResponseFormat(request.responseFormat),
    reasoning_effort: toEffort(request, descriptor),
    [userIdField]: request.userId,
    ...(stream && { stream: true }),
    ...(stream && includeUsage && { stream_options: { include_usage: true } }),
  };
}

function checkTopK({ topK }: ChatRequest, { hasTopK }: Quirks): void {
  if (topK === undefined || hasTopK) return;
  throw invalidFieldError(
    ['top_k'],
    "is not a part of OpenAI's protocol: leave it out, or narrow the choice with top_p",
  );
}

function toStop(
  { stop = [], translation }: ChatRequest,
  { maxStopSequences = Number.POSITIVE_INFINITY }: Quirks,
  vendorName: string,
): readonly string[] | undefined {
  // OpenAI rejects an empty list, which means the same as none.
  if (stop.length === 0) return undefined;
  if (stop.length <= maxStopSequences) return stop;
  if (!translation)
    throw invalidFieldError(['stop'], `can hold at most ${maxStopSequences} sequences for ${vendorName}`);
  translation.adjust(['stop']);
  return stop.slice(0, maxStopSequences);
}

/** Older models, and those of other vendors, may not know the field that has taken the place of `max_tokens`. */
function getMaxTokensField(model: string, { maxCompletionTokensModels }: Quirks): string {
  return maxCompletionTokensModels?.test(model) ? 'max_completion_tokens' : 'max_tokens';
}

/** Of a model that is not known the vendor decides what it takes. */
function toEffort(
  { model, reasoningEffort: effort }: ChatRequest,
  { getReasoningEfforts }: Pick<ProviderDescriptor, 'getReasoningEfforts'>,
): ReasoningEffort | undefined {
  const available = effort && getReasoningEfforts?.(model);
  return available ? clampEffort(effort, available) : effort;
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
