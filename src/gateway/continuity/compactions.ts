import * as z from 'zod';
import type { OpaqueValues } from './continuation.ts';

/** Reasoning, which has an origin, is none. */
const contentSchema = z.strictObject({ compaction: z.string() });

/** Writes summaries of conversations as opaque values of a tenant, and reads them. Every provider gets the same summary. */
export class Compactions {
  readonly #values: OpaqueValues;

  constructor(values: OpaqueValues) {
    this.#values = values;
  }

  /** Returns the opaque value of a summary; undefined where it would be longer than one can be. */
  async encrypt(tenantId: string, summary: string): Promise<string | undefined> {
    return await this.#values.encrypt(JSON.stringify({ compaction: summary }), tenantId);
  }

  /** Returns the summary of an opaque value; undefined for one of another tenant, and for what is no summary. */
  async decrypt(tenantId: string, value: string): Promise<string | undefined> {
    const text = await this.#values.decrypt(value, tenantId);
    return text === undefined ? undefined : contentSchema.safeParse(JSON.parse(text)).data?.compaction;
  }
}
