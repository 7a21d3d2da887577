import * as z from 'zod';
import type { Endpoint } from '../provider.ts';
import { unreadableReplyError, type Vendor } from '../provider-error.ts';
import { decodeOpenAiUsage } from './decode-openai-usage.ts';
import { mapOpenAiInBandError } from './map-openai-error.ts';

const replySchema = z.object({
  model: z.string().optional().catch(undefined),
  results: z.array(z.unknown()).optional().catch(undefined),
  usage: z.unknown().optional(),
  error: z.unknown().optional(),
});

/** Creates the endpoint of OpenAI's moderations. OpenAI counts no tokens there; vendors that bill them do. */
export function createModerationsEndpoint(vendor: Vendor): Endpoint {
  return {
    path: '/moderations',
    decodeResponse: (body) => {
      const { data: reply } = replySchema.safeParse(parseJson(body));
      const reported = { usage: decodeOpenAiUsage(reply?.usage), reportedModel: reply?.model };
      // No text comes back: where nothing is counted, the input is estimated.
      if (reply?.results) return { finishReason: 'stop', content: [], ...reported };
      if (reply?.error) throw mapOpenAiInBandError(reply.error, vendor, body);
      throw unreadableReplyError(vendor.name, 'there are no results in it', { reported });
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
