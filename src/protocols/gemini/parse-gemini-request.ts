import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import type { ChatRequest } from '../../domain/request.ts';
import type { TranslationReport } from '../../domain/translation-report.ts';
import { listOf } from '../../lib/list-of.ts';
import { parseWithSchema } from '../../lib/parse-with-schema.ts';
import { contentSchema, systemInstructionSchema } from './gemini-content-schemas.ts';
import { mustBeAbsent } from './gemini-field-schemas.ts';
import { parseGeminiContents } from './parse-gemini-contents.ts';
import { generationConfigSchema, parseGeminiGenerationConfig } from './parse-gemini-generation-config.ts';
import { parseGeminiTools, toolFields } from './parse-gemini-tools.ts';

/** A `GenerateContentRequest`, as far as it can be translated. Source: the types of @google/genai. */
export const generateContentSchema = z.strictObject({
  /** The path names the model. */
  model: z.unknown().optional(),
  contents: listOf(contentSchema, 'must be a list of at least one content', 1),
  systemInstruction: systemInstructionSchema.nullish(),
  ...toolFields,
  generationConfig: generationConfigSchema.nullish(),
  cachedContent: mustBeAbsent('is a cache in the account of Google, which cannot be read here: send its content'),
});

/** A request of Gemini's clients in the gateway's own types. */
export interface GeminiRequest {
  readonly chat: Omit<ChatRequest, 'model'>;
  /** Whether the reply shows what the model thinks. */
  readonly includeThoughts: boolean;
  /** The fields that messages, tools and the format of the reply come from. */
  readonly paths: {
    readonly messages: readonly FieldPath[];
    readonly tools: readonly FieldPath[];
    readonly responseFormat: FieldPath;
  };
}

/** Parses a request. Throws `invalid_request` that names each field which is wrong, or which no other vendor can express. */
export function parseGeminiRequest(
  body: Readonly<Record<string, unknown>>,
  translation?: TranslationReport,
): GeminiRequest {
  const fields = parseWithSchema(body, generateContentSchema);
  const { messages, paths } = parseGeminiContents(fields.systemInstruction?.parts ?? [], fields.contents);
  const { paths: toolPaths, ...tools } = parseGeminiTools(fields, translation);
  return {
    chat: { messages, ...parseGeminiGenerationConfig(fields.generationConfig ?? {}), ...tools },
    includeThoughts: fields.generationConfig?.thinkingConfig?.includeThoughts ?? false,
    paths: { messages: paths, tools: toolPaths, responseFormat: getFormatPath(fields.generationConfig) },
  };
}

function getFormatPath(config: z.infer<typeof generationConfigSchema> | null | undefined): FieldPath {
  const fields = ['responseJsonSchema', 'responseSchema'] as const;
  return ['generationConfig', fields.find((field) => config?.[field]) ?? 'responseMimeType'];
}
