import * as z from 'zod';
import type { Continuation, OpaqueValues, Origin } from './continuation.ts';

const reasoningSchema = z.object({
  text: z.string(),
  signature: z.string().optional(),
  redactedData: z.string().optional(),
  isReturnable: z.boolean().optional(),
});

const contentSchema = z.object({
  provider: z.string(),
  family: z.string(),
  reasoning: z.array(reasoningSchema).optional(),
  signature: z.string().optional(),
  toolCallId: z.string().optional(),
});

/** Writes continuations as opaque values, and reads those of one origin. */
export class ContinuationCodec {
  readonly #values: OpaqueValues;
  readonly #origin: Origin;

  constructor(values: OpaqueValues, origin: Origin) {
    this.#values = values;
    this.#origin = origin;
  }

  /** Returns the opaque value of a continuation; undefined where it would be longer than one can be. */
  async encode(continuation: Continuation): Promise<string | undefined> {
    const { tenantId, provider, family } = this.#origin;
    return await this.#values.encrypt(JSON.stringify({ provider, family, ...continuation }), tenantId);
  }

  /** Returns the continuation of an opaque value; undefined for one of another origin, and for one that cannot be read. */
  async decode(value: string): Promise<Continuation | undefined> {
    const { tenantId, provider, family } = this.#origin;
    const text = await this.#values.decrypt(value, tenantId);
    const content = text === undefined ? undefined : contentSchema.safeParse(JSON.parse(text)).data;
    return content?.provider === provider && content.family === family ? content : undefined;
  }
}
