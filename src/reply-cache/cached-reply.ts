import * as z from 'zod';
import type { FinishReason } from '../domain/response.ts';
import { concatBytes } from '../lib/concat-bytes.ts';

/** A reply with which an equal request is answered. */
export interface CachedReply {
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** JSON, or a whole stream. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** The id of the provider that has given the reply. */
  readonly provider: string;
  readonly model: string;
  /** The route that the request named. */
  readonly route?: string | undefined;
  readonly finishReason: FinishReason;
  /** What the reply has cost: nano-dollars, null where that is unknown. */
  readonly costNanoUsd: bigint | null;
  readonly storedAtMs: number;
  readonly expiresAtMs: number;
}

const newline = '\n'.charCodeAt(0);

/** The first line of an encoded reply. Another version of the Worker may have written it. */
const headSchema = z.object({
  format: z.literal(1),
  headers: z.array(z.tuple([z.string(), z.string()])),
  provider: z.string(),
  model: z.string(),
  route: z.string().optional(),
  finishReason: z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'other']),
  costNanoUsd: z.string().regex(/^\d+$/).transform(BigInt).nullable(),
  storedAtMs: z.number(),
  expiresAtMs: z.number(),
});

/** Encodes a reply as a line of JSON, then its body. */
export function encodeCachedReply({ body, costNanoUsd, ...reply }: CachedReply): Uint8Array<ArrayBuffer> {
  const head = { format: 1, ...reply, costNanoUsd: costNanoUsd?.toString() ?? null };
  return concatBytes([new Uint8Array(new TextEncoder().encode(`${JSON.stringify(head)}\n`)), body]);
}

/** Decodes a reply. Throws where it is in another form. */
export function decodeCachedReply(bytes: Uint8Array<ArrayBuffer>): CachedReply {
  const end = bytes.indexOf(newline);
  const { format: _, ...head } = headSchema.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))));
  return { ...head, body: new Uint8Array(bytes.buffer, bytes.byteOffset + end + 1) };
}
