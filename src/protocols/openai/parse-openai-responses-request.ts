import * as z from 'zod';
import type { ChatRequest, ResponseFormat } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { type ResponsesRequest, responsesRequestSchema } from './openai-responses-request-schema.ts';
import { parseField, throwInvalid } from './parse-openai-field.ts';
import { createJsonFormat, namedSchema } from './parse-openai-response-format.ts';
import { parseOpenAiResponsesInput } from './parse-openai-responses-input.ts';
import { parseOpenAiResponsesToolChoice } from './parse-openai-responses-tool-choice.ts';
import { parseOpenAiResponsesTools } from './parse-openai-responses-tools.ts';
import type { ResponseToolNames } from './response-tool-names.ts';
import type { ResponsesRequestPaths } from './responses-request-paths.ts';

const textSchema = z.strictObject({ format: z.looseObject({ type: z.unknown().optional() }).nullish() });
const jsonSchemaSchema = namedSchema.extend({ type: z.string() });

interface RequestOptions {
  readonly toolNames: ResponseToolNames;
  readonly paths: ResponsesRequestPaths;
  readonly translation?: TranslationReport | undefined;
  /** The items of the stored responses that the request continues. */
  readonly previousItems?: readonly unknown[] | undefined;
}

/**
 * Parses a Responses request for a provider that speaks another protocol, and registers its tools and where its messages come
 * from. Throws `invalid_request` that names the parameter if it is wrong or cannot be expressed. Source: the request types of the
 * official client, `ResponseCreateParams`.
 */
export function parseOpenAiResponsesRequest(
  body: Readonly<Record<string, unknown>>,
  options: RequestOptions,
): { readonly chat: Omit<ChatRequest, 'model'>; readonly fields: ResponsesRequest } {
  const { translation, toolNames, paths } = options;
  const fields = parseField(body, responsesRequestSchema, []);
  const available = parseOpenAiResponsesTools(fields.tools, options);
  const { tools, toolChoice } = parseOpenAiResponsesToolChoice(fields.tool_choice, available, options);
  paths.setTools(tools);
  const chat = {
    messages: parseOpenAiResponsesInput(fields.input, {
      instructions: fields.instructions,
      previousItems: options.previousItems,
      toolNames,
      paths,
    }),
    maxTokens: fields.max_output_tokens ?? undefined,
    temperature: fields.temperature ?? undefined,
    topP: fields.top_p ?? undefined,
    ...(tools.length > 0 && { tools, toolChoice, parallelToolCalls: fields.parallel_tool_calls ?? undefined }),
    responseFormat: parseFormat(fields.text),
    reasoningEffort: fields.reasoning?.effort ?? undefined,
    // 0 is no penalty.
    frequencyPenalty: fields.frequency_penalty || undefined,
    presencePenalty: fields.presence_penalty || undefined,
    userId: fields.safety_identifier || fields.user || undefined,
    translation,
  };
  return { chat, fields };
}

/** Parses the form that a reply is to have; absent for text, which is the form that it has anyway. Throws `invalid_request`. */
function parseFormat(text: unknown): ResponseFormat | undefined {
  if (text === null || text === undefined) return undefined;
  const { format } = parseField(text, textSchema, ['text']);
  const path = ['text', 'format'];
  switch (format?.type) {
    case undefined:
    case 'text':
      return undefined;
    case 'json_object':
      return { type: 'json_object' };
    case 'json_schema': {
      const named = parseField(format, jsonSchemaSchema, path);
      if (!named.schema) throwInvalid([...path, 'schema'], 'is missing');
      return createJsonFormat(named);
    }
    default:
      return throwInvalid([...path, 'type'], 'must be text, json_object or json_schema');
  }
}
