import * as z from 'zod';
import { GatewayError } from '../../domain/errors.ts';

interface EmbeddingsRequest {
  readonly model: string;
  readonly texts: readonly string[];
  readonly dimensions: number | undefined;
}

/** Encodes the request of the embeddings endpoint that all providers have: OpenAI's. */
export function encodeOpenAiEmbeddingsBody({ model, texts, dimensions }: EmbeddingsRequest): string {
  return JSON.stringify({ model, input: texts, encoding_format: 'float', dimensions });
}

const replySchema = z.object({
  data: z.array(
    z.object({ index: z.int().min(0).optional().catch(undefined), embedding: z.custom<unknown[]>(Array.isArray) }),
  ),
});

const decoder = new TextDecoder();

/** Reads the vectors of a reply, in the order of the texts. Throws `provider_error` where there is not one for each. */
export function parseEmbeddings(body: Uint8Array, count: number, providerName: string): unknown[] {
  const { data: reply } = replySchema.safeParse(JSON.parse(decoder.decode(body)));
  const vectors: unknown[] = [];
  for (const [place, { index = place, embedding }] of reply?.data.entries() ?? []) {
    if (index < count) vectors[index] = embedding;
  }
  if (vectors.length === count && Object.keys(vectors).length === count) return vectors;
  throw new GatewayError('provider_error', `${providerName} returned a reply without a vector for each text.`);
}
