import { invalidFieldError } from '../../domain/errors.ts';
import { clampEffort, type ReasoningEffort } from '../../domain/reasoning-effort.ts';
import type { ChatRequest, Tool, ToolChoice } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { checkToolChoice } from '../check-tool-choice.ts';
import { clampMaxTokens } from '../clamp-max-tokens.ts';
import type { ProviderDescriptor, Quirks } from '../descriptor.ts';
import { canReason, getReasoningEfforts } from '../get-reasoning-efforts.ts';
import { isStrictSchema, openAiStrictRules } from '../is-strict-schema.ts';
import { adaptOpenAiRequest } from './adapt-openai-request.ts';
import { arrangeOpenAiMessages } from './arrange-openai-messages.ts';
import { encodeOpenAiMessages } from './encode-openai-message.ts';

type Vendor = Pick<
  ProviderDescriptor,
  'displayName' | 'quirks' | 'pricingVendor' | 'getMaxOutputTokens' | 'getReasoningEfforts'
>;

interface EncodedSampling {
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  readonly seed?: number | undefined;
  readonly frequency_penalty?: number | undefined;
  readonly presence_penalty?: number | undefined;
  readonly stop?: readonly string[] | undefined;
}

/**
 * Encodes the body of a Chat Completions request for a vendor. A field that the caller left out is left out. Throws
 * `invalid_request` that names the field where the protocol or the vendor cannot express the request.
 */
export function encodeOpenAiChatRequest(
  chatRequest: ChatRequest,
  descriptor: Vendor,
  stream: boolean,
): Record<string, unknown> {
  const { request, instruction } = adaptOpenAiRequest(chatRequest, descriptor);
  const { quirks = {} } = descriptor;
  const { hasTopK, includeUsage = true, userIdField = 'user', seedField } = quirks;
  const wants = {
    reasoningContent: quirks.requiresReasoningContent,
    thoughtSignatures: quirks.thoughtSignatureModels?.test(request.model.toLowerCase()),
  };
  checkToolChoice(request);
  checkTopK(request, quirks);
  const effort = toEffort(request, descriptor);
  return {
    model: request.model,
    messages: arrangeOpenAiMessages(
      encodeOpenAiMessages(request.messages, request.translation, wants),
      quirks,
      instruction,
    ),
    [getMaxTokensField(request.model, quirks)]: clampMaxTokens(request, descriptor),
    top_k: hasTopK ? request.topK : undefined,
    ...encodeSampling(request, descriptor, effort),
    ...(seedField && { seed: undefined, [seedField]: request.seed }),
    ...(request.tools?.length && {
      tools: request.tools.map((tool, index) => toFunction(tool, index, request)),
      tool_choice: toToolChoice(request.toolChoice),
      parallel_tool_calls: request.parallelToolCalls,
    }),
    response_format: toResponseFormat(request),
    reasoning_effort: effort,
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
  { maxStopSequences = Number.POSITIVE_INFINITY }: Quirks = {},
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
export function getMaxTokensField(model: string, { maxCompletionTokensModels }: Quirks): string {
  return maxCompletionTokensModels?.test(model) ? 'max_completion_tokens' : 'max_tokens';
}

/** Of a model that is not known the vendor decides what it takes. */
function toEffort(request: ChatRequest, descriptor: Vendor): ReasoningEffort | undefined {
  const { model, reasoningEffort: effort, translation } = request;
  const available =
    effort && (translation ? getReasoningEfforts(descriptor, model) : descriptor.getReasoningEfforts?.(model));
  const sent = available ? clampEffort(effort, available) : effort;
  if (sent !== effort && !(sent === undefined && effort === 'none')) translation?.adjust(['reasoning_effort']);
  return sent;
}

/** The models that reason and yet take stop sequences. */
const stoppableReasoning = /^(?:o1|o3-mini)(?:-|$)/;

/** OpenAI's models that reason choose their tokens by themselves, and refuse what says how. */
function encodeSampling(
  request: ChatRequest,
  descriptor: Vendor,
  effort: ReasoningEffort | undefined,
): EncodedSampling {
  const { temperature, topP: top_p, seed, frequencyPenalty: frequency_penalty, presencePenalty, translation } = request;
  const stop = toStop(request, descriptor.quirks, descriptor.displayName);
  const sampling = { temperature, top_p, seed, frequency_penalty, presence_penalty: presencePenalty, stop };
  const { hasFixedSampling } = descriptor.quirks ?? {};
  if (!translation || !hasFixedSampling || effort === 'none' || !canReason(descriptor, request.model)) return sampling;
  const isStoppable = stoppableReasoning.test(request.model);
  const fixed = { temperature: 1, top_p: 1, frequency_penalty: 0, presence_penalty: 0 };
  for (const [field, value] of Object.entries(fixed)) {
    const sent = sampling[field as keyof typeof fixed];
    if (sent !== undefined && sent !== value) translation.adjust([field]);
  }
  if (stop && !isStoppable) translation.adjust(['stop']);
  return { seed, stop: isStoppable ? stop : undefined };
}

/** A model is held to a schema of a certain form only. Any other schema is a hint. */
function isHeld(strict: boolean | undefined, schema: unknown, translation: TranslationReport | undefined): boolean {
  return !strict || !translation || isStrictSchema(schema, openAiStrictRules);
}

function toFunction({ name, description, parameters, strict }: Tool, index: number, request: ChatRequest): unknown {
  const { translation } = request;
  const isExpressible = isHeld(strict, parameters, translation);
  if (!isExpressible) translation?.adjust(['tools', index, 'strict']);
  return { type: 'function', function: { name, description, parameters, strict: isExpressible ? strict : undefined } };
}

function toToolChoice(choice: ToolChoice | undefined): unknown {
  return typeof choice === 'object' ? { type: 'function', function: { name: choice.name } } : choice;
}

function toResponseFormat({ responseFormat: format, translation }: ChatRequest): unknown {
  if (format?.type !== 'json_schema') return format;
  const { name, schema, strict } = format;
  const isExpressible = isHeld(strict, schema, translation);
  if (!isExpressible) translation?.adjust(['response_format']);
  return { type: 'json_schema', json_schema: { name, schema, strict: isExpressible ? strict : undefined } };
}
