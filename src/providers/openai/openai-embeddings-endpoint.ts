import * as z from 'zod';
import type { Endpoint } from '../provider.ts';
import { unreadableReplyError } from '../provider-error.ts';

const countSchema = z.int().nonnegative().optional().catch(undefined);
const replySchema = z.object({
  model: z.string().optional().catch(undefined),
  data: z.array(z.unknown()),
  usage: z.object({ prompt_tokens: countSchema }).optional().catch(undefined),
});

/** An endpoint that speaks OpenAI's embeddings: all of the tokens are input. `provider` is its name for people. */
export function createEmbeddingsEndpoint(path: string, provider: string): Endpoint {
  return {
    path,
    decodeResponse: (body) => {
      const { data: reply } = replySchema.safeParse(parseJson(body));
      if (!reply) throw unreadableReplyError(provider, 'there is no list of embeddings in it');
      const input = reply.usage?.prompt_tokens;
      return { finishReason: 'stop', usage: input === undefined ? undefined : { input }, reportedModel: reply.model };
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
