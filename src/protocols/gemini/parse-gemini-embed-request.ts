import * as z from 'zod';
import type { FieldPath } from '../../domain/error-issue.ts';
import { invalidFieldError } from '../../domain/errors.ts';
import { listOf } from '../../lib/list-of.ts';
import { parseWithSchema } from '../../lib/parse-with-schema.ts';
import { systemInstructionSchema } from './gemini-content-schemas.ts';

/** Texts whose embeddings are requested at once. */
export interface EmbedInput {
  readonly texts: readonly string[];
  readonly dimensions: number | undefined;
}

const dimensions = z.int().min(1).nullish();

const embedSchema = z.strictObject({
  /** The path names the model. */
  model: z.unknown().optional(),
  content: systemInstructionSchema,
  outputDimensionality: dimensions,
  embedContentConfig: z.strictObject({ outputDimensionality: dimensions }).nullish(),
});

const batchSchema = z.strictObject({ requests: listOf(embedSchema, 'must be a list of at least one request', 1) });

type EmbedRequest = z.infer<typeof embedSchema>;

/** Parses an `EmbedContentRequest`. Throws `invalid_request`. */
export function parseGeminiEmbedRequest(body: Readonly<Record<string, unknown>>): EmbedInput {
  const request = parseWithSchema(body, embedSchema);
  return { texts: [readText(request, [])], dimensions: getDimensions(request) };
}

/** Parses a `BatchEmbedContentsRequest`. Throws `invalid_request`, also where the requests want vectors of different lengths. */
export function parseGeminiBatchEmbedRequest(body: Readonly<Record<string, unknown>>): EmbedInput {
  const { requests } = parseWithSchema(body, batchSchema);
  const [first] = requests.map(getDimensions);
  const other = requests.findIndex((request) => getDimensions(request) !== first);
  if (other >= 0) {
    throw invalidFieldError(['requests', other, 'outputDimensionality'], 'must be the same in all requests');
  }
  return { texts: requests.map((request, index) => readText(request, ['requests', index])), dimensions: first };
}

function getDimensions({ outputDimensionality, embedContentConfig }: EmbedRequest): number | undefined {
  return outputDimensionality ?? embedContentConfig?.outputDimensionality ?? undefined;
}

/** The parts of a content have one vector. */
function readText({ content }: EmbedRequest, path: FieldPath): string {
  const parts = content.parts ?? [];
  for (const [index, part] of parts.entries()) {
    if (typeof part.text !== 'string') throw invalidFieldError([...path, 'content', 'parts', index], 'must be text');
  }
  const text = parts.map((part) => part.text).join('\n');
  if (text === '') throw invalidFieldError([...path, 'content'], 'must hold text');
  return text;
}
