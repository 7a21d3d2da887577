import * as z from 'zod';
import type { TokenUsage } from '../../domain/response.ts';
import { markUnpriced } from '../mark-unpriced.ts';
import type { Endpoint } from '../provider.ts';
import { unreadableReplyError } from '../provider-error.ts';
import { hasBilledExtras } from './has-billed-extras.ts';

const countSchema = z.int().nonnegative().optional().catch(undefined);
const usageSchema = z.object({ prompt_tokens: countSchema, total_tokens: countSchema });
const replySchema = z.object({
  model: z.string().optional().catch(undefined),
  data: z.array(z.unknown()),
  usage: z.unknown().optional(),
});

/**
 * An endpoint that speaks OpenAI's embeddings: all of the tokens are input, which some vendors count as `total_tokens` only.
 * `provider` is its name for people.
 */
export function createEmbeddingsEndpoint(path: string, provider: string): Endpoint {
  return {
    path,
    decodeResponse: (body) => {
      const { data: reply } = replySchema.safeParse(parseJson(body));
      if (!reply) throw unreadableReplyError(provider, 'there is no list of embeddings in it');
      // No text comes back: where nothing is counted, the input is estimated.
      return { finishReason: 'stop', content: [], usage: decodeUsage(reply.usage), reportedModel: reply.model };
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
