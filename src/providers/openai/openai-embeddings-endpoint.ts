import * as z from 'zod';
import type { Endpoint } from '../provider.ts';
import { unreadableReplyError, type Vendor } from '../provider-error.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

const countSchema = z.int().nonnegative().optional().catch(undefined);
const replySchema = z.object({
  model: z.string().optional().catch(undefined),
  data: z.array(z.unknown()).optional().catch(undefined),
  usage: z.object({ prompt_tokens: countSchema }).optional().catch(undefined),
  error: z.unknown().optional(),
});

/** Creates an endpoint that speaks OpenAI's embeddings: all of the tokens are input. */
export function createEmbeddingsEndpoint(path: string, vendor: Vendor): Endpoint {
  return {
    path,
    decodeResponse: (body) => {
      const { data: reply } = replySchema.safeParse(parseJson(body));
      const input = reply?.usage?.prompt_tokens;
      const reported = { usage: input === undefined ? undefined : { input }, reportedModel: reply?.model };
      if (reply?.data) return { finishReason: 'stop', ...reported };
      if (reply?.error) throw mapOpenAiInBandError(reply.error, vendor);
      throw unreadableReplyError(vendor.name, 'there is no list of embeddings in it', { reported });
    },
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
