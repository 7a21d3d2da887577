import type { Endpoint } from '../provider.ts';
import { readResponsesReply } from './decode-openai-response.ts';
import { ResponsesDecoder } from './decode-openai-responses-stream.ts';
import type { Vendor } from './map-openai-error.ts';

export const responsesPath = '/responses';

/** OpenAI's Responses. A stream of them counts its tokens unasked. */
export function responsesEndpoint(vendor: Vendor): Endpoint {
  return {
    path: responsesPath,
    readReply: (body) => readResponsesReply(body, vendor),
    createDecoder: () => new ResponsesDecoder(vendor),
  };
}

/** What a compatible vendor means that knows no such path: many have Chat Completions only. */
export function withoutResponses(name: string): string {
  return `model: provider "${name}" has no Responses here: use /v1/chat/completions, or another provider's model.`;
}
