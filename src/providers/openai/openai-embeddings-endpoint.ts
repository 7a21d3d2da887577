import * as z from 'zod';
import type { TokenUsage } from '../../domain/response.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import type { Endpoint } from '../provider.ts';
import { unreadableReplyError, type Vendor } from '../provider-error.ts';
import { hasBilledExtras } from './has-billed-extras.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

const countSchema = z.int().nonnegative().optional().catch(undefined);
const usageSchema = z.object({ prompt_tokens: countSchema, total_tokens: countSchema });
const replySchema = z.object({
  model: z.string().optional().catch(undefined),
  data: z.array(z.unknown()).optional().catch(undefined),
  usage: z.unknown().optional(),
  error: z.unknown().optional(),
});

/** An endpoint that speaks OpenAI's embeddings: all of the tokens are input, which some vendors count as `total_tokens` only. */
export function createEmbeddingsEndpoint(path: string, vendor: Vendor): Endpoint {
  return {
    path,
    decodeResponse: (body) => {
      const { data: reply } = replySchema.safeParse(parseJson(body));
      const reported = { usage: decodeUsage(reply?.usage), reportedModel: reply?.model };
      // No text comes back: where nothing is counted, the input is estimated.
      if (reply?.data) return { finishReason: 'stop', content: [], ...reported };
      if (reply?.error) throw mapOpenAiInBandError(reply.error, vendor, body);
      throw unreadableReplyError(vendor.name, 'there is no list of embeddings in it', { reported });
    },
  };
}

function decodeUsage(value: unknown): TokenUsage | undefined {
  const { prompt_tokens: prompt, total_tokens: total } = usageSchema.safeParse(value).data ?? {};
  const usage =
    prompt === undefined && total === undefined ? undefined : { input: Math.max(prompt ?? 0, total ?? 0), output: 0 };
  return hasBilledExtras(value) ? markUnpriced(usage) : usage;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
