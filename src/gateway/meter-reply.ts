import { isJson } from '../lib/is-json.ts';
import type { Endpoint, EndpointReply } from '../providers/provider.ts';
import { isSentError, UnreadableReplyError } from '../providers/provider-error.ts';

/**
 * Decodes a whole reply that is passed through. JSON that cannot be read as the protocol's reply is passed through all the same, and
 * metered by what it reports. Throws an error that the provider sent under status 2xx, and `provider_error` where the body is not
 * JSON: it was cut off, or is a page of something between. `isStrict`: also where it is JSON without a reply.
 */
export function meterReply(endpoint: Endpoint, body: string, isStrict = false): EndpointReply {
  try {
    return endpoint.decodeResponse(body);
  } catch (error) {
    if (isStrict || isSentError(error) || !isJson(body)) throw error;
    return { finishReason: 'other', ...(error instanceof UnreadableReplyError && error.reported) };
  }
}
