import type { Endpoint } from '../provider.ts';
import type { Vendor } from '../provider-error.ts';
import { decodeOpenAiCompaction, decodeOpenAiResponse } from './decode-openai-response.ts';
import { OpenAiResponsesStreamDecoder } from './decode-openai-responses-stream.ts';

export const responsesPath = '/responses';
export const compactPath = '/responses/compact';

/** Creates the endpoint of OpenAI's Responses. Its streams always bring token counts. */
export function createResponsesEndpoint(vendor: Vendor): Endpoint {
  return {
    path: responsesPath,
    decodeResponse: (body) => decodeOpenAiResponse(body, vendor),
    createDecoder: () => new OpenAiResponsesStreamDecoder(vendor),
  };
}

/** Creates the endpoint that compacts a conversation. It has no streams. */
export function createCompactEndpoint(vendor: Vendor): Endpoint {
  return { path: compactPath, decodeResponse: (body) => decodeOpenAiCompaction(body, vendor) };
}

/** Returns what is wrong with a model of a vendor without the path: many compatible vendors have Chat Completions only. */
export function noResponsesMessage(name: string): string {
  return `provider "${name}" has no Responses here: use /v1/chat/completions, or another provider's model`;
}
