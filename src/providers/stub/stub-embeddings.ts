import type { CreateEmbeddingResponse } from 'openai/resources/embeddings';
import * as z from 'zod';
import { parseJson } from './parse-stub-request.ts';
import { countPieces } from './stub-pieces.ts';

const defaultDimensions = 8;
const maxInputs = 2048;
/** Of all inputs, as OpenAI has it. */
const maxTokens = 300_000;
/** Numbers in one reply: as many as an isolate can write and read without holding up other requests. */
const maxNumbers = 262_144;
/** Vectors of the largest size that take a few milliseconds. */
const vectorsPerTurn = 16;

type StubInput = string | readonly number[];

/** The inputs of a request. One issue at most: a body has room for millions of wrong ones. */
const inputsSchema = z.unknown().transform((input, context): readonly StubInput[] => {
  const inputs: unknown[] = Array.isArray(input) && typeof input[0] !== 'number' ? input : [input];
  if (inputs.length > 0 && inputs.length <= maxInputs && (inputs.every(isText) || inputs.every(isTokens)))
    return inputs;
  context.addIssue({ code: 'custom' });
  return z.NEVER;
});

function isText(input: unknown): input is string {
  return typeof input === 'string' && input !== '';
}

function isTokens(input: unknown): input is readonly number[] {
  if (!Array.isArray(input) || input.length === 0 || typeof input[0] !== 'number') return false;
  return input.every((token) => Number.isSafeInteger(token) && token >= 0);
}

const embeddingSchema = z.object({
  model: z.string(),
  input: inputsSchema,
  dimensions: z.int().min(1).max(4096).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
});

/** The fields of an embeddings request that Stub uses. */
export interface StubEmbeddingRequest {
  readonly model: string;
  /** Texts, or lists of tokens. */
  readonly inputs: readonly StubInput[];
  readonly dimensions: number;
  readonly base64: boolean;
}

/** Parses a request's body. A string says what is wrong with it. */
export function parseStubEmbeddingRequest(body: string): StubEmbeddingRequest | string {
  const parsed = embeddingSchema.safeParse(parseJson(body));
  if (!parsed.success) return `${parsed.error.issues[0]?.path.join('.') || 'The body'} is not what Stub can read.`;
  const { model, input: inputs, encoding_format } = parsed.data;
  const dimensions = parsed.data.dimensions ?? defaultDimensions;
  if (countTokens(inputs) > maxTokens) return `input has more than ${maxTokens} tokens. Send it in several requests.`;
  if (inputs.length * dimensions > maxNumbers) return 'dimensions is too large for so many inputs.';
  return { model, inputs, dimensions, base64: encoding_format === 'base64' };
}

/** Encodes a reply with a vector of length 1 for each input, the same for the same input. */
export async function encodeStubEmbeddings(request: StubEmbeddingRequest): Promise<string> {
  const { model, inputs, dimensions, base64 } = request;
  const tokens = countTokens(inputs);
  const data: string[] = [];
  for (const [index, input] of inputs.entries()) {
    const vector = embed(typeof input === 'string' ? input : `tokens ${input.join(' ')}`, dimensions);
    data.push(JSON.stringify({ object: 'embedding', index, embedding: base64 ? encodeBase64(vector) : vector }));
    if (data.length % vectorsPerTurn === 0) await scheduler.wait(0);
  }
  const usage: CreateEmbeddingResponse['usage'] = { prompt_tokens: tokens, total_tokens: tokens };
  return `{"object":"list","data":[${data.join()}],"model":${JSON.stringify(model)},"usage":${JSON.stringify(usage)}}`;
}

function countTokens(inputs: readonly StubInput[]): number {
  return inputs.reduce((sum, input) => sum + (typeof input === 'string' ? countPieces(input) : input.length), 0);
}

/** Numbers of single precision, so that both encodings hold the same. */
function embed(text: string, dimensions: number): number[] {
  let state = hashText(text);
  const values = Array.from({ length: dimensions }, () => {
    // A step of mulberry32.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1 || 1;
  });
  const length = Math.hypot(...values);
  return values.map((value) => Math.fround(value / length));
}

/** FNV-1a. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

/** Little-endian, as OpenAI's clients read it. */
function encodeBase64(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  for (const [index, value] of vector.entries()) view.setFloat32(index * 4, value, true);
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}
