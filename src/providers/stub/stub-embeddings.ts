import type { CreateEmbeddingResponse } from 'openai/resources/embeddings';
import * as z from 'zod';
import { parseJson } from './parse-stub-request.ts';
import { splitIntoPieces } from './stub-pieces.ts';

const tokensSchema = z.array(z.int().nonnegative()).min(1);
const textSchema = z.string().min(1);
const defaultDimensions = 8;
/** Numbers in one reply: as many as an isolate can write without trouble. */
const maxNumbers = 1_000_000;

const embeddingSchema = z.object({
  model: z.string(),
  input: z.union([
    textSchema.transform((text) => [text]),
    tokensSchema.transform((tokens) => [tokens]),
    z.array(textSchema).min(1).max(2048),
    z.array(tokensSchema).min(1).max(2048),
  ]),
  dimensions: z.int().min(1).max(4096).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
});

/** The fields of an embeddings request that Stub uses. */
export interface StubEmbeddingRequest {
  readonly model: string;
  /** Texts, or lists of tokens. */
  readonly inputs: readonly (string | readonly number[])[];
  readonly dimensions: number;
  readonly base64: boolean;
}

/** Parses a request's body. A string says what is wrong with it. */
export function parseStubEmbeddingRequest(body: string): StubEmbeddingRequest | string {
  const parsed = embeddingSchema.safeParse(parseJson(body));
  if (!parsed.success) return `${parsed.error.issues[0]?.path.join('.') || 'The body'} is not what Stub can read.`;
  const { model, input: inputs, encoding_format } = parsed.data;
  const dimensions = parsed.data.dimensions ?? defaultDimensions;
  if (inputs.length * dimensions > maxNumbers) return 'dimensions is too large for so many inputs.';
  return { model, inputs, dimensions, base64: encoding_format === 'base64' };
}

/** Encodes a reply with a vector of length 1 for each input, the same for the same input. */
export function encodeStubEmbeddings({ model, inputs, dimensions, base64 }: StubEmbeddingRequest): string {
  const tokens = inputs.reduce(
    (sum, input) => sum + (typeof input === 'string' ? splitIntoPieces(input) : input).length,
    0,
  );
  const reply: Omit<CreateEmbeddingResponse, 'data'> & { data: unknown[] } = {
    object: 'list',
    data: inputs.map((input, index) => {
      const vector = embed(typeof input === 'string' ? input : `tokens ${input.join(' ')}`, dimensions);
      return { object: 'embedding', index, embedding: base64 ? encodeBase64(vector) : vector };
    }),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
  return JSON.stringify(reply);
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
