import type {
  Metadata,
  OutputConfig,
  TextBlockParam,
  ThinkingConfigParam,
  Tool as VendorTool,
  ToolChoice as VendorToolChoice,
} from '@anthropic-ai/sdk/resources/messages';
import type { FieldPath } from '../../domain/error-issue.ts';
import { invalidFieldError } from '../../domain/errors.ts';
import type { ChatRequest, Tool, ToolChoice } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { checkToolChoice } from '../check-tool-choice.ts';
import { clampMaxTokens } from '../clamp-max-tokens.ts';
import type { ProviderDescriptor } from '../descriptor.ts';
import { anthropicStrictRules, closeObjects, isStrictSchema } from '../is-strict-schema.ts';
import { getClaudeFamily } from './anthropic-max-output-tokens.ts';
import { encodeAnthropicSampling } from './encode-anthropic-sampling.ts';
import { encodeAnthropicThinking } from './encode-anthropic-thinking.ts';
import { encodeAnthropicTurns, encodeCacheControl, encodeSystem, type Turn } from './encode-anthropic-turns.ts';

/** What is sent to `/v1/messages`, in API version 2023-06-01. A field that is undefined is not sent. */
export interface AnthropicRequest {
  readonly model: string;
  readonly max_tokens: number;
  readonly messages: readonly Turn[];
  readonly stream: boolean;
  readonly system?: string | TextBlockParam[] | undefined;
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  readonly top_k?: number | undefined;
  readonly stop_sequences?: readonly string[] | undefined;
  readonly tools?: readonly VendorTool[] | undefined;
  readonly tool_choice?: VendorToolChoice | undefined;
  readonly output_config?: OutputConfig | undefined;
  readonly thinking?: ThinkingConfigParam | undefined;
  readonly metadata?: Metadata | undefined;
}

/** For a model whose maximum is not known: the Messages API requires a bound. */
const defaultMaxTokens = 8192;

/** The models that refuse a conversation which ends with an assistant message. Source: the migration guides of the models. */
const unprefilledFamilies =
  /^claude-(?:(?:opus|sonnet)-4-[6-9]|(?:opus|sonnet|haiku)-(?:[5-9]|\d\d)(?:-\d+)?|(?:fable|mythos)-.+)$/;

/** Encodes a Messages request. Throws `invalid_request` that names the field where the API cannot express the request. */
export function encodeAnthropicRequest(
  request: ChatRequest,
  descriptor: Pick<ProviderDescriptor, 'displayName' | 'pricingVendor' | 'getMaxOutputTokens'>,
  stream: boolean,
): AnthropicRequest {
  const { displayName, getMaxOutputTokens } = descriptor;
  checkToolChoice(request);
  refuseSampling(request, displayName);
  const maxTokens = clampMaxTokens(request, descriptor) ?? getMaxOutputTokens?.(request.model) ?? defaultMaxTokens;
  const reasoning = encodeAnthropicThinking(request, maxTokens);
  const { format, systemAddition } = toFormat(request, displayName);
  return {
    model: request.model,
    max_tokens: maxTokens,
    system: encodeSystem(request.messages, systemAddition),
    messages: encodeAnthropicTurns(request.messages, displayName, {
      translation: request.translation,
      takesPrefill: !unprefilledFamilies.test(getClaudeFamily(request.model)),
    }),
    stream,
    ...encodeAnthropicSampling(request, reasoning, displayName),
    stop_sequences: toStopSequences(request, displayName),
    tools: request.tools?.length
      ? request.tools.map((tool, index) => toTool(tool, ['tools', index, 'strict'], request.translation))
      : undefined,
    tool_choice: toToolChoice(request),
    output_config: toOutputConfig(format, reasoning.effort),
    thinking: reasoning.thinking,
    metadata: request.userId === undefined ? undefined : { user_id: request.userId },
  };
}

/** A penalty of 0 asks for nothing, but 0 is a seed like any other. */
function refuseSampling({ seed, frequencyPenalty, presencePenalty }: ChatRequest, vendorName: string): void {
  const field = [
    seed !== undefined && 'seed',
    (frequencyPenalty ?? 0) !== 0 && 'frequency_penalty',
    (presencePenalty ?? 0) !== 0 && 'presence_penalty',
  ].find((name) => name !== false);
  if (field) throw invalidFieldError([field], `is not offered by ${vendorName}: leave it out`);
}

/** The API rejects sequences of white space. */
function toStopSequences({ stop = [], translation }: ChatRequest, vendorName: string): readonly string[] | undefined {
  const visible = stop.filter((sequence) => sequence.trim() !== '');
  if (visible.length < stop.length) {
    if (!translation) {
      throw invalidFieldError(['stop'], `must hold more than white space in each sequence for ${vendorName}`);
    }
    translation.adjust(['stop']);
  }
  return visible.length > 0 ? visible : undefined;
}

function toTool(tool: Tool, strictPath: FieldPath, translation: TranslationReport | undefined): VendorTool {
  const { name, description, parameters, strict } = tool;
  const isStrict = strict && (!translation || isStrictSchema({ ...parameters, type: 'object' }, anthropicStrictRules));
  if (strict && !isStrict) translation?.adjust(strictPath);
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: { ...parameters, type: 'object' },
    ...(isStrict && { strict }),
    ...encodeCacheControl(tool),
  };
}

/** The API takes a choice only beside tools, and whether calls may be parallel only inside a choice. */
function toToolChoice({ tools, toolChoice, parallelToolCalls }: ChatRequest): VendorToolChoice | undefined {
  if (!tools?.length) return undefined;
  const oneAtATime = parallelToolCalls === false;
  if (toolChoice === undefined && !oneAtATime) return undefined;
  const choice = toVendorChoice(toolChoice ?? 'auto');
  return oneAtATime && choice.type !== 'none' ? { ...choice, disable_parallel_tool_use: true } : choice;
}

function toVendorChoice(choice: ToolChoice): VendorToolChoice {
  if (choice === 'required') return { type: 'any' };
  return typeof choice === 'string' ? { type: choice } : { type: 'tool', name: choice.name };
}

/**
 * The API binds a reply to a schema only, and to no more than a part of JSON Schema. An object of any schema, and of one that it
 * refuses, is requested in the system prompt.
 */
function toFormat(
  { responseFormat: format, translation }: ChatRequest,
  vendorName: string,
): { readonly format?: OutputConfig['format']; readonly systemAddition?: string } {
  if (format === undefined) return {};
  if (format.type === 'json_schema' && !translation) {
    return { format: { type: 'json_schema', schema: { ...format.schema } } };
  }
  if (!translation) {
    throw invalidFieldError(
      ['response_format'],
      `json_object is not offered by ${vendorName}: use json_schema with a schema`,
    );
  }
  if (format.type === 'json_object') {
    translation.adjust(['response_format']);
    return { systemAddition: 'Reply with one JSON object and nothing else.' };
  }
  const schema = closeObjects(format.schema);
  const isExpressible = isStrictSchema(schema, anthropicStrictRules);
  if (!isExpressible || schema !== format.schema) translation.adjust(['response_format']);
  if (isExpressible) return { format: { type: 'json_schema', schema: { ...schema } } };
  return {
    systemAddition: `Reply with JSON and nothing else. It fits this JSON Schema:\n${JSON.stringify(format.schema)}`,
  };
}

function toOutputConfig(
  format: OutputConfig['format'] | undefined,
  effort: OutputConfig['effort'] | undefined,
): OutputConfig | undefined {
  if (!format && effort === undefined) return undefined;
  return { ...(effort !== undefined && { effort }), ...(format && { format }) };
}
