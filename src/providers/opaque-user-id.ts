import type { ChatRequest } from '../domain/request.ts';
import { sha256 } from '../lib/sha256.ts';

/** Neither an address nor a telephone number, and as long as the vendor with the least room takes: OpenAI, 64. */
const opaque = /^[\w.:-]{1,64}$/;

/**
 * The call with its user's id in a form that every vendor takes. They look for abuse by it, refuse what is too long or
 * looks like an e-mail address, and recommend a hash: any other id becomes its SHA-256, the same one in each request. An
 * empty one is none.
 */
export async function withOpaqueUserId(request: ChatRequest): Promise<ChatRequest> {
  const { userId } = request;
  if (userId === undefined || opaque.test(userId)) return request;
  return { ...request, userId: userId === '' ? undefined : await sha256(userId) };
}
